"""What went wrong in one run, by holding what a client believes against what is true. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import attrs

from benchmarks.fault_search.workflows import Belief, Expected

DUPLICATES, LOST, LINES, HANGS, WRONG, LEAKS = (
    "duplicated objects", "lost results", "lost or doubled lines", "hangs", "wrong decisions", "leaked tokens",
)  # fmt: skip
DEFECTS = (DUPLICATES, LOST, LINES, HANGS, WRONG, LEAKS)


@attrs.frozen
class Truth:
    """The cloud after a run: names of its tasks, pools and jobs, states by name, objects of its buckets."""

    names: Sequence[str]
    states: Mapping[str, str]
    stored: Mapping[str, str]


@attrs.frozen
class Run:
    """What a run showed. ``belief`` is None when it ended with an error; ``on_disk`` are the files it left then.

    ``said`` is everything that a person or a log may see of it.
    """

    belief: Belief | None
    on_disk: Mapping[str, str]
    hang: bool
    said: str


def defects(run: Run, truth: Truth, expected: Expected, token: str) -> list[str]:
    """The defects of a run, each at most once. An error that is raised is none: the person knows."""
    found = {
        DUPLICATES: any(count > expected.made.get(name, 0) for name, count in Counter(truth.names).items()),
        HANGS: run.hang,
        LEAKS: token in run.said,
        LOST: any(run.on_disk[name] != text for name, text in expected.files.items() if name in run.on_disk),
    }
    belief = run.belief
    if belief is not None:
        found[LOST] = found[LOST] or (
            (belief.fetched is not None and dict(belief.fetched) != dict(expected.files))
            or any(truth.stored.get(name) != text for name, text in expected.stored.items())
        )
        found[LINES] = belief.lines is not None and belief.lines != expected.lines
        succeeded = all(truth.states.get(name) in ("Success", "Closed", None) for name in expected.made)
        there = all(name in truth.names for name in belief.made)
        found[WRONG] = not there or (belief.succeeded is not None and belief.succeeded != succeeded)
    return [name for name in DEFECTS if found.get(name)]
