"""A search over many cases, on all cores: what is asked for, and the processes that do it."""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from importlib import import_module
from itertools import islice
from multiprocessing import get_context
from typing import Any

import attrs

from benchmarks.fault_search.cases import Case, Grid
from benchmarks.fault_search.search import Tally, search, table, undisturbed
from benchmarks.fault_search.stage import stage
from benchmarks.fault_search.workflows import workflows

CLIENTS = {"ours": "qarnot_hl", "official": "qarnot"}
BATCH = 200


@attrs.frozen
class Order:
    """What is asked for. ``near`` is None for all pairs that are near each other."""

    client: str = "ours"
    singles: bool = False
    near: int | None = 0
    far: int = 0
    workflow: str = ""
    seed: int = 1
    write: bool = False

    def cases(self, grid: Grid) -> Iterator[Case]:
        """The cases of one workflow."""
        if self.singles:
            yield from grid.singles()
        if self.near is None:
            yield from grid.near_pairs()
        elif self.near:
            pairs = list(grid.near_pairs())
            yield from random.Random(self.seed).sample(pairs, min(self.near, len(pairs)))
        if self.far:
            yield from grid.far_pairs(self.far, self.seed)


def package_of(client: str) -> Any:
    """The package that a client is."""
    return import_module(CLIENTS[client])


def searched(client: str, name: str, cases: Sequence[Case]) -> Tally:
    """Try some cases of a workflow, in a process of its own."""
    (workflow,) = (each for each in workflows(package_of(client)) if each.name == name)
    with stage(1) as ours:
        return search(ours, workflow, cases)


def run(order: Order) -> list[tuple[str, Tally]]:
    """All workflows of an order, on all cores; the first one that fails undisturbed ends it."""
    found = []
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        for workflow in workflows(package_of(order.client)):
            if not workflow.name.startswith(order.workflow):
                continue
            with stage(1) as ours:
                cases = list(order.cases(undisturbed(ours, workflow)))
            tally = Tally()
            for part in pool.map(partial(searched, order.client, workflow.name), batches(cases)):
                tally.add(part)
            found.append((workflow.name, tally))
            print(workflow.name, *table([found[-1]])[1][1:], *tally.examples.items(), file=sys.stderr, flush=True)
    return found


def batches(cases: Sequence[Case]) -> list[list[Case]]:
    """Cases in lots that are worth a process."""
    ahead = iter(cases)
    return [*iter(lambda: list(islice(ahead, BATCH)), [])]
