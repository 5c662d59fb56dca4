"""Sends what the generated operations describe, repeats it as ``_core.retry`` decides, and raises what
``_core.errors`` makes of a refusal. Knows no resource and writes no path.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Mapping
from functools import cached_property
from math import inf
from typing import TYPE_CHECKING, Any

from qarnot_hl._async.fanout import sleep
from qarnot_hl._budget import BudgetKeeper
from qarnot_hl._clock import Clock
from qarnot_hl._core.errors import error_from, error_without_answer, object_of
from qarnot_hl._core.exchange import ApiResponse, Breakdown, NoAnswer, Outcome
from qarnot_hl._core.limits import current
from qarnot_hl._core.retry import RetryPolicy, decide, is_ambiguous, time_limit
from qarnot_hl._core.retry_table import Repeatable, rule_of, unguarded
from qarnot_hl._core.settings import Settings
from qarnot_hl.exceptions import QarnotException

if TYPE_CHECKING:
    from qarnot_hl._http import AsyncHttp

log = logging.getLogger("qarnot_hl")
SHORTEST_TIMEOUT = 0.1


class AsyncApi:
    """The REST API of one cluster for one token.

    ``transport`` replaces the network: an httpx transport, for tests and for a cloud in the same process.
    ``draw`` gives the chance in [0, 1) that spreads the pauses.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        *,
        transport: Any = None,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._transport = transport
        self._settings = settings
        self._policy = RetryPolicy(settings.retry_count, settings.retry_wait, settings.retry_deadline)
        self._clock = clock
        self._budget = BudgetKeeper(settings.retry_budget, clock)
        self._draw = draw

    @property
    def policy(self) -> RetryPolicy:
        """How requests are repeated here and now."""
        return current().policy(self._policy)

    @cached_property
    def _http(self) -> AsyncHttp:
        """The transport, made at the first request: it imports httpx."""
        from qarnot_hl._http import AsyncHttp

        return AsyncHttp(self._settings, self._transport)

    async def call(self, operation_kwargs: Mapping[str, Any], operation: str) -> ApiResponse:
        """Send one operation, given by the ``_get_kwargs`` of its generated module and its operationId.

        Raises what ``qarnot_hl.exceptions`` lists: a :class:`TransportException` when no answer came, else by
        status.
        """
        response = await self.exchange(operation_kwargs, operation)
        if 200 <= response.status < 300:
            return response
        raise error_from(operation, response, object_of(operation_kwargs["url"]))

    async def exchange(self, operation_kwargs: Mapping[str, Any], operation: str) -> ApiResponse:
        """The same, but a refusal is returned like any answer. Raises :class:`TransportException` when none
        came.
        """
        outcome, repeats, uncertain = await self._send(operation_kwargs, operation)
        if isinstance(outcome, NoAnswer):
            raise self.error(operation, outcome, repeats, object_of(operation_kwargs["url"]))
        if outcome.status == 404 and uncertain and rule_of(operation).gone_is_done:
            return ApiResponse(200, outcome.headers, b"")  # an earlier sending did it, and its answer was lost
        return outcome

    async def outcome(self, operation_kwargs: Mapping[str, Any], operation: str) -> Outcome:
        """The same, but nothing is raised."""
        return (await self._send(operation_kwargs, operation))[0]

    def error(self, operation: str, outcome: Outcome, repeats: int, object_id: str | None = None) -> QarnotException:
        """The exception for an outcome that is no success."""
        if isinstance(outcome, NoAnswer):
            return error_without_answer(operation, outcome, self._settings.cluster_url, repeats, object_id)
        return error_from(operation, outcome, object_id)

    async def _send(self, request: Mapping[str, Any], operation: str) -> tuple[Outcome, int, bool]:
        """The last outcome, how many repeats it took, and whether the server may have acted on an earlier
        sending.
        """
        kind = unguarded(rule_of(operation).kind)
        started, repeats, uncertain = self.stopwatch(), 0, False
        outcome = await self.attempt(request)
        while await self.may_repeat(operation, kind, outcome, repeats, started):
            uncertain = uncertain or is_ambiguous(outcome)
            repeats += 1
            outcome = await self.attempt(request, self.time_left(started))
        return outcome, repeats, uncertain

    async def attempt(self, request: Mapping[str, Any], limit: float | None = None) -> Outcome:
        """Send once. ``limit``: seconds that it may take."""
        left = current().left()
        if left <= 0:
            return NoAnswer(Breakdown.NO_TIME, "the deadline has passed")
        if left < inf:
            limit = left if limit is None else min(limit, left)
        outcome = await self._http.send(request, limit)
        self._budget.note(outcome)
        return outcome

    def stopwatch(self) -> float:
        """Seconds, for ``may_repeat`` and ``time_left``."""
        return self._clock.monotonic()

    def time_left(self, started: float) -> float:
        """Seconds until the deadline of a call."""
        return max(SHORTEST_TIMEOUT, time_limit(self.policy) - (self.stopwatch() - started))

    async def may_repeat(
        self, operation: str, kind: Repeatable, outcome: Outcome, repeats: int, started: float
    ) -> bool:
        """Whether to send again, said when it is time to. A repeat is taken from the budget."""
        pause = decide(
            self.policy,
            kind,
            outcome,
            repeats=repeats,
            elapsed=self.stopwatch() - started,
            now=self._clock.now(),
            draw=self._draw(),
            left=current().left(),
        )
        if pause is None:
            return False
        if not self._budget.take():
            log.info("%s: %s; not sent again: too many requests are failing (retry_budget)", operation, outcome.summary)
            return False
        log.info("%s: %s; sending it again in %.1f s (%d)", operation, outcome.summary, pause, repeats + 1)
        if pause > 0:
            await sleep(self._clock, pause)
        return True

    async def aclose(self) -> None:
        """Close the network connections; a later call opens new ones."""
        if "_http" in self.__dict__:
            await self._http.aclose()
