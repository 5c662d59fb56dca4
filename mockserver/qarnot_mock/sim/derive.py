"""The state of a task or a pool as a pure function of its instances and of what was asked of it.

Instances move, tasks and pools follow.
"""

from __future__ import annotations

from collections.abc import Collection

from qarnot_mock.sim.workloads import Instance

ENDED = frozenset({"success", "failure", "cancelled"})
PREPARED = frozenset({"dispatch", "download", "environment"})


def task_state(instances: Collection[Instance], *, cancel_requested: bool, delete_requested: bool) -> str:
    """The state that the task should have now (reference 4.1; ``Gone`` is not derived but done)."""
    if delete_requested:
        return "PendingDelete"
    states = [instance.state for instance in instances]
    if all(state in ENDED for state in states):
        return _outcome(states, cancel_requested)
    if cancel_requested:
        return "PendingCancel"
    return _progress(states, begun=any(i.begun for i in instances), executed=any(i.executed for i in instances))


def pool_state(instances: Collection[Instance], present: Collection[Instance]) -> str:
    """The state of an open pool (reference 4.2). ``present`` are the instances that it has now, of all it ever had.

    It is ready when all it has executes, also when that is none any more (assumed, for elastic pools).
    """
    if not any(instance.begun for instance in instances):
        return "Submitted"
    states = [instance.state for instance in present]
    if all(state == "execution" for state in states):
        return "FullyExecuting"
    return _progress(states, begun=True, executed=False)


def _outcome(states: Collection[str], cancel_requested: bool) -> str:
    if cancel_requested:
        return "Cancelled"
    return "Failure" if "failure" in states else "Success"


def _progress(states: Collection[str], *, begun: bool, executed: bool) -> str:
    waiting = "waiting" in states
    prepared = any(state in PREPARED for state in states)
    if not begun:
        return "Submitted"
    if not waiting and not prepared:
        return "FullyExecuting" if "execution" in states else "UploadingResults"
    if "execution" in states or "upload" in states or (executed and _some_ended(states)):
        return "PartiallyExecuting"
    return "PartiallyDispatched" if waiting else "FullyDispatched"


def _some_ended(states: Collection[str]) -> bool:
    return any(state in ENDED for state in states)
