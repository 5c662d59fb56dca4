"""What passes between the decisions and the transport: an answer, or the way in which none came."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import Enum

from attrs import field, frozen

from qarnot_hl._core.json_types import Json
from qarnot_hl.exceptions import UnexpectedAnswerException


@frozen
class ApiResponse:
    """An answer of the REST API. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)

    @property
    def summary(self) -> str:
        """For a log line."""
        return f"HTTP {self.status}"

    @property
    def content_type(self) -> str:
        """The media type in lower case, without parameters; empty when the server names none."""
        return self.headers.get("content-type", "").split(";")[0].strip().lower()

    @property
    def is_json(self) -> bool:
        """Whether the server says that the body is JSON."""
        return self.content_type.endswith(("/json", "+json"))

    def json(self) -> Json:
        """The body parsed; None when it is empty.

        Raises :class:`~qarnot_hl.exceptions.UnexpectedAnswerException`, a ValueError, when it is not JSON.
        """
        if not self.content.strip():
            return None
        try:
            parsed: Json = json.loads(self.content)
        except (ValueError, RecursionError):
            kind = self.content_type or "unnamed type"
            raise UnexpectedAnswerException(
                f"the answer (HTTP {self.status}, {kind}, {len(self.content)} bytes) is not JSON",
                status=self.status,
                next_step="Check cluster_url, QARNOT_CLUSTER_URL and any proxy in between.",
            ) from None
        return parsed

    def text(self) -> str:
        """The body as text. A JSON string is unwrapped, since outputs come either way (reference 2.6)."""
        plain = self.content.decode("utf-8", errors="replace")
        if not self.is_json:
            return plain
        try:
            value = json.loads(plain or '""')
        except ValueError:
            return plain
        return value if isinstance(value, str) else plain


class Breakdown(Enum):
    """How a request ended without an answer."""

    NOT_SENT = "the server was not reached"
    CONNECT_TIMEOUT = "the server could not be reached in time"
    NO_TIME = "the time allowed for this was over before the request was sent"
    UNTRUSTED = "the server's certificate is not trusted"
    LOST = "the connection broke before an answer came"
    READ_TIMEOUT = "the answer did not come in time"
    UNUSABLE = "the answer was not understandable HTTP"

    @property
    def never_acted(self) -> bool:
        """Whether the server cannot have seen the request."""
        return self in (Breakdown.NOT_SENT, Breakdown.CONNECT_TIMEOUT, Breakdown.NO_TIME, Breakdown.UNTRUSTED)

    @property
    def is_timeout(self) -> bool:
        """Whether time ran out, rather than a connection."""
        return self in (Breakdown.CONNECT_TIMEOUT, Breakdown.NO_TIME, Breakdown.READ_TIMEOUT)


@frozen
class NoAnswer:
    """A request that ended without an answer; ``reason`` is the transport's own description."""

    breakdown: Breakdown
    reason: str
    cause: BaseException | None = field(default=None, repr=False, eq=False)

    @property
    def summary(self) -> str:
        """For a log line."""
        return self.breakdown.value


Outcome = ApiResponse | NoAnswer
