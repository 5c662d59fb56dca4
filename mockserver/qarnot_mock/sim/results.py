"""Which files of an instance are kept, and where: filters, prefixes and the made-up results of MOCK_RESULTS."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from qarnot_mock.sim.commands import Json
from qarnot_mock.sim.effects import FileFilter, PutObject, Resource
from qarnot_mock.sim.environment import substitute
from qarnot_mock.sim.state import State
from qarnot_mock.sim.tasks import Task, mappings
from qarnot_mock.sim.workloads import Instance, Workload

_LINE = "The size of this file is all that matters about it.\n"


def compile_regex(pattern: str) -> re.Pattern[str]:
    """A .NET-style regular expression as Python's: named groups and ``\\z`` are translated. Raises ``re.error``."""
    translated = re.sub(r"\(\?<(?![=!])", "(?P<", pattern).replace(r"\z", r"\Z")
    return re.compile(translated)


def accepts(filter_: FileFilter, path: str) -> bool:
    """Whether a relative path is kept; the blacklist wins (reference, section 5)."""
    if filter_.whitelist and not compile_regex(filter_.whitelist).search(path):
        return False
    return not (filter_.blacklist and compile_regex(filter_.blacklist).search(path))


def result_filter(task: Task) -> FileFilter:
    """The filter of a task's results, constants substituted."""
    return _filter(task, task.text("resultsWhitelist"), task.text("resultsBlacklist"))


def snapshot_filter(task: Task, config: Mapping[str, Json]) -> FileFilter:
    """The filter of one snapshot, constants substituted."""
    return _filter(task, str(config.get("whitelist") or ""), str(config.get("blacklist") or ""))


def _filter(task: Task, whitelist: str, blacklist: str) -> FileFilter:
    return FileFilter(substitute(whitelist, task.constants) or None, substitute(blacklist, task.constants) or None)


def made_up_files(task: Task, instance: Instance, environment: Mapping[str, str]) -> dict[str, str]:
    """The files of MOCK_RESULTS, else of its script, for one instance: paths and texts, its variables substituted."""
    scripted = instance.runs[-1].script.files if instance.runs else None
    files: Mapping[str, str | int] = scripted or {}
    if "MOCK_RESULTS" in task.constants:
        files = parse_files(task.constants["MOCK_RESULTS"] or "{}")
    return {
        substitute(path, environment): substitute(content, environment)
        if isinstance(content, str)
        else _filler(content)
        for path, content in files.items()
    }


def _filler(size: int) -> str:
    return (_LINE * (size // len(_LINE) + 1))[:size]


def parse_files(text: str) -> dict[str, str]:
    """MOCK_RESULTS: a JSON object of path to text. Raises ``ValueError``."""
    files = json.loads(text)
    if not isinstance(files, dict) or not all(isinstance(value, str) for value in files.values()):
        raise ValueError("MOCK_RESULTS must be a JSON object whose values are texts")
    return files


def objects(files: Mapping[str, str], filter_: FileFilter, bucket: str, prefix: str) -> list[PutObject]:
    """The objects that storing ``files`` makes."""
    return [PutObject(bucket, prefix + path, text.encode()) for path, text in files.items() if accepts(filter_, path)]


def laid_out(state: State, task: Task) -> tuple[Resource, ...]:
    """What an instance finds in its working directory: the buckets of the pool, then those of the task."""
    pool = state.pools.get(task.pool)
    return (*(resources(pool) if pool else ()), *resources(task))


def resources(owner: Workload) -> tuple[Resource, ...]:
    """The resource buckets of a task or a pool in the order given; later ones win."""
    plain = owner.definition.get("resourceBuckets")
    simple = [Resource(str(name)) for name in plain] if isinstance(plain, list | tuple) else []
    return (*simple, *(_advanced(row) for row in mappings(owner.definition.get("advancedResourceBuckets"))))


def _advanced(row: Mapping[str, Json]) -> Resource:
    return Resource(
        str(row.get("bucketName")),
        _nested(row, "filtering", "prefixFiltering"),
        _nested(row, "resourcesTransformation", "stripPrefix"),
    )


def _nested(row: Mapping[str, Json], outer: str, inner: str) -> str:
    node = row.get(outer)
    leaf = node.get(inner) if isinstance(node, Mapping) else None
    return str(leaf.get("prefix") or "") if isinstance(leaf, Mapping) else ""
