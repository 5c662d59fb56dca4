# Generated from qarnot_hl/_async/task_facts.py by scripts/unasync.py. Do not edit.
"""What other services know of a task: its energy, its price, its network."""

from __future__ import annotations

from qarnot_hl._core.json_types import JsonObject
from qarnot_hl._core.wire_values import mapping
from qarnot_hl._sync.facts import Facts
from qarnot_hl._sync.task_object import TaskObject


class TaskFacts(Facts, TaskObject):
    """Asked anew each time. Raises :class:`~qarnot_hl.exceptions.MissingTaskException`."""

    def port_forwards(self) -> dict[int, dict[str, JsonObject]]:
        """How to reach ports of the running instances: by instance id and name of the forward, as the API writes it.

        ``access`` holds ``publicHost`` and ``publicPort`` (reference 3.11). Nothing before submit.
        """
        if self.uuid is None:
            return {}
        forwards = mapping((self._operate("port_forward")).json())
        return {
            int(instance): {name: mapping(forward) for name, forward in mapping(named).items()}
            for instance, named in forwards.items()
            if instance.isdecimal()
        }
