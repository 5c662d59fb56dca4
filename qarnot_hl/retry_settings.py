"""Documented module ``retry_settings``: how often the cloud starts failed instances again."""

from __future__ import annotations

from attrs import field, frozen

from qarnot_hl._core.json_types import Json, JsonObject
from qarnot_hl._core.wire_values import integer
from qarnot_hl._core.wired import FrozenWired, keyed

__all__ = ["RetrySettings"]


@frozen
class RetrySettings(FrozenWired):
    """At most so many retries for the whole task, and for each instance; the stricter one applies.

    None or 0 for both: no retry.
    """

    maxTotalRetries: int | None = field(default=None, metadata=keyed("maxTotalRetries", read=integer))  # noqa: N815  (documented)
    maxPerInstanceRetries: int | None = field(default=None, metadata=keyed("maxPerInstanceRetries", read=integer))  # noqa: N815

    @classmethod
    def from_json(cls, json: JsonObject) -> RetrySettings:
        """Reads the wire form."""
        return cls._read(json)

    def to_json(self) -> dict[str, Json]:
        """The wire form."""
        return self._write()
