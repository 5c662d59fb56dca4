# Generated from qarnot_hl/_async/caller.py by scripts/unasync.py. Do not edit.
"""What can send operations: the base of a connection, as far as its parts and clients need to know it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qarnot_hl._core.json_types import Json
from qarnot_hl._sync.api import Api


class Caller:
    """Holds the API of one cluster for one token."""

    _api: Api

    def _call(self, operation_kwargs: Mapping[str, Any], operation: str) -> Json:
        """One operation's answer as JSON."""
        return (self._api.call(operation_kwargs, operation)).json()
