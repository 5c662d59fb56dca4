"""Writes ``docs/official-package.md``: each public method of the official package, its requests, the verdict.

Runs the scripts of ``tests/contract/scripts`` with the unmodified package (a test dependency) against a mock of their
own; ``--check`` compares instead. A method that no script calls is listed as such.
"""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence

from scripts.derived import ROOT, parser, settle

SCRIPTS = ROOT / "tests" / "contract" / "scripts"
OPERATIONS = ROOT / "spec" / "operations.txt"
TARGET = ROOT / "docs" / "official-package.md"
DRIVERS = (
    "official_tasks.py",
    "official_values.py",
    "official_account.py",
    "official_pools_and_jobs.py",
    "official_urls.py",
)
VERSION = "2.23.0"
ABSTRACT = {"Storage"}
INTRODUCTION = """\
# The official package on the mock

Made by `scripts/official_package.py`; do not edit. The package `qarnot` {version}, unmodified, is driven by the scripts
of `tests/contract/scripts` over real sockets. *exact*: the requests follow the contract to the letter. *tolerated*:
they needed the named rules of `spec/tolerances.yaml`. *storage*: only S3 was asked. *local*: nothing was asked.

The same scripts, unedited, run with ours under the name `qarnot` (`python -m qarnot_hl.compat`), all but the one that
uses private names of the transport; `tests/contract` also compares names, parameters, printed values and refusals.

A generator such as `all_tasks` asks through the page method below it. `Storage` is abstract: its methods are those of
`Bucket`.

- public methods driven: {driven} of {methods}
- properties read: {read} of {properties}
- entries of the package's URL table exercised: {used} of {templates}{unused}; {own} by its own code, the others (which
  no code of it uses) by a script through its transport: {borrowed}
"""

Request = tuple[str, str, int, str]


class Seen:
    """What all scripts together made the package do."""

    def __init__(self, reports: Sequence[Mapping[str, object]]) -> None:
        self.templates: set[str] = set()
        self.borrowed: set[str] = set()
        self.table: set[str] = set()
        self.called: dict[str, set[Request]] = {}
        for report in reports:
            self._add(report)

    def _add(self, report: Mapping[str, object]) -> None:
        called = report["called"]
        if not isinstance(called, dict):
            raise TypeError(f"not a report of watched.py: {report}")
        self.templates |= _texts(report["templates"])
        self.borrowed |= _texts(report["borrowed"])
        self.table |= _texts(report["table"])
        for name, requests in called.items():
            self.called.setdefault(name, set()).update((m, p, s, rules) for m, p, s, rules in requests)


def _texts(found: object) -> set[str]:
    if not isinstance(found, list):
        raise TypeError(f"not a list of watched.py: {found}")
    return set(found)


def drive(script: str) -> dict[str, object]:
    """Run one script under the mock, on virtual time; what it reported. Raises ``SystemExit`` when it fails."""
    mock = [sys.executable, "-m", "qarnot_mock", "run", "--time", "virtual", "--seed", "1", "--"]
    command = [*mock, sys.executable, "-W", "ignore", str(SCRIPTS / script)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{script} failed:\n{done.stderr}")
    report: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return report


def public_members() -> Iterator[tuple[str, bool]]:
    """``module.Class.name`` of what the package's public classes define: methods (True) and properties (False)."""
    package = importlib.import_module("qarnot")
    for module in pkgutil.iter_modules(package.__path__):
        if not module.name.startswith("_"):
            yield from _members(module.name)


def _members(module_name: str) -> Iterator[tuple[str, bool]]:
    module = importlib.import_module(f"qarnot.{module_name}")
    for cls in vars(module).values():
        if inspect.isclass(cls) and cls.__module__ == module.__name__ and cls.__name__ not in ABSTRACT:
            for name, member in vars(cls).items():
                is_property = isinstance(member, property)
                is_method = inspect.isfunction(member) or isinstance(member, classmethod | staticmethod)
                abstract = getattr(member, "__isabstractmethod__", False)
                if (is_property or is_method) and not abstract and not name.startswith("_"):
                    yield f"{module_name}.{cls.__name__}.{name}", is_method


def operations() -> list[tuple[str, re.Pattern[str], str]]:
    """(method, pattern of the path, path of the spec); spelled-out segments before parameters."""
    rows = [line.split() for line in OPERATIONS.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    rows.sort(key=lambda row: row[3].count("{"))
    return [(method, _pattern(path), path) for _, _, method, path in rows]


def _pattern(path: str) -> re.Pattern[str]:
    several = path.startswith("/secrets-manager")
    return re.compile(re.sub(r"\\{\w+\\}", ".*" if several else "[^/]+", re.escape(path)) + "/?")


def spelled(request: Request, known: Sequence[tuple[str, re.Pattern[str], str]]) -> str:
    """The request as the spec writes it."""
    method, path, _, _ = request
    if method == "S3":
        return f"S3 {path}"
    for of, pattern, template in known:
        if of == method and pattern.fullmatch(path):
            return f"{method} {template}"
    raise SystemExit(f"the spec has no {method} {path}")


def verdict(requests: set[Request]) -> str:
    """How the mock took the requests of one method."""
    rules = sorted({rule.strip() for *_, named in requests for rule in named.split(",") if rule.strip()})
    if rules:
        return "tolerated: " + ", ".join(f"`{rule}`" for rule in rules)
    if any(method != "S3" for method, *_ in requests):
        return "exact"
    return "storage" if requests else "local"


def document(seen: Seen) -> str:
    """The whole page."""
    members = sorted(public_members())
    methods = [name for name, is_method in members if is_method]
    properties = [name for name, is_method in members if not is_method]
    head = INTRODUCTION.format(
        version=VERSION,
        driven=sum(name in seen.called for name in methods),
        methods=len(methods),
        read=sum(name in seen.called for name in properties),
        properties=len(properties),
        used=len(seen.templates | seen.borrowed),
        own=len(seen.templates),
        borrowed=_listed(seen.borrowed - seen.templates),
        templates=len(seen.table),
        unused=_unused(seen.table - seen.templates - seen.borrowed),
    )
    return "\n".join([head, "| method | requests | verdict |", "| --- | --- | --- |", *_rows(methods, seen), ""])


def _listed(keys: set[str]) -> str:
    return ", ".join(f"`{key}`" for key in sorted(keys)) or "none"


def _unused(keys: set[str]) -> str:
    return f" (not: {_listed(keys)})" if keys else ""


def _rows(methods: Sequence[str], seen: Seen) -> Iterator[str]:
    known = operations()
    for name in methods:
        if name in seen.called:
            requests = seen.called[name]
            asked = ", ".join(f"`{text}`" for text in sorted({spelled(request, known) for request in requests}))
            yield f"| `{name}` | {asked} | {verdict(requests)} |".replace("|  |", "| |")
        else:
            yield f"| `{name}` | | not driven |"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page, or compare it; the process's exit code."""
    check = parser(__doc__).parse_args(arguments).check
    return settle(TARGET, document(Seen([drive(script) for script in DRIVERS])), check=check)


if __name__ == "__main__":
    sys.exit(main())
