"""The variables an instance sees, and the substitution of ``${NAME}`` in constants (reference 7.1, 7.2)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from qarnot_mock.sim.state import State
from qarnot_mock.sim.workloads import Instance, Workload

_VARIABLE = re.compile(r"\$\{([A-Za-z0-9_.-]+)\}")


def substitute(text: str, environment: Mapping[str, str]) -> str:
    """Replace each ``${NAME}`` that the environment knows; unknown ones stay as they are. One pass, no recursion."""
    return _VARIABLE.sub(lambda match: environment.get(match[1], match[0]), text)


def profile_of(state: State, owner: Workload) -> str:
    """The name of its profile; a task in a pool runs in that of the pool (reference 3.3)."""
    pool = state.pools.get(owner.pool)
    return pool.text("profile") if pool else owner.text("profile")


def template_variables(state: State, owner: Workload, instance: Instance) -> dict[str, str]:
    """What the texts of a scenario and of MOCK_RESULTS may name: the variables, and the number of the attempt."""
    return {**variables(state, owner, instance), "MOCK_ATTEMPT": str(instance.attempt)}


def variables(state: State, owner: Workload, instance: Instance) -> dict[str, str]:
    """Every constant and the documented variables of one instance.

    The constants are the profile's defaults, under those of the pool (assumed; not the mock's own, which are about the
    pool itself), under the owner's own. Variables that name directories are missing: only an executor knows them.
    """
    name = profile_of(state, owner)
    profile = next((p for p in state.settings.profiles if p.name == name), None)
    constants = {name: value for name, value, _ in profile.constants} if profile else {}
    pool = state.pools.get(owner.pool)
    constants |= {k: v for k, v in pool.constants.items() if not k.startswith("MOCK_")} if pool else {}
    constants |= owner.constants
    ranks = list(owner.instances)
    documented = {
        "INSTANCE_ID": str(instance.id),
        "INSTANCE_COUNT": str(len(ranks)),
        "FRAME_ID": str(instance.id),
        "QRANK": str(ranks.index(instance.id)),
        "QSIZE": str(len(ranks)),
    }
    known = constants | documented
    return {name: substitute(value, known) for name, value in constants.items()} | documented
