"""What a JSON schema cannot say about a task or a job: rules between fields, limits, uniqueness (reference 3.3, 5).

Pure checks. The names they return are the field tags of ``Invalid task file. Invalid fields: ...``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from qarnot_mock.sim import ranges
from qarnot_mock.sim.commands import Json, Refusal
from qarnot_mock.sim.environment import substitute
from qarnot_mock.sim.formats import timespan_duration
from qarnot_mock.sim.results import compile_regex, parse_files
from qarnot_mock.sim.script import SUCCESS, asked_outcome
from qarnot_mock.sim.tasks import mappings

_SHORTNAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?")
_CONSTANT_KEY = re.compile(r"[A-Za-z0-9_.-]{1,2048}")
_REGEX_FIELDS = ("resultsWhitelist", "resultsBlacklist", "snapshotWhitelist", "snapshotBlacklist")
_SCHEDULING = frozenset({"flex", "ondemand", "reserved"})
Body = Mapping[str, Any]


def invalid_fields(
    body: Body, shortnames: Collection[str], profiles: Collection[str], *, in_pool: bool = False
) -> list[str]:
    """The tags of everything that is wrong with a task definition, in the order of the rules; empty when it is fine.

    ``in_pool`` says whether it runs in a pool, its own or that of its job.
    """
    tags = [tag for rule in (*_RULES, _pool_rule if in_pool else _secrets) for tag in rule(body)]
    tags.extend(_taken(body, shortnames))
    if not in_pool and body.get("profile") not in profiles:
        tags.append("profile")
    return list(dict.fromkeys(tags))


def invalid_job_fields(body: Body, shortnames: Collection[str]) -> list[str]:
    """The tags of everything that is wrong with a job definition; that they are those of tasks is assumed."""
    rules = (_name, _shortname, tag_rule, _timespan("maxWallTime"), _timespan("completionTimeToLive"))
    return [*(tag for rule in rules for tag in rule(body)), *_taken(body, shortnames)]


def invalid_pool_fields(body: Body, shortnames: Collection[str], profiles: Collection[str]) -> list[str]:
    """The tags of everything that is wrong with a pool definition; that they are those of tasks is assumed."""
    tags = [tag for rule in (*_POOL_RULES, *_POOL_UPDATE_RULES) for tag in rule(body)]
    tags.extend(_taken(body, shortnames))
    if body.get("profile") not in profiles:
        tags.append("profile")
    return list(dict.fromkeys(tags))


def invalid_pool_update(body: Body) -> list[str]:
    """The tags of everything that is wrong with an update of a pool."""
    return [tag for rule in _POOL_UPDATE_RULES for tag in rule(body)]


def refuse_invalid(tags: Sequence[str], kind: str = "task") -> None:
    """Raise the server's 400 when there are tags."""
    if tags:
        raise Refusal(400, f"Invalid {kind} file. Invalid fields: {','.join(tags)}")


def _taken(body: Body, shortnames: Collection[str]) -> Iterator[str]:
    if body.get("shortname") and body["shortname"] in shortnames:
        yield "shortname-uniqueness"


def constant_map(rows: Json) -> dict[str, str]:
    """Constants as a mapping; a later row of the same key wins."""
    return {str(row.get("key")): str(row.get("value")) for row in mappings(rows)}


def bucket_names(body: Body) -> list[str]:
    """The resource buckets that must exist."""
    advanced = [str(row.get("bucketName")) for row in mappings(body.get("advancedResourceBuckets"))]
    return [*(body.get("resourceBuckets") or ()), *advanced]


def instance_ids(body: Body) -> tuple[int, ...]:
    """The ids of the instances of a valid definition."""
    given = body.get("advancedRanges")
    return ranges.parse(given) if given else tuple(range(int(body["instanceCount"])))


def _name(body: Body) -> Iterator[str]:
    name = body.get("name")
    if not isinstance(name, str) or not name or len(name) >= 2048:
        yield "name"


def _shortname(body: Body) -> Iterator[str]:
    shortname = body.get("shortname")
    if shortname and not _SHORTNAME.fullmatch(shortname):
        yield "shortname"


def _instances(body: Body) -> Iterator[str]:
    count, given = body.get("instanceCount"), body.get("advancedRanges")
    if bool(count) == bool(given) or (count or 1) < 0:
        yield "instanceCount"
    elif count and count > ranges.MAXIMUM_INSTANCES:
        yield "range-length"
    elif given:
        yield from _range_tags(given)


def _range_tags(given: str) -> Iterator[str]:
    try:
        ranges.parse(given)
    except ranges.RangeLengthError:
        yield "range-length"
    except ranges.RangeError:
        yield "advancedRanges"


def tag_rule(body: Body) -> Iterator[str]:
    """At most 10 tags, each shorter than 512 characters, none null."""
    tags = body.get("tags") or ()
    if len(tags) > 10 or not all(isinstance(tag, str) and len(tag) < 512 for tag in tags):
        yield "tags"


def constant_rule(body: Body) -> Iterator[str]:
    """At most 150 constants; key grammar; lengths; the mock's own constants make sense."""
    yield from _constants(body, 150)


def _pool_constants(body: Body) -> Iterator[str]:
    yield from _constants(body, 50)


def _constants(body: Body, most: int) -> Iterator[str]:
    rows = mappings(body.get("constants"))
    valid = all(_CONSTANT_KEY.fullmatch(str(row.get("key"))) and _is_value(row.get("value")) for row in rows)
    if len(rows) > most or not valid or not _mock_constants(constant_map(rows)):
        yield "constants"


def _is_value(value: Json) -> bool:
    return value is not None and len(str(value)) <= 2048


