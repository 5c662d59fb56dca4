"""Compares a release of the official package with the spec, and prints what the spec does not know.

``make drift PACKAGE=qarnot==2.24.0`` fetches a release into ``build/`` and reads its source; its enumerations are also
looked at in a process of its own, where it can be imported. Exit code 1 when there is news.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from scripts.derived import ROOT
from scripts.package_facts import Facts, facts
from scripts.spec_inventory import SPEC, TOLERANCES, Document, parsed

FETCHED = ROOT / "build" / "drift"
KNOWN: Mapping[str, Mapping[str, str]] = {
    "key": {
        "jobs": "a name in its table of URLs",
        "tasks": "a name in its table of URLs",
        "pools": "a name in its table of URLs",
        "profiles": "a name in its table of URLs",
        "settings": "a name in its table of URLs",
        "user": "a name in its table of URLs",
        "Body": "boto3's word",
        "VersionId": "boto3's word",
        "Objects": "boto3's word",
        "headers": "an argument of requests",
        "Authorization": "a header",
        "cluster": "a section of its configuration file",
        "client": "a section of its configuration file",
    },
    "value": {"DownloadingResults": "a state of its own making, while it downloads"},
}
"""What the package has and the spec need not have, and why."""
LOOK = """
import enum, importlib, json, pkgutil, sys
package = importlib.import_module(sys.argv[1])
names = [package.__name__, *(f"{package.__name__}.{each.name}" for each in pkgutil.iter_modules(package.__path__))]
classes = {one for name in names for one in vars(importlib.import_module(name)).values() if isinstance(one, type)}
enums = [one for one in classes if issubclass(one, enum.Enum) and one.__module__.startswith(package.__name__)]
print(json.dumps({str(member.value): f"{one.__module__}.{one.__name__}" for one in enums for member in one}))
"""


class News(NamedTuple):
    """Something that the spec does not have: its kind (``url``, ``key``, ``value``), and where the package has it."""

    kind: str
    name: str
    places: tuple[str, ...]

    def __str__(self) -> str:
        more = f" and {len(self.places) - 3} more" if len(self.places) > 3 else ""
        return f"{self.kind:5}  {self.name}  ({', '.join(self.places[:3])}{more})"


class Vocabulary(NamedTuple):
    """What the spec has: paths with their parameters left blank, and names and values in lower case."""

    paths: frozenset[str]
    names: frozenset[str]
    values: frozenset[str]


def vocabulary(spec: Document, tolerances: Document) -> Vocabulary:
    """All names of a spec, with those that its tolerances rename."""
    names: set[str] = set()
    values: set[str] = set()
    _gather(spec, names, values)
    for rule in tolerances["tolerances"]:
        names.update(rule["rule"].get("names") or ())
        names.update(str(rule["rule"].get(key)) for key in ("from", "to", "key") if key in rule["rule"])
    return Vocabulary(frozenset(map(blank, spec["paths"])), _folded(names), _folded(values))


def _gather(node: Any, names: set[str], values: set[str]) -> None:
    if isinstance(node, Mapping):
        if isinstance(node.get("properties"), Mapping):
            names.update(node["properties"])
        if node.get("in") in ("query", "path"):
            names.add(node["name"])
        values.update(map(str, node["enum"] if isinstance(node.get("enum"), list) else ()))
        values.update({str(node["const"])} if "const" in node else ())
        for inner in node.values():
            _gather(inner, names, values)
    elif isinstance(node, list):
        for inner in node:
            _gather(inner, names, values)


def _folded(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name.lower() for name in names)


def blank(template: str) -> str:
    """A URL template without the names of its parameters, its query and a slash at its end."""
    return re.sub(r"\{\w+\}", "{}", template.partition("?")[0]).rstrip("/") or "/"


def news(found: Facts, spec: Vocabulary, known: Mapping[str, Mapping[str, str]] = KNOWN) -> list[News]:
    """What a package has and the spec has not, except what is known not to be the spec's business."""
    unknown = [("url", url, where) for url, where in found.urls.items() if blank(url) not in spec.paths]
    for url, where in found.urls.items():
        query = re.findall(r"[?&](\w+)=", url)
        unknown += [("key", name, where) for name in query if name.lower() not in spec.names]
    unknown += [("key", key, where) for key, where in found.keys.items() if key.lower() not in spec.names]
    unknown += [("value", text, where) for text, where in found.values.items() if text.lower() not in spec.values]
    return [News(kind, name, tuple(where)) for kind, name, where in unknown if name not in known.get(kind, {})]


def fetch(requirement: str, target: Path = FETCHED) -> Path:
    """Download one release, unpack it, and say where. Raises SystemExit when there is none."""
    folder = target / re.sub(r"[^\w.=-]", "_", requirement)
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-build-isolation", "-d", folder,
         requirement],
        check=False,
    )  # fmt: skip
    archives = [path for path in folder.iterdir() if path.suffix in (".whl", ".gz", ".zip")]
    if done.returncode or not archives:
        raise SystemExit(f"could not download {requirement}: see above; try a version such as qarnot==2.23.0")
    unpacked = folder / "source"
    if archives[0].suffix == ".gz":
        with tarfile.open(archives[0]) as archive:
            archive.extractall(unpacked, filter="data")
    else:
        with zipfile.ZipFile(archives[0]) as wheel:
            wheel.extractall(unpacked)
    return unpacked


def package_in(folder: Path, name: str) -> Path:
    """The package's own folder below an unpacked archive. Raises SystemExit when it is not there."""
    found = sorted(folder.glob(f"**/{name}/__init__.py"), key=lambda path: len(path.parts))
    if not found:
        raise SystemExit(f"no package {name} in {folder}")
    return found[0].parent


def enumerations(package: Path) -> Mapping[str, str]:
    """The values of a package's enumerations as it has them when it is imported; none when it cannot be."""
    told = subprocess.run(
        [sys.executable, "-c", LOOK, package.name], cwd=package.parent, capture_output=True, text=True, check=False
    )
    if told.returncode:
        print(f"note: {package.name} cannot be imported here, so only its source was read", file=sys.stderr)
        return {}
    values: Mapping[str, str] = json.loads(told.stdout)
    return values


def look(package: Path) -> Facts:
    """The facts of a package in a folder."""
    modules = {str(path.relative_to(package)): path.read_text(encoding="utf-8") for path in package.rglob("*.py")}
    found = facts(modules)
    for value, where in enumerations(package).items():
        found.values.setdefault(value, [where])
    return found


def main(arguments: list[str] | None = None) -> int:
    """Print the news; the exit code says whether there is any."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("package", help="a requirement such as qarnot==2.24.0, or a folder with the package's modules")
    given = parser.parse_args(arguments).package
    folder = Path(given)
    if not folder.is_dir():
        folder = package_in(fetch(given), re.split(r"\W", given)[0])
    found = look(folder)
    unknown = news(found, vocabulary(parsed(SPEC), parsed(TOLERANCES)))
    print(f"{given}: {len(found.urls)} URL templates, {len(found.keys)} keys, {len(found.values)} values")
    print("\n".join(map(str, unknown)) or "nothing that the spec does not know")
    return 1 if unknown else 0


if __name__ == "__main__":
    sys.exit(main())
