# Generated from qarnot_hl/_async/task_output.py by scripts/unasync.py. Do not edit.
"""The standard output and error of a task, whole or what is new, of all instances or one."""

from __future__ import annotations

from importlib import import_module

from qarnot_hl._sync.task_object import TaskObject


class TaskOutput(TaskObject):
    """Reading output. All of it is empty before submit.

    Without ``instanceId`` each line begins with the id of its instance (``3> hello``), with it there is no such prefix.
    The server keeps only the newest part of a long output. Raises
    :class:`~qarnot_hl.exceptions.MissingTaskException`, :class:`~qarnot_hl.exceptions.MissingTaskInstanceException`.
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

    def _output(self, kind: str, instance_id: int | None) -> str:
        if self.uuid is None:
            return ""
        operation = f"task_{kind}" if instance_id is None else f"task_instance_{kind}"
        arguments = () if instance_id is None else (instance_id,)
        module = import_module(f"qarnot_client.api.tasks.{operation}")
        return (self._call(module._get_kwargs, operation, *arguments)).text()
