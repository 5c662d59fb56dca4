"""The variables an instance sees, and the substitution of ``${NAME}`` in constants (reference 7.1, 7.2)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from qarnot_mock.sim.state import State
from qarnot_mock.sim.tasks import Task
from qarnot_mock.sim.workloads import Instance

_VARIABLE = re.compile(r"\$\{([A-Za-z0-9_.-]+)\}")


def substitute(text: str, environment: Mapping[str, str]) -> str:
    """Replace each ``${NAME}`` that the environment knows; unknown ones stay as they are. One pass, no recursion."""
    return _VARIABLE.sub(lambda match: environment.get(match[1], match[0]), text)


def variables(state: State, task: Task, instance: Instance) -> dict[str, str]:
    """Every constant (the profile's defaults under the task's own) and the documented variables of one instance.

    Variables that name directories are missing: only an executor knows them.
    """
    profile = next((p for p in state.settings.profiles if p.name == task.text("profile")), None)
    constants = {name: value for name, value, _ in profile.constants} if profile else {}
    constants |= task.constants
    ranks = list(task.instances)
    documented = {
        "INSTANCE_ID": str(instance.id),
        "INSTANCE_COUNT": str(len(ranks)),
        "FRAME_ID": str(instance.id),
        "QRANK": str(ranks.index(instance.id)),
        "QSIZE": str(len(ranks)),
    }
    known = constants | documented
    return {name: substitute(value, known) for name, value in constants.items()} | documented
