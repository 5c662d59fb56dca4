"""What can send operations: the base of a connection, as far as its parts and clients need to know it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qarnot_hl._async.api import AsyncApi
from qarnot_hl._core.json_types import Json


class AsyncCaller:
    """Holds the API of one cluster for one token."""

    _api: AsyncApi

    async def _call(self, operation_kwargs: Mapping[str, Any], operation: str) -> Json:
        """One operation's answer as JSON."""
        return (await self._api.call(operation_kwargs, operation)).json()
