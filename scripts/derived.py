"""What the scripts that make one derived file have in common: write it, or with ``--check`` say whether it is fresh."""

from __future__ import annotations

import argparse
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def parser(about: str | None) -> argparse.ArgumentParser:
    """A parser that knows ``--check``."""
    made = argparse.ArgumentParser(description=about)
    made.add_argument("--check", action="store_true", help="compare only, write nothing")
    return made


def settle(target: Path, text: str, *, check: bool) -> int:
    """Write ``text`` where it differs; with ``check`` only say so. The exit code: 1 when the file is stale."""
    fresh = target.exists() and target.read_text(encoding="utf-8") == text
    if check and not fresh:
        print(f"{target.parent.name}/{target.name} is stale; run `make generate`")
        return 1
    if not fresh:
        target.write_text(text, encoding="utf-8")
    return 0
