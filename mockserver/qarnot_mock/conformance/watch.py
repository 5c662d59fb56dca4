"""Watches one cloud: judges each exchange, follows the objects of each account, and hands the verdicts on.

The observer of contract mode. It changes nothing and keeps no bodies.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import attrs

from qarnot_mock import contract
from qarnot_mock.conformance.judge import ANSWERS, Judge
from qarnot_mock.conformance.sightings import Kinds, Sightings
from qarnot_mock.conformance.verdict import Verdict
from qarnot_mock.observation import Observation

Sink = Callable[[Verdict], None]


class Watch:
    """The observer of one cloud. An account that is reset begins anew."""

    def __init__(self, judge: Judge, kinds: Kinds, sink: Sink) -> None:
        self._judge = judge
        self._kinds = kinds
        self._sink = sink
        self._accounts: dict[int, tuple[object, Sightings]] = {}

    def __call__(self, observation: Observation) -> None:
        """Judge what was observed."""
        judged = self._judge.judge(observation.request, observation.response)
        if observation.faulty:
            self._sink(_forgiven(judged.verdict))
            return
        if observation.account is None:
            self._sink(judged.verdict)
            return
        # By identity: the account is kept with its sightings, so that no other can take its place.
        _, sightings = self._accounts.setdefault(id(observation.account), (observation.account, Sightings(self._kinds)))
        self._sink(sightings.take(judged))


def _forgiven(verdict: Verdict) -> Verdict:
    """The verdict on the request alone, where the answer was made wrong on purpose."""
    if not verdict.faults:
        return verdict
    facts = (fact for fact in verdict.facts if fact[0] != ANSWERS)
    return attrs.evolve(verdict, faults=(), facts=tuple(facts))


def watch(sink: Sink) -> Watch:
    """A watch by the contract of this version."""
    return Watch(*_tools(), sink)


@cache
def _tools() -> tuple[Judge, Kinds]:
    loaded = contract.load()
    return Judge(loaded), Kinds(loaded.openapi, loaded.lifecycles)


def recorder(path: Path) -> Callable[[], Watch]:
    """Makes watches that append their verdicts to a file, a JSON line each."""

    def append(verdict: Verdict) -> None:
        line = json.dumps(verdict.to_json(), separators=(",", ":")) + "\n"
        with path.open("a", encoding="utf-8") as file:  # one write, so that processes may share a file
            file.write(line)

    return lambda: watch(append)
