"""The account, the catalogue of profiles, and figures computed from execution time: nothing is measured."""

from __future__ import annotations

from qarnot_mock.sim import carbon, holds, limits, money, projects, usage
from qarnot_mock.sim.commands import Answer, Command, Json, Refusal
from qarnot_mock.sim.formats import SECOND
from qarnot_mock.sim.render_workload import running
from qarnot_mock.sim.state import State
from qarnot_mock.sim.workloads import Workload


def ping(state: State, command: Command) -> Answer:
    """service_ping."""
    return Answer(media="empty")


def profiles(state: State, command: Command) -> Answer:
    """profiles_list: names only."""
    return Answer([profile.name for profile in state.settings.profiles])


def profile(state: State, command: Command) -> Answer:
    """profile_get."""
    name = command.arguments["name"]
    for each in state.settings.profiles:
        if each.name == name:
            return Answer(each.wire())
    raise Refusal(404, f"No such profile: {name}")


def info(state: State, command: Command) -> Answer:
    """info_get: the ``UserInfo`` schema. Used storage is not known here: the shell may fill it in (``facts``)."""
    running_now = holds.use(state)
    used = command.facts.get("usedQuotaBytes", 0)
    return Answer(
        {
            "email": state.settings.email,
            "defaultScheduling": "Flex",
            "defaultReservedSpecificationKey": None,
            **_limits(state),
            "taskCount": len(state.tasks),
            "jobCount": len(state.jobs),
            "poolCount": len(state.pools),
            "runningTaskCount": len(limits.running(state, "task")),
            "runningPoolCount": len(limits.running(state, "pool")),
            "runningInstanceCount": running_now.instances,
            "runningCoreCount": running_now.cores,
            "bucketCount": command.facts.get("bucketCount", 0),
            "quotaBytes": state.settings.quotas.quota_bytes,
            "usedQuotaBytes": used,
            "quotaBytesBucket": state.settings.quotas.quota_bytes,
            "usedQuotaBytesBucket": used,
            **usage.legacy_limits(state),
            "computingQuotas": {"user": usage.user_wire(state), "organization": usage.organization_wire(state)},
            "projects": projects.wire(state),
        }
    )


def carbon_facts(state: State, command: Command) -> Answer:
    """task_carbon_facts."""
    return _carbon_facts(state, command, state.task(str(command.arguments["task"])))


def pool_carbon_facts(state: State, command: Command) -> Answer:
    """pool_carbon_facts: those of its nodes, whatever has run on them."""
    return _carbon_facts(state, command, state.pool(str(command.arguments["pool"])))


def _carbon_facts(state: State, command: Command, owner: Workload) -> Answer:
    return carbon.facts(command, money.core_time(state, owner) / SECOND / 3600)


def port_forward(state: State, command: Command) -> Answer:
    """task_port_forward: the simulation forwards nothing, so every running instance has an empty map."""
    task = state.task(str(command.arguments["task"]))
    return Answer({str(instance.id): {} for instance in running(state, task)})


def _limits(state: State) -> dict[str, Json]:
    quotas = state.settings.quotas
    return {
        "maxBucket": quotas.max_bucket,
        "maxTask": quotas.max_task,
        "maxJob": quotas.max_job,
        "maxPool": quotas.max_pool,
        "maxRunningTask": quotas.max_running_task,
        "maxRunningPool": quotas.max_running_pool,
    }
