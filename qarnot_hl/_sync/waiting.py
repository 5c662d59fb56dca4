# Generated from qarnot_hl/_async/waiting.py by scripts/unasync.py. Do not edit.
"""Waiting for a task to end, and saying how it ended."""

from __future__ import annotations

from qarnot_hl._core.limits import current, limited
from qarnot_hl._core.logs import last_lines
from qarnot_hl._core.outcome import is_unhappy, unhappy_end
from qarnot_hl._core.poll import is_over, look_limit, next_pause, outlives
from qarnot_hl._core.progress_text import instances_by_state
from qarnot_hl._core.task_state import DELETED, is_final
from qarnot_hl._interrupts import Choice, chosen, say, tell_detached
from qarnot_hl._live_progress import live_percent
from qarnot_hl._sync.fanout import sleep
from qarnot_hl._sync.following import Following
from qarnot_hl._sync.output import Output
from qarnot_hl._sync.task_object import TaskObject
from qarnot_hl.exceptions import (
    InvalidStateException,
    MissingTaskException,
    QarnotException,
    TaskGone,
    WaitException,
    WaitTimeout,
)


class Waiting(Output, TaskObject):
    """Waiting. ``timeout``: seconds, None for no limit. ``live_progress``: a bar in a terminal or a notebook, lines for
    the connection's logger elsewhere. Ctrl-C: see ``on_interrupt`` of the connection.

    ``follow_state``, ``follow_stdout``, ``follow_stderr``: tell each change and each line to the connection's loggers.
    The first look is at once, the next ones soon, later ones after a tenth of the time waited, at most 10 seconds.
    """

    def wait(
        self,
        timeout: float | None = None,
        live_progress: bool = False,
        follow_state: bool = False,
        follow_stdout: bool = False,
        follow_stderr: bool = False,
    ) -> bool:
        """Wait until the task has ended, well or not; whether it has. False at once before submit.

        A look that fails changes nothing and is made again; the wait fails when none has succeeded for
        ``retry_deadline`` seconds, or at once with a ``retry_count`` of 0.

        Raises :class:`~qarnot_hl.exceptions.MissingTaskException` when it was deleted.
        """
        if self.uuid is None:
            return False
        started = self._connection._clock.monotonic()
        following = Following(self, follow_state, follow_stdout, follow_stderr)
        try:
            while True:
                try:
                    return self._watch(timeout, started, live_progress, following)
                except KeyboardInterrupt:
                    if self._after_interrupt() is not Choice.WAIT:
                        raise
        finally:
            following.finish()

    def _watch(self, timeout: float | None, started: float, live_progress: bool, following: Following) -> bool:
        """Look until the task has ended or ``timeout`` seconds after ``started`` are over."""
        clock, policy = self._connection._clock, self._connection._api.policy
        heard = clock.monotonic()
        with live_percent(str(self._peek("name")), live_progress, self._connection.logger.info) as show:
            while True:
                allowed = look_limit(clock.monotonic() - started, timeout)
                try:
                    with limited(clock.monotonic, allowed):
                        self.update(True)
                        following.advance(self._peek("state"))
                    heard = clock.monotonic()
                except QarnotException as error:
                    if not outlives(error, clock.monotonic() - heard, policy, current().left()):
                        raise
                state = self._peek("state")
                show(self._percent(), self._standing())
                elapsed = clock.monotonic() - started
                if is_final(state) or is_over(elapsed, timeout):
                    return is_final(state)
                sleep(clock, current().pause(next_pause(elapsed, timeout)))

    def _after_interrupt(self) -> Choice:
        """Ctrl-C came: do as the connection's ``on_interrupt`` says, and tell how to come back."""
        choice = chosen(self._connection._settings.on_interrupt, self)
        if choice is Choice.ABORT:
            try:
                self._operate("abort")
            except InvalidStateException:
                say(f"\n{self!r} has ended already.")
            else:
                say(f"\n{self!r} is aborted.")
        elif choice is Choice.DETACH:
            tell_detached(self, self.NOUN, self.uuid)
        return choice

    def wait_done(
        self,
        timeout: float | None = None,
        live_progress: bool = False,
        follow_state: bool = False,
        follow_stdout: bool = False,
        follow_stderr: bool = False,
    ) -> None:
        """Wait until the task has succeeded, and raise if it has not.

        Raises :class:`~qarnot_hl.exceptions.TaskFailed` or :class:`~qarnot_hl.exceptions.TaskCancelled` with the
        errors, exit codes and the last lines of output, :class:`~qarnot_hl.exceptions.TaskGone` when it was deleted,
        :class:`~qarnot_hl.exceptions.WaitTimeout` when time is over.
        """
        if self.uuid is None:
            raise MissingTaskException(f"{self!r} is not submitted", next_step="Call submit() first.")
        try:
            ended = self.wait(timeout, live_progress, follow_state, follow_stdout, follow_stderr)
        except MissingTaskException as missing:
            gone = TaskGone(f"{self!r} was deleted while it was waited for", status=404, object_id=self.uuid)
            gone.subject = self
            raise gone from missing
        if not ended:
            late = WaitTimeout(f"{self!r} did not end within {timeout} s; it goes on", object_id=self.uuid)
            late.subject = self
            raise late
        if is_unhappy(self._peek("state")):
            raise self._unhappy_end()

    def print_progress(
        self,
        print_state: bool = False,
        last_known_state: str | None = None,
        print_stdout: bool = False,
        print_stderr: bool = False,
    ) -> str:
        """Tell the connection's loggers once: a state other than the known one, and what is new of the output.

        Returns the state. As with ``fresh_stdout``, output that is told is consumed.
        """
        self.update()
        state = str(self._peek("state"))
        following = Following(self, print_state, print_stdout, print_stderr, last_known_state)
        following.advance(state)
        following.finish()
        return state

    def _unhappy_end(self) -> WaitException:
        """The exception for a task that has ended, not well."""
        state = self._peek("state")
        return unhappy_end(
            self,
            self.uuid,
            state,
            errors=self._peek("errors"),
            status=self._peek("status"),
            instances=self._peek("completed_instances"),
            output="" if state == DELETED else self._last_output(),
        )

    def _last_output(self) -> str:
        """The last lines of the error output, or of the standard output; nothing when they cannot be had."""
        try:
            return last_lines(self.stderr() or self.stdout())
        except QarnotException:
            return ""

    def _percent(self) -> float:
        status = self._peek("status")
        return (status.execution_progress if status else None) or self._peek("progress") or 0.0

    def _standing(self) -> str:
        """The state, and the instances by theirs."""
        running, count = self._peek("running_instance_count") or 0, self._state.get("totalInstanceCount")
        total = count if isinstance(count, int) else self._peek("instancecount")
        return instances_by_state(self._peek("state"), self._peek("status"), running, total)
