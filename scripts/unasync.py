"""Makes ``qarnot_hl/_sync`` from ``qarnot_hl/_async``, and with ``--check`` says whether it is fresh.

The async code is the source. Words are exchanged by a table, in code, strings and docstrings alike; the
result is formatted by ruff. Two marks in the source serve what words cannot express: a line ``# sync: CODE``
becomes ``CODE``, and a line that ends in ``# async only`` is left out. Files in ``HAND_WRITTEN`` exist in
both folders and must offer the same names.
"""

from __future__ import annotations

import argparse
import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "qarnot_hl" / "_async"
TARGET = ROOT / "qarnot_hl" / "_sync"
TESTS = ROOT / "tests" / "hl"
HAND_WRITTEN = frozenset({"__init__.py", "fanout.py", "refresh.py"})
HEADER = "# Generated from {source} by scripts/unasync.py. Do not edit.\n"

SUBSTITUTIONS = [
    (re.compile(pattern, re.MULTILINE), replacement)
    for pattern, replacement in [
        (r"^.*# async only\n", ""),
        (r"^( *)# sync: ", r"\1"),
        (r"\basync (def|with|for)\b", r"\1"),
        (r"\bawait ", ""),
        (r"\bAsync([A-Z]\w*)", r"\1"),
        (r"\b_async\b", "_sync"),
        (r"\b__a(enter|exit|iter|next)__\b", r"__\1__"),
        (r"\basyncio_detailed\b", "sync_detailed"),
        (r"\ba(close|cloud|connect)\b", r"\1"),
        (r"\benter_async_context\b", "enter_context"),
    ]
]


def to_sync(source: str, used: set[str]) -> str:
    """The blocking twin of one module's text; patterns that matched are added to ``used``."""
    for pattern, replacement in SUBSTITUTIONS:
        source, count = pattern.subn(replacement, source)
        if count:
            used.add(pattern.pattern)
    return source


def formatted(source: str, path: Path) -> str:
    """Shorter words change line breaks and import order, so ruff has the last say."""
    ruff = str(Path(sys.executable).parent / "ruff")
    for command in (
        ["check", "--quiet", "--fix-only", "--unsafe-fixes", "--select", "I,RUF022,C416,UP028,SIM117"],
        ["format", "--quiet"],
    ):
        result = subprocess.run(
            [ruff, *command, "--stdin-filename", str(path), "-"],
            input=source, capture_output=True, text=True, check=True, cwd=ROOT,
        )  # fmt: skip
        source = result.stdout
    return source


def twins() -> Iterator[tuple[Path, Path]]:
    """Each async file, modules and tests, with the path of its blocking twin."""
    for path in sorted(SOURCE.rglob("*.py")):
        if path.name not in HAND_WRITTEN:
            yield path, TARGET / path.relative_to(SOURCE)
    for path in sorted(TESTS.rglob("test_*_async.py")):
        yield path, path.with_name(path.name.replace("_async.py", "_sync.py"))


def public_names(path: Path) -> set[str]:
    """Names that a module defines at its top level, for comparing hand-written pairs."""
    return {
        node.name
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_")
    }


def problems_of_pairs() -> Iterator[str]:
    """Hand-written pairs that drifted apart, and files of ``_sync`` whose source is gone."""
    for name in sorted(HAND_WRITTEN - {"__init__.py"}):
        if not (SOURCE / name).exists() and not (TARGET / name).exists():
            continue
        renamed = {name.removeprefix("Async") for name in public_names(SOURCE / name)}
        if renamed != public_names(TARGET / name):
            yield f"{name}: the hand-written pair offers different names"
    expected = {target for _, target in twins()}
    for path in sorted(TARGET.rglob("*.py")):
        if path not in expected and path.name not in HAND_WRITTEN:
            yield f"{path.relative_to(ROOT)}: no source in _async"


def main() -> int:
    """Write the twins, or compare only; 1 when something is stale or a substitution never matched."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only, write nothing")
    check = parser.parse_args().check
    used: set[str] = set()
    problems: list[str] = []
    for source, target in twins():
        header = HEADER.format(source=source.relative_to(ROOT))
        fresh = formatted(header + to_sync(source.read_text(), used), target)
        if target.exists() and target.read_text() == fresh:
            continue
        if check:
            problems.append(f"{target.relative_to(ROOT)}: stale; run scripts/unasync.py")
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(fresh)
            print(f"wrote {target.relative_to(ROOT)}")
    problems += problems_of_pairs()
    if check:
        problems += [f"substitution never used: {p.pattern}" for p, _ in SUBSTITUTIONS if p.pattern not in used]
    print(*problems, sep="\n", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
