# Generated from qarnot_hl/_async/watch_calls.py by scripts/unasync.py. Do not edit.
"""What a connection offers to wait for many objects; how it is done loads when it is first used (``watching``)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

from qarnot_hl.exceptions import SomeFailed, WaitTimeout

if TYPE_CHECKING:
    from qarnot_hl._sync.connection import Connection
    from qarnot_hl._sync.resource import Resource

R = TypeVar("R", bound="Resource")


class WatchCalls:
    """What a connection offers to wait for many objects. Each says what holds for all.

    ``objects``: submitted tasks, pools and jobs, of any mixture and number; they are asked for in pages of 500, so that
    a thousand tasks cost two requests a look. ``timeout``: seconds, None for no limit. One that is deleted while it is
    waited for counts as ended, in the state ``Deleted``. A look that fails changes nothing and is made again; the wait
    fails when none has succeeded for ``retry_deadline`` seconds, or at once with a ``retry_count`` of 0.
    """

    def as_completed(self, objects: Iterable[R], timeout: float | None = None) -> Iterator[R]:
        """Give each object when it has ended, well or not, up to date and complete.

        Raises :class:`~qarnot_hl.exceptions.WaitTimeout` when time is over; its ``subject`` has those that go on.
        """
        from qarnot_hl._interrupts import tell_many_detached
        from qarnot_hl._sync.watching import Watch

        connection: Connection = self  # type: ignore[assignment]
        watch = Watch(connection, objects)
        yield from watch.take_known()
        try:
            yield from watch.run(timeout)
        except KeyboardInterrupt:
            tell_many_detached([(subject.NOUN, subject.uuid) for subject in watch.left])
            raise

    def wait_all(self, objects: Iterable[Resource], timeout: float | None = None) -> bool:
        """Wait until all have ended, well or not; whether they have."""
        try:
            for _ in self.as_completed(objects, timeout):
                pass
        except WaitTimeout:
            return False
        return True

    def wait_all_done(self, objects: Iterable[Resource], timeout: float | None = None) -> None:
        """Wait until all have ended, and raise if one did not succeed: a task in ``Success``, a pool ``Closed``, a job
        ``Completed``.

        Raises :class:`~qarnot_hl.exceptions.SomeFailed` with an exception for each of them, and
        :class:`~qarnot_hl.exceptions.WaitTimeout` when time is over.
        """
        from qarnot_hl._core.outcome import is_unhappy
        from qarnot_hl._sync.watching import shown

        subjects = list(objects)
        failures = [
            subject._unhappy_end()
            for subject in self.as_completed(subjects, timeout)
            if is_unhappy(subject._peek("state"))
        ]
        if failures:
            error = SomeFailed(f"{len(failures)} of {len(subjects)} did not succeed:\n" + shown(failures))
            error.subject, error.failures = tuple(failure.subject for failure in failures), tuple(failures)
            raise error
