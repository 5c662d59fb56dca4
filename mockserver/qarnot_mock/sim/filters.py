"""Filters of search and paging: an and/or tree of comparisons on the fields of an object (reference 3.2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

from qarnot_mock.sim.commands import Json, Refusal
from qarnot_mock.sim.formats import date_instant, timespan_duration
from qarnot_mock.sim.results import compile_regex

Predicate = Callable[[Callable[[str], Json]], bool]
"""Decides about an object whose fields can be looked up by their wire name."""

SELECT_ONLY = frozenset(
    {
        "resourceBuckets", "advancedResourceBuckets", "errors", "status", "maxRetriesPerInstance",
        "secretsAccessRights", "schedulingType", "targetedReservedMachineKey", "targetedReservationName",
    }
)  # fmt: skip
NEITHER = frozenset({"autoDeleteOnCompletion", "completionTimeToLive", "maxWallTime"})


def problem(key: str, message: str) -> Refusal:
    """The 400 of a bad search or page request."""
    return Refusal(400, message, shape="problem", errors={key: [message]})


def compile_filter(node: Json, fields: Iterable[str]) -> Predicate:
    """A predicate from a ``Filter``; ``fields`` are the wire names that exist. Raises a 400 problem."""
    names = {name.lower(): name for name in fields if name not in SELECT_ONLY | NEITHER}
    return _compile(node, names, "filter") if node else lambda look_up: True


def _compile(node: Json, names: Mapping[str, str], path: str) -> Predicate:
    if not isinstance(node, Mapping):
        raise problem(path, "A filter is an object with an operator.")
    operator = str(node.get("operator", "")).lower()
    if operator in ("and", "or"):
        return _junction(node, operator, names, path)
    field = _path(node, names, path)
    if operator in ("in", "notin"):
        return _membership(node, field, negated=operator == "notin", path=path)
    if operator == "like":
        return _like(node, field, path)
    if operator not in _COMPARISONS:
        raise problem(f"{path}.operator", f"There is no filter operator {node.get('operator')!r}.")
    return _comparison(field, node.get("value"), _COMPARISONS[operator])


def _junction(node: Mapping[str, Json], operator: str, names: Mapping[str, str], path: str) -> Predicate:
    rows = node.get("filters")
    if not isinstance(rows, Sequence) or isinstance(rows, str):
        raise problem(f"{path}.filters", "And and Or need a list of filters.")
    parts = [_compile(row, names, f"{path}.filters[{number}]") for number, row in enumerate(rows)]
    combine = all if operator == "and" else any
    return lambda look_up: combine(part(look_up) for part in parts)


def _path(node: Mapping[str, Json], names: Mapping[str, str], path: str) -> list[str]:
    head, *rest = str(node.get("field") or "").split(".")
    if head.lower() not in names:
        raise problem(f"{path}.field", f"{node.get('field')!r} is no field that can be filtered.")
    return [names[head.lower()], *rest]


def _read(look_up: Callable[[str], Json], field: list[str]) -> Json:
    value = look_up(field[0])
    for name in field[1:]:
        value = _member(value, name)
    return value


def _member(value: Json, name: str) -> Json:
    if not isinstance(value, Mapping):
        return None
    return next((item for key, item in value.items() if key.lower() == name.lower()), None)


def _comparison(field: list[str], wanted: Json, holds: Callable[[Any, Any], bool]) -> Predicate:
    def decide(look_up: Callable[[str], Json]) -> bool:
        actual = _read(look_up, field)
        if isinstance(actual, Sequence) and not isinstance(actual, str):
            return _on_list(actual, wanted, holds)
        return holds(*_aligned(actual, wanted))

    return decide


def _on_list(items: Sequence[Json], wanted: Json, holds: Callable[[Any, Any], bool]) -> bool:
    """Equal means "contains", NotEqual "does not contain"; other comparisons hold for some item."""
    results = [holds(*_aligned(item, wanted)) for item in items]
    return all(results) if holds is _different else any(results)


def _membership(node: Mapping[str, Json], field: list[str], *, negated: bool, path: str) -> Predicate:
    given = node.get("values", node.get("value"))
    if not isinstance(given, Sequence) or isinstance(given, str):
        raise problem(f"{path}.values", "In and NotIn need a list of values.")
    equal = [_comparison(field, value, _same) for value in given]
    texts = {value for value in given if isinstance(value, str)}

    @cache
    def equal_to_plain() -> list[Predicate]:
        return [part for part, value in zip(equal, given, strict=True) if not _is_plain(value)]

    def is_member(look_up: Callable[[str], Json]) -> bool:
        actual = _read(look_up, field)
        if isinstance(actual, str) and actual in texts:
            return True
        return any(part(look_up) for part in (equal_to_plain() if _is_plain(actual) else equal))

    return lambda look_up: is_member(look_up) != negated


def _is_plain(value: Json) -> bool:
    """Whether it is a text that stands for nothing else: two of them are equal or different, letter by letter."""
    return isinstance(value, str) and _stands_for_itself(value)


@lru_cache(maxsize=4096)
def _stands_for_itself(text: str) -> bool:
    return date_instant(text) is None and timespan_duration(text) is None


def candidates(node: Json, key: str) -> Collection[str] | None:
    """The values of a field of texts outside which a filter cannot hold; None when it does not limit them."""
    if not isinstance(node, Mapping):
        return None
    operator = str(node.get("operator", "")).lower()
    rows = node.get("filters")
    if operator == "and" and isinstance(rows, Sequence):
        found = (candidates(row, key) for row in rows)
        return next((values for values in found if values is not None), None)
    if str(node.get("field") or "").lower() != key.lower():
        return None
    if operator == "equal":
        return (str(node.get("value")),)
    given = node.get("values", node.get("value"))
    if operator == "in" and isinstance(given, Sequence) and not isinstance(given, str):
        return dict.fromkeys(str(value) for value in given)
    return None


def _like(node: Mapping[str, Json], field: list[str], path: str) -> Predicate:
    text = str(node.get("value", ""))
    if len(text) > 1 and text.startswith("/") and text.endswith("/"):
        text = text[1:-1]
    try:
        pattern = compile_regex(text)
    except re.error as error:
        raise problem(f"{path}.value", f"{text!r} is not a regular expression: {error}.") from None

    def decide(look_up: Callable[[str], Json]) -> bool:
        actual = _read(look_up, field)
        items = actual if isinstance(actual, Sequence) and not isinstance(actual, str) else [actual]
        return any(item is not None and bool(pattern.search(str(item))) for item in items)

    return decide


def _aligned(actual: Json, wanted: Json) -> tuple[Any, Any]:
    """Both values in the type that the field has: number, truth, date, timespan or text."""
    if actual is None or wanted is None:
        return actual, wanted
    if isinstance(actual, bool):
        return actual, {"true": True, "false": False}.get(str(wanted).lower())
    if isinstance(actual, int | float):
        return actual, _number(wanted)
    for parse in (date_instant, timespan_duration):
        left, right = parse(str(actual)), parse(str(wanted))
        if left is not None and right is not None:
            return left, right
    return str(actual), str(wanted)


def _number(value: Json) -> float | None:
    try:
        return float(str(value))
    except ValueError:
        return None


def _same(actual: Any, wanted: Any) -> bool:
    return bool(actual == wanted)


def _different(actual: Any, wanted: Any) -> bool:
    return bool(actual != wanted)


def _ordered(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda actual, wanted: actual is not None and wanted is not None and test(actual, wanted)


_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "equal": _same,
    "notequal": _different,
    "lessthan": _ordered(lambda actual, wanted: actual < wanted),
    "lessthanorequal": _ordered(lambda actual, wanted: actual <= wanted),
    "greaterthan": _ordered(lambda actual, wanted: actual > wanted),
    "greaterthanorequal": _ordered(lambda actual, wanted: actual >= wanted),
}
