"""The table of faults: what each kind is called, where it strikes, and what it does to an exchange.

Pure data. ``answers`` makes the answers that a kind needs; ``injection`` performs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import attrs

from qarnot_mock.messages import Delivery

REST, S3 = "rest", "s3"
SERVICES = (REST, S3)
BODY, OBJECT, ENUMERATION = "body", "object", "enumeration"
Effect = Literal["never", "always", "chosen"]
"""Whether the request takes effect: never, always, or as the fault's ``when`` says (before or after the effect)."""


@attrs.frozen
class Kind:
    """``effect``: whether the request takes effect. ``answer`` names what replaces the answer (see ``answers``), or is
    empty when the true one is kept. ``delivery`` is how it is sent; its ``body_bytes`` of -1 stand for half the body.
    ``options`` are the keys a fault of this kind may have besides the selectors. It can hit only those ``operations``,
    where there are any, and only those whose successful answers have what it ``needs`` (see ``reach``).
    """

    name: str
    does: str
    effect: Effect
    services: tuple[str, ...] = SERVICES
    answer: str = ""
    status: int = 0
    delivery: Delivery | None = None
    options: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    needs: str = ""


_WAITS = ("retry_after", "retry_after_form")
_RESET = Delivery(then="reset", silent=True)

KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("refused", "the connection is reset before the request takes effect", "never", delivery=_RESET),
        Kind("answer-lost", "the request takes effect, then the connection is reset", "always", delivery=_RESET),
        Kind(
            "no-answer", "nothing is ever answered; the request has taken effect, or with `when: before` it has not",
            "chosen", delivery=Delivery(then="nothing", silent=True), options=("when",),
        ),
        Kind(
            "reset-mid-body", "half of the body, or `body_bytes` of it, then a reset", "always",
            delivery=Delivery(then="reset", body_bytes=-1), options=("body_bytes",), needs=BODY,
        ),
        Kind(
            "truncated", "half of the body, or `body_bytes` of it, then an orderly close", "always",
            delivery=Delivery(then="close", body_bytes=-1), options=("body_bytes",), needs=BODY,
        ),
        Kind("corrupt", "a body of the right length with other bytes: broken JSON, changed objects", "always",
             answer="corrupt", needs=BODY),
        Kind("slow", "the body trickles, at `bytes_per_second` (default 1000)", "always",
             delivery=Delivery(bytes_per_second=1000.0), options=("bytes_per_second",), needs=BODY),
        Kind("too-many-requests", "429, on the storage SlowDown", "never", answer="error", status=429, options=_WAITS),
        Kind("unavailable", "503; before the effect, or with `when: after` behind it", "chosen", answer="error",
             status=503, options=("when", *_WAITS)),
        Kind("server-error", "500; before the effect, or with `when: after` behind it", "chosen", answer="error",
             status=500, options=("when",)),
        Kind("bad-gateway", "502 from a proxy; before the effect, or with `when: after` behind it", "chosen",
             answer="gateway", status=502, options=("when",)),
        Kind("gateway-timeout", "504 from a proxy; before the effect, or with `when: after` behind it", "chosen",
             answer="gateway", status=504, options=("when",)),
        Kind("expired-token", "401, on the storage 403 InvalidAccessKeyId", "never", answer="expired", status=401),
        Kind("storage-down", "the storage resets every connection", "never", services=(S3,), delivery=_RESET),
        Kind("no-storage", "the settings announce no storage", "always", services=(REST,), answer="no-storage",
             operations=("settings_get",)),
        Kind("unknown-values", "each enumerated field of the answer has a value that nobody has heard of", "always",
             services=(REST,), answer="unknown-values", needs=ENUMERATION),
        Kind("extra-fields", "each object of the answer has fields that nobody has heard of", "always",
             services=(REST,), answer="extra-fields", needs=OBJECT),
    )
}  # fmt: skip
"""All kinds, by name."""

DEFAULT_WHEN: Mapping[str, str] = {"no-answer": "after"}
"""Whether a kind that leaves the choice strikes before or after the effect, where it is not before."""
