"""Documented module ``retry_settings``: how often the cloud starts failed instances again."""

from __future__ import annotations

from attrs import frozen

from qarnot_hl._core.json_types import JsonObject
from qarnot_hl._core.wire_values import integer, lookup

__all__ = ["RetrySettings"]


@frozen
class RetrySettings:
    """At most so many retries for the whole task, and for each instance; the stricter one applies.

    None or 0 for both: no retry.
    """

    maxTotalRetries: int | None = None  # noqa: N815  (the documented spelling)
    maxPerInstanceRetries: int | None = None  # noqa: N815

    @classmethod
    def from_json(cls, json: JsonObject) -> RetrySettings:
        """Reads the wire form."""
        return cls(integer(lookup(json, "maxTotalRetries")), integer(lookup(json, "maxPerInstanceRetries")))

    def to_json(self) -> dict[str, int | None]:
        """The wire form."""
        return {"maxTotalRetries": self.maxTotalRetries, "maxPerInstanceRetries": self.maxPerInstanceRetries}
