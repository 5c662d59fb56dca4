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
from qarnot_mock.sim.tasks import Task

# Invented; the reference says only that flex is cheaper than onDemand, and that reserved machines are one's own.
EUROS_PER_CORE_HOUR: Mapping[str, float] = {"flex": 0.05, "ondemand": 0.08, "reserved": 0.0}
_CORE_HOUR = 3600 * SECOND


def account_credits(state: State, command: Command) -> Answer:
    """account_credits_get: euros that are left; below zero when what ran then has used more."""
    return Answer({"credits": round(left(state), 6)})


def task_credits(state: State, command: Command) -> Answer:
    """task_credits: euros that a task has cost so far."""
    task = state.task(str(command.arguments["task"]))
    return Answer({"credits": round(euros(task.scheduling, core_time(state, task)), 6)})


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


def core_time(state: State, task: Task) -> int:
    """Microseconds of a task's execution, each multiplied by the cores of its node."""
    past = sum(
        run.spent.get("execution", 0) * state.nodes[run.node].core_count
        for instance in task.instances.values()
        for run in instance.runs
    )
    return past + sum(
        (state.now - instance.entered) * state.nodes[instance.runs[-1].node].core_count
        for instance in task.in_states("execution")
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
