"""Collections of tasks: lists by tag, search with selected fields, pages of tasks and of summaries (reference 3.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from qarnot_mock.sim import paging
from qarnot_mock.sim.commands import Answer, Command, Json
from qarnot_mock.sim.filters import NEITHER, compile_filter, problem
from qarnot_mock.sim.render import FIELDS, execution_time, selected, task_output, task_summary
from qarnot_mock.sim.state import Departed, State
from qarnot_mock.sim.tasks import Task

Render = Callable[[State, Task], Mapping[str, Json]]

_ORDERS: Mapping[str, Callable[[State, Task], str | int]] = {
    "creationdate": lambda state, task: task.created,
    "name": lambda state, task: task.text("name"),
    "state": lambda state, task: task.state,
    "executiontime": execution_time,
}
_DEPARTED: Mapping[str, Callable[[Departed], str | int]] = {
    "creationdate": lambda departed: departed.created,
    "name": lambda departed: departed.name,
    "state": lambda departed: departed.state,
    "executiontime": lambda departed: departed.execution_time,
}


def tasks_list(state: State, command: Command) -> Answer:
    """tasks_list: with tags, those that have any of them."""
    return Answer([task_output(state, task) for task in _tagged(state, command)])


def summaries_list(state: State, command: Command) -> Answer:
    """task_summaries_list: as tasks_list."""
    return Answer([task_summary(state, task) for task in _tagged(state, command)])


def search(state: State, command: Command) -> Answer:
    """tasks_search: only the selected fields are filled; without a selection, all are."""
    body = _body(command)
    names = _selection(body.get("select"))
    found = _matching(state, body)[: paging.size_of(body, default=None)]
    return Answer([selected(state, task, names) for task in found])


def tasks_paginate(state: State, command: Command) -> Answer:
    """tasks_paginate: a page of tasks."""
    return _page(state, _body(command), task_output)


def summaries_paginate(state: State, command: Command) -> Answer:
    """task_summaries_paginate: a page of summaries; filters see all fields of a task."""
    return _page(state, _body(command), task_summary)


def _tagged(state: State, command: Command) -> list[Task]:
    tags = command.arguments.get("tag") or ()
    wanted = [tags] if isinstance(tags, str) else list(tags) if isinstance(tags, Sequence) else []
    return [task for task in state.tasks.values() if not wanted or any(tag in task.tags for tag in wanted)]


def _matching(state: State, body: Mapping[str, Json]) -> list[Task]:
    matches = compile_filter(body.get("filter"), FIELDS)
    return [task for task in state.tasks.values() if matches(_fields(state, task))]


def _fields(state: State, task: Task) -> Callable[[str], Json]:
    return lambda name: FIELDS[name](state, task)


def _selection(select: Json) -> list[str]:
    names = {name.lower(): name for name in FIELDS if name not in NEITHER}
    given = select.get("fields") if isinstance(select, Mapping) else select
    if given is None:
        return list(FIELDS)
    wanted = [str(name) for name in given] if isinstance(given, Sequence) else []
    unknown = [name for name in wanted if name.lower() not in names]
    if unknown:
        raise problem("select.fields", f"{unknown[0]!r} is no field that can be selected.")
    return [names[name.lower()] for name in wanted]


def _page(state: State, body: Mapping[str, Json], render: Render) -> Answer:
    order = str(body.get("orderBy") or "creationDate").lower()
    if order not in _ORDERS:
        raise problem("orderBy", f"Tasks cannot be ordered by {body.get('orderBy')!r}.")
    direction = str(body.get("orderType") or "ASC").upper()
    if direction not in ("ASC", "DESC"):
        raise problem("orderType", "orderType is ASC or DESC.")
    page = paging.page(
        _matching(state, body),
        lambda task: (_ORDERS[order](state, task), task.number),
        _position(state, body.get("token"), order),
        descending=direction == "DESC",
        size=paging.size_of(body) or paging.DEFAULT_PAGE_SIZE,
        seed=state.settings.seed,
    )
    return Answer(
        {
            "data": [render(state, task) for task in page.items],
            "nextToken": page.next_token,
            "isTruncated": page.next_token is not None,
            "count": len(page.items),
            "total": page.total,
        }
    )


def _position(state: State, text: Json, order: str) -> paging.SortKey | None:
    if not text:
        return None
    number = paging.token_number(state.settings.seed, str(text))
    for task in state.tasks.values():
        if task.number == number:
            return _ORDERS[order](state, task), number
    if number not in state.departed:
        raise problem("token", "The token is not one that this server gave.")
    return _DEPARTED[order](state.departed[number]), number


def _body(command: Command) -> Mapping[str, Json]:
    return command.body if isinstance(command.body, Mapping) else {}