def _mock_constants(constants: Mapping[str, str]) -> bool:
    try:
        parse_files(constants.get("MOCK_RESULTS") or "{}")
        int(constants.get("MOCK_EXIT_CODE") or 0)
        asked_outcome(constants.get("MOCK_OUTCOME", SUCCESS))
        return 0 <= float(constants.get("MOCK_DURATION") or 0) < 10**9
    except ValueError:
        return False


def _buckets(body: Body) -> Iterator[str]:
    plain, advanced = body.get("resourceBuckets"), body.get("advancedResourceBuckets")
    if plain and advanced:
        yield "resourceBuckets"
    if len(bucket_names(body)) > 100:
        yield "advancedResourceBuckets" if advanced else "resourceBuckets"


def _regexes(body: Body) -> Iterator[str]:
    constants = constant_map(body.get("constants"))
    for field in _REGEX_FIELDS:
        pattern = substitute(body.get(field) or "", constants)
        try:
            compile_regex(pattern)
        except re.error:
            yield field
        if len(pattern) >= 2048:
            yield field


def _retries(body: Body) -> Iterator[str]:
    settings = body.get("retrySettings") or {}
    values = [settings.get("maxTotalRetries"), settings.get("maxPerInstanceRetries")]
    if body.get("maxRetriesPerInstance") and any(values):
        yield "maxRetriesPerInstance"
    if any(value is not None and value < 0 for value in [*values, body.get("maxRetriesPerInstance")]):
        yield "retrySettings"


def _scheduling(body: Body) -> Iterator[str]:
    scheduling = str(body.get("schedulingType") or "flex").lower()
    if scheduling not in _SCHEDULING:
        yield "schedulingType"
    for field in ("targetedReservedMachineKey", "targetedReservationName"):
        if body.get(field) and scheduling != "reserved":
            yield field


def _timespan(field: str) -> Callable[[Body], Iterator[str]]:
    def rule(body: Body) -> Iterator[str]:
        delay = body.get(field)
        if delay and (timespan_duration(delay) is None or delay.startswith("-")):
            yield field

    return rule


def _queue_time(body: Body) -> Iterator[str]:
    if (body.get("maxTimeQueueSeconds") or 0) < 0:
        yield "maxTimeQueueSeconds"


def _dependencies(body: Body) -> Iterator[str]:
    given = body.get("dependencies") or {}
    if (given.get("dependsOn") or given.get("advancedDependsOn")) and not body.get("jobUuid"):
        yield "dependencies"


def _pool_rule(body: Body) -> Iterator[str]:
    for field in ("profile", "hardwareConstraints", "projectUuid"):
        if body.get(field):
            yield field


def _secrets(body: Body) -> Iterator[str]:
    """Rights name a key or a prefix; in a pool they are the pool's, and a task's own are ignored (reference 3.3)."""
    rights = body.get("secretsAccessRights") or {}
    exact = [row.get("key") for row in mappings(rights.get("bySecret"))]
    if not all(isinstance(key, str) and key.strip("/") for key in exact):
        yield "secretsAccessRights"
    if not all(isinstance(row.get("prefix"), str) for row in mappings(rights.get("byPrefix"))):
        yield "secretsAccessRights"


def _pool_or_job(body: Body) -> Iterator[str]:
    if body.get("poolUuid") and body.get("jobUuid"):
        yield "poolUuid"


_RULES: tuple[Callable[[Body], Iterator[str]], ...] = (
    _name, _shortname, _instances, tag_rule, constant_rule, _buckets, _regexes, _retries, _scheduling,
    _timespan("completionTimeToLive"), _queue_time, _dependencies, _pool_or_job,
)  # fmt: skip


def _default_retries(body: Body) -> Iterator[str]:
    if any(tag for tag in _retries({"retrySettings": body.get("defaultRetrySettings")})):
        yield "defaultRetrySettings"


def _slots(body: Body) -> Iterator[str]:
    slots = (body.get("multiSlotsSettings") or {}).get("slotsPerNode")
    if slots is not None and slots < 1:
        yield "multiSlotsSettings"


def _pool_size(body: Body) -> Iterator[str]:
    """A pool that nothing scales has a number of instances; that one is required then is assumed."""
    if is_elastic(body.get("elasticProperty")) or body.get("scaling"):
        return
    if not 1 <= (body.get("instanceCount") or 0) <= ranges.MAXIMUM_INSTANCES:
        yield "instanceCount"


def _elastic(body: Body) -> Iterator[str]:
    elastic = body.get("elasticProperty")
    if elastic is None or not is_elastic(elastic):
        return
    if body.get("scaling"):
        yield "scaling"
    numbers = [elastic.get(name) or 0 for name in _ELASTIC_NUMBERS]
    if min(numbers) < 0 or numbers[0] > numbers[1] or numbers[-1] > 1:
        yield "elasticProperty"


def is_elastic(elastic: Json) -> bool:
    """Whether an elastic property says that the pool is elastic."""
    return isinstance(elastic, Mapping) and elastic.get("isElastic") is True


_ELASTIC_NUMBERS = (
    "minTotalSlots", "maxTotalSlots", "minIdleSlots", "resizePeriod", "minIdleTimeSeconds", "rampResizeFactor",
)  # fmt: skip
_POOL_RULES: tuple[Callable[[Body], Iterator[str]], ...] = (
    _name, _shortname, _buckets, _scheduling, _timespan("completionTimeToLive"), _queue_time, _secrets,
    _default_retries, _slots, _pool_size,
)  # fmt: skip
_POOL_UPDATE_RULES: tuple[Callable[[Body], Iterator[str]], ...] = (tag_rule, _pool_constants, _elastic)
