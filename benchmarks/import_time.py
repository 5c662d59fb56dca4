"""What importing costs: a fresh interpreter that imports one package, against one that imports nothing."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

RUNS = 15
STATEMENTS = {
    "nothing": "pass",
    "import qarnot_hl": "import qarnot_hl",
    "import qarnot_hl; qarnot_hl.Connection": "import qarnot_hl; qarnot_hl.Connection",
    "import qarnot (official)": "import qarnot",
}


def seconds(statement: str) -> float:
    """Wall time of one interpreter from start to end."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)
    return time.perf_counter() - began


def table() -> list[list[str]]:
    """Medians of interleaved runs, one untimed warm-up each."""
    samples: dict[str, list[float]] = {name: [] for name in STATEMENTS}
    for round_number in range(RUNS + 1):
        for name, statement in STATEMENTS.items():
            value = seconds(statement)
            if round_number:
                samples[name].append(value)
    base = statistics.median(samples["nothing"])
    rows = [["statement", "process, median ms", "over bare Python, ms"]]
    for name, values in samples.items():
        median = statistics.median(values)
        rows.append([f"`{name}`", f"{median * 1000:.0f}", f"{(median - base) * 1000:.0f}"])
    return rows
