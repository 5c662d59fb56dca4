# Generated from qarnot_hl/_async/api.py by scripts/unasync.py. Do not edit.
"""Sends what the generated operations describe, repeats it as ``_core.retry`` decides, and raises what
``_core.errors`` makes of a refusal. Knows no resource and writes no path.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from qarnot_hl._budget import BudgetKeeper
from qarnot_hl._clock import Clock
from qarnot_hl._core.errors import error_from, error_without_answer, object_of
from qarnot_hl._core.exchange import ApiResponse, NoAnswer, Outcome
from qarnot_hl._core.retry import RetryPolicy, decide, is_ambiguous, time_limit
from qarnot_hl._core.retry_table import rule_of
from qarnot_hl._core.settings import Settings
from qarnot_hl._sync.fanout import sleep

if TYPE_CHECKING:
    from qarnot_hl._http import Http

log = logging.getLogger("qarnot_hl")
SHORTEST_TIMEOUT = 0.1


class Api:
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

    @cached_property
    def _http(self) -> Http:
        """The transport, made at the first request: it imports httpx."""
        from qarnot_hl._http import Http

        return Http(self._settings, self._transport)

    def call(self, operation_kwargs: Mapping[str, Any], operation: str) -> ApiResponse:
        """Send one operation, given by the ``_get_kwargs`` of its generated module and its operationId.

        Raises what ``qarnot_hl.exceptions`` lists: a :class:`TransportException` when no answer came, else by
        status.
        """
        response = self.exchange(operation_kwargs, operation)
        if 200 <= response.status < 300:
            return response
        raise error_from(operation, response, object_of(operation_kwargs["url"]))

    def exchange(self, operation_kwargs: Mapping[str, Any], operation: str) -> ApiResponse:
        """The same, but a refusal is returned like any answer. Raises :class:`TransportException` when none
        came.
        """
        outcome, repeats, uncertain = self._send(operation_kwargs, operation)
        if isinstance(outcome, NoAnswer):
            object_id = object_of(operation_kwargs["url"])
            raise error_without_answer(operation, outcome, self._settings.cluster_url, repeats, object_id)
        if outcome.status == 404 and uncertain and rule_of(operation).gone_is_done:
            return ApiResponse(200, outcome.headers, b"")  # an earlier sending did it, and its answer was lost
        return outcome

    def _send(self, request: Mapping[str, Any], operation: str) -> tuple[Outcome, int, bool]:
        """The last outcome, how many repeats it took, and whether the server may have acted on an earlier
        sending.
        """
        started = self._clock.monotonic()
        repeats, uncertain = 0, False
        outcome = self._http.send(request)
        while (pause := self._pause_before_repeat(operation, outcome, repeats, started)) is not None:
            uncertain = uncertain or is_ambiguous(outcome)
            repeats += 1
            log.info("%s: %s; sending it again in %.1f s (%d)", operation, outcome.summary, pause, repeats)
            if pause > 0:
                sleep(self._clock, pause)
            left = time_limit(self._policy) - (self._clock.monotonic() - started)
            outcome = self._http.send(request, max(left, SHORTEST_TIMEOUT))
        self._budget.note(outcome)
        return outcome, repeats, uncertain

    def _pause_before_repeat(self, operation: str, outcome: Outcome, repeats: int, started: float) -> float | None:
        """Seconds to wait before sending again; None: leave it at that. A repeat is taken from the budget."""
        pause = decide(
            self._policy,
            rule_of(operation).kind,
            outcome,
            repeats=repeats,
            elapsed=self._clock.monotonic() - started,
            now=self._clock.now(),
            draw=self._draw(),
        )
        if pause is None or self._budget.take():
            return pause
        log.info("%s: %s; not sent again: too many requests are failing (retry_budget)", operation, outcome.summary)
        return None

    def close(self) -> None:
        """Close the network connections; a later call opens new ones."""
        if "_http" in self.__dict__:
            self._http.close()
