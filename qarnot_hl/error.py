"""Documented module ``error``: why a task or an instance failed, in the server's words."""

from __future__ import annotations

from qarnot_hl._core.wire_values import WireValue, text, wire

__all__ = ["Error"]


class Error(WireValue):
    """A code (like ``GHX0782I``), a message for people, and details that may be empty."""

    code = wire("code", text)
    message = wire("message", text)
    debug = wire("debug", text)

    def __str__(self) -> str:
        """Code and message."""
        return ": ".join(part for part in (self.code, self.message) if part) or "no reason given"
