# Generated from qarnot_hl/_async/output.py by scripts/unasync.py. Do not edit.
"""The standard output and error of a task or pool, whole or what is new, of all instances or one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from qarnot_hl._sync.resource import Resource

if TYPE_CHECKING:
    from qarnot_hl._core.log_cursor import OutputLine


class Output(Resource):
    """Reading output. All of it is empty before submit.

    Without ``instanceId`` each line begins with the id of its instance (``3> hello``), with it there is no such prefix.
    The server keeps only the newest part of a long output. Raises
    :class:`~qarnot_hl.exceptions.MissingTaskException`, :class:`~qarnot_hl.exceptions.MissingTaskInstanceException`, or
    those of the pool.
    """

    def stdout(self, instanceId: int | None = None) -> str:  # noqa: N803  (the documented spelling)
        """The standard output so far."""
        return self._output("stdout_get", instanceId)

    def fresh_stdout(self, instanceId: int | None = None) -> str:  # noqa: N803
        """The standard output that was not read this way before, by anybody: reading consumes it."""
        return self._output("stdout_fresh", instanceId)

    def stderr(self, instanceId: int | None = None) -> str:  # noqa: N803
        """The standard error so far."""
        return self._output("stderr_get", instanceId)

    def fresh_stderr(self, instanceId: int | None = None) -> str:  # noqa: N803
        """The standard error that was not read this way before, by anybody: reading consumes it."""
        return self._output("stderr_fresh", instanceId)

    def follow(
        self,
        instanceId: int | None = None,  # noqa: N803
        *,
        stderr: bool = False,
        cursor: str | None = None,
    ) -> Iterator[OutputLine]:
        """The lines of the standard output, or error, each once and in order, until the object has ended.

        Nothing is consumed: others read the same. ``cursor``: that of a line, to go on behind it, in another process as
        well. Where the server, which keeps only the newest part, dropped lines before they were read, one with
        ``is_gap`` says so. A look that fails is made again, as those of ``wait``.

        Raises ValueError for a cursor that is none, and what ``stdout`` raises; nothing comes before submit.
        """
        from qarnot_hl._sync.log_following import lines

        if self.uuid is not None:
            yield from lines(self, "stderr" if stderr else "stdout", instanceId, cursor)

    def _output(self, kind: str, instance_id: int | None) -> str:
        if self.uuid is None:
            return ""
        of_instance = () if instance_id is None else (instance_id,)
        return (self._operate(f"instance_{kind}" if of_instance else kind, *of_instance)).text()
