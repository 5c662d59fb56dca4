"""Every tolerance of requests, one by one: what it makes of a request, and that nothing does so without it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qarnot_mock import contract
from qarnot_mock.http.canonical import Canonicaliser
from qarnot_mock.http.document import Document
from qarnot_mock.http.intake import Call, Rejected
from qarnot_mock.http.tolerances import Rules

TASK = {"name": "n", "profile": "docker-batch", "instanceCount": 1}
LEAF = {"operator": "In", "field": "State", "values": ["Success"]}
CREATION = "/components/schemas/TaskCreationInput"


@attrs.frozen
class Case:
    """A request that needs one tolerance, and what is read from it: ``arguments`` or ``body``."""

    rule: str
    method: str
    target: str
    body: Any = None
    read_body: Any = None
    arguments: Any = attrs.field(factory=dict)
    headers: Any = attrs.field(factory=dict)


CASES = [
    Case("version-prefix", "GET", "/v1/tasks"),
    Case("trailing-slash", "GET", "/tasks/"),
    Case("path-letter-case", "GET", "/Tasks"),
    Case("query-letter-case", "GET", "/tasks?Tag=a", arguments={"tag": ["a"]}),
    Case("query-booleans", "DELETE", "/jobs/j?force=True", arguments={"job": "j", "force": True}),
    Case("comma-joined-tags", "GET", "/tasks?tag=a,b", arguments={"tag": ["a,b", "a", "b"]}),
    Case("json-media-types", "POST", "/tasks", TASK, TASK, headers={"content-type": "text/json; charset=utf-8"}),
    Case("needless-body", "POST", "/tasks/t/abort", {}, None, {"task": "t"}),
    Case("snapshot-without-body", "POST", "/tasks/t/snapshot", None, {}, {"task": "t"}),
    Case("key-letter-case", "POST", "/tasks", {**TASK, "ResultsCacheTTLSec": 3}, {**TASK, "resultsCacheTTLSec": 3}),
    Case("bare-select", "POST", "/tasks/search", {"select": ["Uuid"]}, {"select": {"fields": ["Uuid"]}}),
    Case(
        "single-value-membership",
        "POST",
        "/tasks/paginate",
        {"filter": {"operator": "In", "field": "State", "value": "Success"}},
        {"filter": LEAF},
    ),
    Case(
        "scalar-constants",
        "POST",
        "/tasks",
        {**TASK, "constants": [{"key": "N", "value": 4}, {"key": "B", "value": True}]},
        {**TASK, "constants": [{"key": "N", "value": "4"}, {"key": "B", "value": "true"}]},
    ),
    Case("integral-numbers", "POST", "/tasks/paginate", {"maximumResults": 96.0}, {"maximumResults": 96}),
    Case("enum-letter-case", "POST", "/tasks", {**TASK, "schedulingType": "Flex"}, {**TASK, "schedulingType": "flex"}),
    Case(
        "null-request-fields",
        "POST",
        "/tasks",
        {**TASK, "labels": {"team": None, "ticket": "4711"}},
        {**TASK, "labels": {"ticket": "4711"}},
    ),
    Case("unknown-request-keys", "PUT", "/tasks/t", {"tags": ["a"], "name": "n"}, {"tags": ["a"]}, {"task": "t"}),
]
ELSEWHERE = {"scalar-ports"}
"""Rules that a test of their own below exercises."""


def request_rules() -> set[str]:
    rules: Any = contract.load().tolerances["tolerances"]
    return {rule["id"] for rule in rules if set(rule["applies"]) & {"path", "query", "header", "request"}}


def test_every_tolerance_of_requests_has_a_case() -> None:
    assert {case.rule for case in CASES} | ELSEWHERE == request_rules()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_a_tolerance_brings_the_request_into_the_specs_spelling_and_is_named(
    case: Case, read_with_all_rules: Callable[..., Call]
) -> None:
    call = read_with_all_rules(case.method, case.target, case.body, case.headers)
    assert case.rule in call.rules
    assert call.arguments == case.arguments
    assert call.body == (case.read_body if case.read_body is not None else None)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_without_the_tolerance_the_request_is_read_otherwise_or_refused(
    case: Case, read_with_all_rules: Callable[..., Call], reader_without: Callable[[str], Callable[..., Call]]
) -> None:
    with_rule = read_with_all_rules(case.method, case.target, case.body, case.headers)
    try:
        call = reader_without(case.rule)(case.method, case.target, case.body, case.headers)
    except (Rejected, AssertionError):
        return
    assert case.rule not in call.rules
    if case.rule != "integral-numbers":  # 96.0 == 96 in Python as in JSON
        assert (call.arguments, call.body) != (with_rule.arguments, with_rule.body)


EVENING = {"type": "Weekly", "days": ["thursday"], "startTimeUtc": "19:30:00", "endTimeUtc": "23:59:59.9999999"}


@pytest.mark.parametrize(
    ("method", "target", "body", "arguments", "read", "rules"),
    [
        pytest.param(
            "POST", "/jobs/", {"name": "n", "state": "", "poolUuid": None}, {}, {"name": "n", "poolUuid": None},
            {"trailing-slash", "unknown-request-keys"}, id="a job of the Python SDK",
        ),
        pytest.param(
            "GET", "/carbon/v1/pools/p/carbon-facts?comparisonDatacenter=european_dc", None,
            {"pool": "p", "comparisonDataCenter": "european_dc"}, None, {"query-letter-case"},
            id="carbon facts of a pool as the SDKs ask",
        ),
        pytest.param(
            "GET", "/hardware-constraints?Limit=5&Offset=10", None, {"limit": 5, "offset": 10}, None,
            {"query-letter-case"}, id="hardware as the vendor spells it",
        ),
        pytest.param(
            "GET", "/credits/v1/projects/p/budgets?activeOnly=False", None, {"projectUuid": "p", "activeOnly": False},
            None, {"query-booleans"}, id="budgets of the Python SDK",
        ),
        pytest.param(
            "PUT", "/pools/p/scaling",
            {"policies": [{"type": "fixed", "name": "f", "slotsCount": 1,
                           "enabledPeriods": [{**EVENING, "days": ["Thursday"]}]}], "activePolicyName": "f"},
            {"pool": "p"},
            {"policies": [{"type": "Fixed", "name": "f", "slotsCount": 1, "enabledPeriods": [EVENING]}]},
            {"enum-letter-case", "unknown-request-keys"}, id="a scaling sent back as it was read",
        ),
        pytest.param(
            "PUT", "/secrets-manager/data/a/b", {"value": "v"}, {"key": "a/b"}, {"Value": "v"}, {"key-letter-case"},
            id="a secret in lower case",
        ),
        pytest.param("GET", "/secrets-manager/search/", None, {"prefix": ""}, None, set(), id="all secrets"),
    ],
)  # fmt: skip
def test_what_other_clients_send_is_read(
    method: str, target: str, body: Any, arguments: Any, read: Any, rules: set[str],
    read_with_all_rules: Callable[..., Call],
) -> None:  # fmt: skip
    call = read_with_all_rules(method, target, body)
    assert (call.arguments, call.body, set(call.rules)) == (arguments, read, rules)


@pytest.mark.parametrize(
    ("method", "target", "body"),
    [
        ("GET", "/hardware-constraints/cpu-model-constraints/search", None),
        ("GET", "/hardware-constraints?limit=0", None),
        ("GET", "/hardware-constraints?offset=-1", None),
        ("DELETE", "/jobs/j?force=perhaps", None),
        ("POST", "/pools", {"name": "n"}),
        ("POST", "/jobs", {"name": ""}),
        ("PUT", "/pools/p/scaling", {"policies": [{"type": "Guess", "name": "g"}]}),
    ],
)
def test_what_makes_no_sense_is_refused(
    method: str, target: str, body: Any, read_with_all_rules: Callable[..., Call]
) -> None:
    with pytest.raises(Rejected) as refused:
        read_with_all_rules(method, target, body)
    assert refused.value.response.status == 400


def canonical(schema: str, value: Any) -> tuple[Any, tuple[str, ...]]:
    loaded = contract.load()
    made = Canonicaliser(Document(loaded.openapi), Rules(loaded.tolerances)).body(schema, value)
    return made.value, made.rules


def test_an_exact_request_needs_no_tolerance(read_with_all_rules: Callable[..., Call]) -> None:
    assert read_with_all_rules("POST", "/tasks", TASK).rules == ()


def test_ports_of_network_rules_become_text() -> None:
    value, rules = canonical("/components/schemas/ForcedNetworkRule", {"port": 80, "priority": 1.5})
    assert value == {"port": "80", "priority": "1.5"}
    assert rules == ("scalar-ports",)


def test_an_exact_key_wins_over_a_folded_one() -> None:
    value, _ = canonical(CREATION, {"Name": "folded", "name": "exact"})
    assert value == {"name": "exact"}


def test_a_null_that_the_spec_declares_stays() -> None:
    assert canonical(CREATION, {**TASK, "tags": None}) == ({**TASK, "tags": None}, ())


def test_a_required_null_stays_for_the_validator_to_refuse() -> None:
    value, _ = canonical(CREATION, {"name": None})
    assert value == {"name": None}


def test_free_form_objects_keep_their_keys_and_their_case() -> None:
    value, rules = canonical(CREATION, {**TASK, "labels": {"Team": "x", "name": "y"}})
    assert value["labels"] == {"Team": "x", "name": "y"}
    assert rules == ()


def test_alternatives_are_told_apart_by_their_tags_in_any_letter_case() -> None:
    given = {"Operator": "and", "FILTERS": [{"operator": "notin", "Field": "State", "value": ["a"]}]}
    value, rules = canonical("/components/schemas/Filter", given)
    assert value == {"operator": "And", "filters": [{"operator": "NotIn", "field": "State", "values": ["a"]}]}
    assert rules == ("enum-letter-case", "key-letter-case", "single-value-membership")


def test_a_hardware_constraint_is_recognised_by_its_discriminator() -> None:
    given = {"discriminator": "minimumcorehardwareconstraint", "CoreCount": 4.0}
    value, _ = canonical("/components/schemas/HardwareConstraint", given)
    assert value == {"discriminator": "MinimumCoreHardwareConstraint", "coreCount": 4}


def test_repeated_tags_are_not_split(read_with_all_rules: Callable[..., Call]) -> None:
    call = read_with_all_rules("GET", "/tasks?tag=t1&tag=t2,t3")
    assert call.arguments == {"tag": ["t1", "t2,t3"]}
    assert call.rules == ()


def test_unknown_query_parameters_are_left_out(read_with_all_rules: Callable[..., Call]) -> None:
    assert read_with_all_rules("GET", "/tasks?limit=3").arguments == {}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(
    [
        "name",
        "Name",
        "constants",
        "tags",
        "TAGS",
        "labels",
        "hardwareConstraints",
        "schedulingType",
        "dependencies",
        "x",
    ]
)


@given(st.dictionaries(KEYS, JSON, max_size=5) | JSON)
def test_canonicalising_twice_changes_nothing_more(value: Any) -> None:
    once, _ = canonical(CREATION, value)
    assert canonical(CREATION, once)[0] == once
