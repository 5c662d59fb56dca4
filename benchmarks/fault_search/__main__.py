"""Runs the search and prints its table: ``python -m benchmarks.fault_search ours singles near=2000 far=2000``.

Words: the client (``ours``, ``official``), and how much: ``singles`` (every fault alone), ``near`` (all pairs of faults
at exchanges near each other; ``near=N`` a sample), ``far=N`` (a sample of the other pairs), ``workflow=NAME`` (those
whose names begin so), ``seed=N``, ``write`` (into ``results.json``, from which the documentation is made; what is
left out stays as it is).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs

from benchmarks.__main__ import markdown
from benchmarks.fault_search.campaign import CLIENTS, Order, run
from benchmarks.fault_search.search import table

RESULTS = Path(__file__).with_name("results.json")


def read(words: Sequence[str]) -> Order:
    """The order behind words. Raises SystemExit for one that means nothing."""
    order: dict[str, Any] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if word in CLIENTS:
            order["client"] = word
        elif word in ("singles", "write"):
            order[word] = True
        elif name in ("near", "far", "seed") and (value.isdecimal() or (word == "near" and not equals)):
            order[name] = int(value) if equals else None
        elif name == "workflow" and value:
            order[name] = value
        else:
            raise SystemExit(f"{word!r} means nothing here\n{__doc__}")
    return Order(**order)


def main() -> None:
    """Run and print; with ``write`` keep it too."""
    order = read(sys.argv[1:])
    found = run(order)
    print(markdown(table(found)))
    if order.write:
        known = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
        near = "all" if order.near is None else order.near
        how = {"singles": order.singles, "near": near, "far": order.far, "seed": order.seed}
        before = known.get(order.client, {})
        same = all(before.get(key) == value for key, value in how.items())
        tallies = {name: attrs.asdict(tally) for name, tally in found}
        known[order.client] = {**how, "tallies": {**(before["tallies"] if same else {}), **tallies}}
        RESULTS.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
