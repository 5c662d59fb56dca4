"""Runs a workflow again and again, each time with other faults, and counts what came of it."""

from __future__ import annotations

import io
import logging
import shutil
import tempfile
import traceback
import warnings
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import attrs

from benchmarks.fault_search.cases import Case, Grid
from benchmarks.fault_search.stage import TOKEN, Hang, Stage, watchdog
from benchmarks.fault_search.verdict import DEFECTS, Run, Truth, defects
from benchmarks.fault_search.workflows import Belief, Workflow, read_all
from qarnot_mock.testing.mishaps import NeverAnsweredError


@attrs.define
class Tally:
    """What a search found. ``tried`` runs, of which ``struck`` met all their faults; ``raised`` ended with an error."""

    tried: int = 0
    struck: int = 0
    raised: int = 0
    defects: Counter[str] = attrs.Factory(Counter)
    examples: dict[str, str] = attrs.Factory(dict)

    def add(self, other: Tally) -> None:
        """Count what another process found."""
        self.tried += other.tried
        self.struck += other.struck
        self.raised += other.raised
        self.defects.update(other.defects)
        self.examples = {**other.examples, **self.examples}


def undisturbed(stage: Stage, workflow: Workflow) -> Grid:
    """What can go wrong in a workflow, from a run in which nothing does. Raises RuntimeError when something does."""
    run, truth = _perform(stage, workflow, ())
    found = defects(run, truth, workflow.expected, TOKEN)
    if run.belief is None or found:
        raise RuntimeError(f"{workflow.name} fails undisturbed: {found or run.said}")
    return Grid.of(stage.places, stage.backend.faults.known)


def search(stage: Stage, workflow: Workflow, cases: Iterable[Case]) -> Tally:
    """Try each case."""
    tally = Tally()
    for case in cases:
        run, truth = _perform(stage, workflow, case)
        tally.tried += 1
        tally.struck += len(stage.backend.faults.hits()) - stage.hits_before == len(case)
        tally.raised += run.belief is None and not run.hang
        for name in defects(run, truth, workflow.expected, TOKEN):
            tally.defects[name] += 1
            tally.examples.setdefault(name, _shown(case))
    return tally


def _shown(case: Case) -> str:
    return "; ".join(f"{variant} at exchange {place}" for place, variant in case)


def _perform(stage: Stage, workflow: Workflow, case: Case) -> tuple[Run, Truth]:
    """One run: what it showed, and what is true after it."""
    folder = Path(tempfile.mkdtemp(prefix="fault-search-"))
    said = io.StringIO()
    handler = logging.StreamHandler(said)
    root = logging.getLogger()
    root.addHandler(handler)
    belief: Belief | None = None
    hang = False
    try:
        stage.reset()
        prepared = workflow.prepare(folder)
        stage.strike(case)
        with warnings.catch_warnings(), redirect_stdout(said), redirect_stderr(said), watchdog():
            warnings.simplefilter("ignore")
            try:
                belief = workflow.run(folder, prepared)
            except (Hang, NeverAnsweredError):
                hang = True
            except Exception as error:
                hang = _ends_in_a_hang(error)
                said.write("".join(traceback.format_exception(error)))
                said.write(repr(error))
        stage.backend.faults.remove()
        disk = read_all(folder / "target") | read_all(folder / "results")
        return Run(belief, disk, hang, said.getvalue()), _truth(stage)
    finally:
        root.removeHandler(handler)
        shutil.rmtree(folder)


def _ends_in_a_hang(error: BaseException) -> bool:
    """Whether a wait without end is below an error: in process it is raised, over a socket nothing would be."""
    seen: list[BaseException] = []
    ahead: list[BaseException | None] = [error]
    while ahead:
        one = ahead.pop()
        if one is not None and all(one is not other for other in seen):  # chains of causes can be circles
            seen.append(one)
            ahead += [one.__cause__, one.__context__]
    return any(isinstance(one, NeverAnsweredError | Hang) for one in seen)


def _truth(stage: Stage) -> Truth:
    """The cloud, once everything in it has come to rest."""
    tenant = stage.backend.authenticate(TOKEN)
    assert tenant is not None
    state: Any = stage.cloud.state()
    store = tenant.account.store
    stored = {
        f"{bucket}/{info.key}": b"".join(_pieces(store.get(bucket, info.key))).decode("utf-8", "replace")
        for bucket in store.bucket_names()
        for info in store.list(bucket)
    }
    objects = [each for kind in ("tasks", "jobs", "pools") for each in state[kind]]
    names = [str(each["definition"]["name"]) for each in objects]
    tasks = {str(each["definition"]["name"]): str(each["state"]) for each in state["tasks"]}
    return Truth(names, tasks, stored)


def _pieces(content: Any) -> Sequence[bytes]:
    return [content] if isinstance(content, bytes) else list(content)


def table(tallies: Sequence[tuple[str, Tally]]) -> list[list[str]]:
    """Rows for people: a workflow each."""
    head = ["workflow", "runs", "met their faults", *DEFECTS, "ended with an error"]
    return [
        head,
        *(
            [name, str(tally.tried), str(tally.struck), *(str(tally.defects[d]) for d in DEFECTS), str(tally.raised)]
            for name, tally in tallies
        ),
    ]
