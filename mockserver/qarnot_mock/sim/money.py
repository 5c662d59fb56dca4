"""What execution costs, what is left on the account, and the budgets of projects. Prices are made up.

What is billed is metered while it happens, by project and scheduling type, so it survives the task (reference 7.5).
"""

from __future__ import annotations

from collections.abc import Mapping

from qarnot_mock.sim import projects
from qarnot_mock.sim.allowances import Budget
from qarnot_mock.sim.commands import Answer, Command, Json, Refusal
from qarnot_mock.sim.formats import SECOND, date_text
from qarnot_mock.sim.ids import uuid_text
from qarnot_mock.sim.meters import Meter
from qarnot_mock.sim.records import Record
from qarnot_mock.sim.state import State
from qarnot_mock.sim.workloads import Workload

# Invented; the reference says only that flex is cheaper than onDemand, and that reserved machines are one's own.
EUROS_PER_CORE_HOUR: Mapping[str, float] = {"flex": 0.05, "ondemand": 0.08, "reserved": 0.0}
_CORE_HOUR = 3600 * SECOND


def account_credits(state: State, command: Command) -> Answer:
    """account_credits_get: euros that are left; below zero when what ran then has used more."""
    return Answer({"credits": round(left(state), 6)})


def task_credits(state: State, command: Command) -> Answer:
    """task_credits: euros that a task has cost so far; in a pool it is the pool that pays (reference 7.5)."""
    task = state.task(str(command.arguments["task"]))
    return _credits(0 if task.pool else euros(task.scheduling, core_time(state, task)))


def pool_credits(state: State, command: Command) -> Answer:
    """pool_credits: euros that the nodes of a pool have cost so far."""
    pool = state.pool(str(command.arguments["pool"]))
    return _credits(euros(pool.scheduling, core_time(state, pool)))


def _credits(amount: float) -> Answer:
    return Answer({"credits": round(amount, 6)})


def budgets(state: State, command: Command) -> Answer:
    """project_budgets_list: with ``activeOnly`` the archived ones are left out."""
    uuid = str(command.arguments["projectUuid"])
    project = projects.known(state).get(uuid)
    if project is None:
        raise Refusal(404, f"No such project: {uuid}")
    shown = [
        _budget(state, uuid, number, budget)
        for number, budget in enumerate(project.budgets, start=1)
        if not (budget.archived and command.arguments.get("activeOnly") is True)
    ]
    return Answer({"budgets": shown})


def charge(state: State, record: Record, cores: int) -> None:
    """From now on a task or a pool is billed for so many cores more, or, below zero, fewer."""
    payer = projects.paying(state, record.text("projectUuid"))
    state.meters.setdefault((payer, record.scheduling), Meter(state.now)).turn(cores, state.now)


def refuse_unpaid(state: State, payer: str) -> None:
    """Raise 402 when nothing is left on the account, or when a budget of the project that blocks is used up."""
    if left(state) <= 0:
        raise Refusal(402, "Not enough credits")
    project = projects.known(state).get(payer)
    for budget in project.budgets if project else ():
        if budget.policy == "BlockNew" and not budget.archived and spent_cents(state, payer) >= budget.total_cents:
            raise Refusal(402, f"Not enough credits: the budget {budget.alias} of project {payer} is used up")


def left(state: State) -> float:
    """Euros on the account."""
    return state.settings.credits - sum(_spent(state, payer) for payer in sorted({payer for payer, _ in state.meters}))


def spent_cents(state: State, payer: str) -> int:
    """Whole hundredths of a euro that a project has spent."""
    return int(_spent(state, payer) * 100)


def euros(scheduling: str, core_microseconds: int) -> float:
    """The price of core time."""
    return core_microseconds / _CORE_HOUR * EUROS_PER_CORE_HOUR[scheduling]


def core_time(state: State, owner: Workload) -> int:
    """Microseconds of the execution of a task or a pool, each multiplied by the cores that it had."""
    past = sum(
        run.spent.get("execution", 0) * state.cores(run)
        for instance in owner.instances.values()
        for run in instance.runs
    )
    return past + sum(
        (state.now - instance.entered) * state.cores(instance.runs[-1]) for instance in owner.in_states("execution")
    )


def _spent(state: State, payer: str) -> float:
    return sum(
        euros(scheduling, state.meters[payer, scheduling].reading(state.now))
        for scheduling in EUROS_PER_CORE_HOUR
        if (payer, scheduling) in state.meters
    )


def _budget(state: State, project_uuid: str, number: int, budget: Budget) -> Json:
    consumed = spent_cents(state, project_uuid)
    return {
        "uuid": uuid_text(state.settings.seed, state.settings.tenant, f"budget {project_uuid}", number),
        "alias": budget.alias,
        "consumedAmountInCents": consumed,
        "totalAmountInCents": budget.total_cents,
        "remainingAmountInCents": budget.total_cents - consumed,
        "startDateUtc": date_text(state.born),
        "expirationDateUtc": None,
        "budgetOverrunPolicy": budget.policy,
        "isArchived": budget.archived,
    }
