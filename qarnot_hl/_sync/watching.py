# Generated from qarnot_hl/_async/watching.py by scripts/unasync.py. Do not edit.
"""Waiting for many tasks, pools and jobs at once, in pages: a round of looks brings those that have ended, complete,
and now and then the states of all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import groupby
from typing import TYPE_CHECKING, Generic, TypeVar

from qarnot_hl._core.filters import Filters
from qarnot_hl._core.json_types import JsonObject
from qarnot_hl._core.limits import current, limited
from qarnot_hl._core.poll import is_over, look_limit, next_pause, outlives, sweep_due
from qarnot_hl._core.watch import DOUBTS_AT_ONCE, doubtful, ended_among, has_ended, pages
from qarnot_hl._core.wire_values import lookup, text
from qarnot_hl._sync.fanout import sleep
from qarnot_hl.exceptions import QarnotException, WaitException, WaitTimeout

if TYPE_CHECKING:
    from qarnot_hl._sync.connection import Connection
    from qarnot_hl._sync.resource import Resource

R = TypeVar("R", bound="Resource")
Key = tuple[str, str]
NO_TAGS = (None, None)
ANY_ORDER = (None, False)


class Watch(Generic[R]):
    """Objects that have not ended yet, by kind and uuid; the same one may be given more than once, in several copies.

    Raises what ``MISSING`` of an object says when it is not submitted, ValueError for one of another account.
    """

    def __init__(self, connection: Connection, objects: Iterable[R]) -> None:
        self._connection = connection
        self._left: dict[Key, list[R]] = {}
        self._swept = 0.0
        self._allowed: float | None = None
        for subject in objects:
            if subject.uuid is None:
                raise subject.MISSING(f"{subject!r} is not submitted", next_step="Call submit() first.")
            if not connection._is_of_same_account(subject._connection):
                raise ValueError(f"{subject!r} is of another account or cluster than {connection!r}")
            self._left.setdefault((subject.NOUN, subject.uuid.lower()), []).append(subject)

    @property
    def left(self) -> tuple[R, ...]:
        """What has not ended, as far as known."""
        return tuple(subject for copies in self._left.values() for subject in copies)

    @property
    def requests(self) -> int:
        """How many a round takes."""
        return sum(1 for _ in self._pages())

    def take_known(self) -> list[R]:
        """Those of which it is known already, in full."""
        known = [key for key, copies in self._left.items() if all(map(is_known_to_have_ended, copies))]
        return [copy for key in known for copy in self._left.pop(key)]

    def run(self, timeout: float | None) -> Iterator[R]:
        """Rounds until nothing is left. Raises WaitTimeout when time is over."""
        clock, api = self._connection._clock, self._connection._api
        started = heard = clock.monotonic()
        while self._left:
            try:
                for ended in self.round(clock.monotonic() - started, timeout):
                    heard = clock.monotonic()
                    yield from ended
            except QarnotException as error:
                if not outlives(error, clock.monotonic() - heard, api.policy, current().left()):
                    raise
            elapsed = clock.monotonic() - started
            if self._left and is_over(elapsed, timeout):
                raise late(self.left, timeout)
            if self._left:
                sleep(clock, current().pause(next_pause(elapsed, timeout, self.requests)))

    def round(self, elapsed: float, timeout: float | None) -> Iterator[list[R]]:
        """One look at each page: what has ended, some at a time. ``elapsed``: seconds since the first round."""
        self._allowed = look_limit(elapsed, timeout)
        doubts: list[Key] = []
        if sweep_due(elapsed, self._swept):
            doubts = self._sweep()
            self._swept = elapsed
        for noun, uuids in self._pages():
            for entry in self._ended(noun, uuids):
                yield self._take(noun, entry)
        for key in [key for key in doubts if key in self._left][:DOUBTS_AT_ONCE]:
            yield self._ask_alone(key)

    def _in_time(self) -> AbstractContextManager[None]:
        """Bounds one request; never held over a yield, whose caller it would bound too."""
        return limited(self._connection._clock.monotonic, self._allowed)

    def _pages(self) -> Iterator[tuple[str, list[str]]]:
        for noun, keys in groupby(sorted(self._left, key=lambda key: key[0]), key=lambda key: key[0]):
            for page in pages(uuid for _, uuid in keys):
                yield noun, page

    def _ended(self, noun: str, uuids: Sequence[str]) -> Iterator[JsonObject]:
        """The complete bodies of those that have ended."""
        token: str | None = None
        while True:
            with self._in_time():
                page = self._connection._page(
                    noun, lambda entry, short: entry, token, len(uuids), NO_TAGS, ended_among(noun, uuids), ANY_ORDER
                )
            yield from page
            token = page.following
            if token is None:
                return

    def _sweep(self) -> list[Key]:
        """Ask for the states of all; which are to be asked for alone."""
        doubts: list[Key] = []
        for noun, uuids in list(self._pages()):
            with self._in_time():
                wanted = Filters.inside("Uuid", uuids)
                found = self._connection._found(noun, wanted, ["Uuid", "State"], len(uuids))
            states = {str(lookup(entry, "uuid")).lower(): text(lookup(entry, "state")) for entry in found}
            doubts += [(noun, uuid) for uuid in doubtful(noun, uuids, states)]
        return doubts

    def _take(self, noun: str, body: JsonObject) -> list[R]:
        """The objects of which a body tells that they have ended."""
        key = (noun, str(lookup(body, "uuid")).lower())
        if key not in self._left or not has_ended(noun, text(lookup(body, "state"))):
            return []
        copies = self._left.pop(key)
        for copy in copies:
            copy._state.replace(body, self._connection._clock.monotonic())
        return copies

    def _ask_alone(self, key: Key) -> list[R]:
        """What a page did not tell: the object itself, or that it is gone."""
        first = self._left[key][0]
        try:
            with self._in_time():
                first._fetch()
        except first.MISSING:
            gone = self._left.pop(key)
            for copy in gone:
                copy._note_deleted()
            return gone
        return self._take(key[0], first._state.snapshot)


def is_known_to_have_ended(subject: Resource) -> bool:
    """Whether it has ended, and nothing is left to fetch."""
    return subject._state.complete and has_ended(subject.NOUN, subject._peek("state"))


def shown(failures: Sequence[WaitException], most: int = 5) -> str:
    """The first few of them, for the message."""
    lines = [str(failure) for failure in failures[:most]]
    return "\n".join([*lines, f"and {len(failures) - most} more"] if len(failures) > most else lines)


def late(left: Sequence[Resource], timeout: float | None) -> WaitTimeout:
    """The exception when time is over."""
    error = WaitTimeout(f"{len(left)} did not end within {timeout} s; they go on: {left[0]!r}, ...")
    error.subject = tuple(left)
    return error
