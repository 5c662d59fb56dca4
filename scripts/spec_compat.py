"""Says what changed in ``spec/openapi.yaml`` between two revisions, and whether the version number allows it.

By default from the last release (the newest tag ``v*``) to the file as it is. A change that breaks clients needs a new
first number of the version, or a new second one while the first is 0; exit code 1 when that is missing.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tomllib
from typing import Any

import yaml

from scripts.derived import ROOT
from scripts.spec_diff import changes
from scripts.spec_inventory import SPEC

FILE = SPEC.relative_to(ROOT).as_posix()
MANIFEST = "pyproject.toml"


def last_release() -> str | None:
    """The newest release tag in the history of what is checked out; None when there is none, or no history."""
    found = _git("describe", "--tags", "--abbrev=0", "--match", "v[0-9]*")
    return found.strip() if found else None


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return None
    return done.stdout if done.returncode == 0 else None


def read(revision: str | None, file: str) -> str:
    """A tracked file at a revision, or as it is now. Raises SystemExit when it is not there."""
    if revision is None:
        return (ROOT / file).read_text(encoding="utf-8")
    text = _git("show", f"{revision}:{file}")
    if text is None:
        raise SystemExit(f"{file} at {revision} cannot be read: is that a revision of this repository?")
    return text


def version(manifest: str) -> tuple[int, ...]:
    """The version in the text of a ``pyproject.toml``."""
    project: dict[str, Any] = tomllib.loads(manifest)["project"]
    return tuple(int(part) for part in re.findall(r"\d+", project["version"])[:3])


def may_break(old: tuple[int, ...], new: tuple[int, ...]) -> bool:
    """Whether a new version announces that clients break: a new major one, or a new minor one before 1.0."""
    return new[:1] > old[:1] or (old[:1] == (0,) == new[:1] and new[:2] > old[:2])


def main(arguments: list[str] | None = None) -> int:
    """Print the changes; 1 when there are some that the version does not announce."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("old", nargs="?", help="a revision; default: the last release")
    parser.add_argument("new", nargs="?", help="a revision; default: the files as they are")
    given = parser.parse_args(arguments)
    old = given.old or last_release()
    if old is None:
        print("spec compatibility: no release yet, nothing to compare with")
        return 0
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found = changes(*(yaml.load(read(revision, FILE), Loader=loader) for revision in (old, given.new)))
    breaking = sum(change.breaking for change in found)
    print("\n".join(map(str, found)) or f"{FILE} has not changed for clients", file=sys.stderr if breaking else None)
    print(f"spec compatibility: {len(found)} changes since {old}, {breaking} of them breaking")
    numbers = [version(read(revision, MANIFEST)) for revision in (old, given.new)]
    if breaking and not may_break(*numbers):
        print(f"clients break, and the version does not say so: raise it in {MANIFEST}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
