"""What listing 10,000 full tasks costs: the SDK's objects against the models of the generated client.

Both ask the same server process for the same pages of 500, in turn, and look at the name, the state and the constants
of each task; all tasks are held until the end, and the best of the rounds counts. Memory is what the held tasks
occupy, as tracemalloc counts it in a round of its own.
"""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import Callable, Iterator

from benchmarks import servers
from benchmarks.finished_tasks import PAGE, TASKS
from qarnot_client.api.tasks import tasks_paginate
from qarnot_client.models.page_detail_request import PageDetailRequest
from qarnot_client.models.task_output import TaskOutput
from qarnot_client.models.task_page import TaskPage
from qarnot_hl import Connection

ROUNDS = 5
Listed = Callable[[], list[object]]
HIGH_LEVEL = "`connection.all_tasks(summary=False)`"
GENERATED = "`qarnot_client.api.tasks.tasks_paginate`"


def through_high_level(connection: Connection) -> list[object]:
    """All tasks, each looked at."""
    found: list[object] = []
    for task in connection.all_tasks(summary=False, page_size=PAGE):
        assert all((task.name, task.state, dict(task.constants)))
        found.append(task)
    return found


def through_generated(connection: Connection) -> list[object]:
    """The same through the generated operation and its models."""
    found: list[object] = []
    for task in generated_tasks(connection):
        assert all((task.name, task.state, {pair.key: pair.value for pair in task.constants or ()}))
        found.append(task)
    return found


def generated_tasks(connection: Connection) -> Iterator[TaskOutput]:
    """Page after page."""
    token: str | None = None
    with connection.generated_client() as client:
        while True:
            request = PageDetailRequest(token=token, maximum_results=PAGE)
            page = tasks_paginate.sync_detailed(client=client, body=request).parsed
            assert isinstance(page, TaskPage)
            yield from page.data or ()
            if not page.is_truncated:
                return
            token = page.next_token or None


def seconds(listed: Listed) -> float:
    """How long one listing takes, on a heap without the garbage of another."""
    gc.collect()
    began = time.perf_counter()
    found = listed()
    taken = time.perf_counter() - began
    assert len(found) == TASKS
    return taken


def kibibytes(listed: Listed) -> float:
    """What one listed task occupies."""
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    found = listed()
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return (after - before) / 1024 / len(found)


def table() -> list[list[str]]:
    """One row each."""
    with servers.mock("benchmarks.finished_tasks") as (port, _):
        connection = Connection(cluster_url=f"http://127.0.0.1:{port}", client_token="benchmark-token")
        ways: dict[str, Listed] = {
            HIGH_LEVEL: lambda: through_high_level(connection),
            GENERATED: lambda: through_generated(connection),
        }
        samples = [{name: seconds(listed) for name, listed in ways.items()} for _ in range(ROUNDS)]
        memory = {name: kibibytes(listed) for name, listed in ways.items()}
    best = {name: min(sample[name] for sample in samples) for name in ways}
    rows = [["way", "10,000 tasks, s", "µs a task", "ratio", "KiB a task"]]
    for name, taken in best.items():
        ratio = taken / best[GENERATED]
        rows.append([name, f"{taken:.2f}", f"{taken / TASKS * 1e6:.0f}", f"{ratio:.2f}×", f"{memory[name]:.1f}"])
    return rows
