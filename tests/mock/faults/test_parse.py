"""Faults as people write them: what is taken, and what is said of those that cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from qarnot_mock import contract
from qarnot_mock.faults import KINDS, FaultError, parse, parse_all
from qarnot_mock.faults.injection import Faults
from qarnot_mock.http.document import Document

KNOWN = Faults(Document(contract.load().openapi), 0, lambda: 0).known


def test_a_kind_alone_is_a_fault_of_all_operations_that_it_can_hit() -> None:
    for name, kind in KINDS.items():
        fault = parse({"kind": name}, KNOWN)
        assert fault.services == kind.services
        assert any(fault.concerns(kind.services[0], operation) for operation in KNOWN.operations[kind.services[0]])


def test_times_are_dates_or_seconds_from_when_it_is_put_in_force() -> None:
    fault = parse({"kind": "refused", "from": 2, "until": "1970-01-01T00:01:00Z"}, KNOWN).in_force_from(5_000_000)
    assert (fault.since, fault.until) == (7_000_000, 60_000_000)
    both = parse({"kind": "refused", "from": 1, "until": 3}, KNOWN).in_force_from(10_000_000)
    assert (both.since, both.until) == (11_000_000, 13_000_000)


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ([], r'fault: expected an object such as \{"kind": "answer-lost"'),
        ({}, r"fault\.kind: one of refused, answer-lost, .*, not None"),
        ({"kind": "explode"}, r"fault\.kind: one of .*, not 'explode'"),
        ({"kind": "refused", "color": 1}, r"fault\.color: a fault of kind refused has no such key; it has every, "),
        ({"kind": "refused", "retry_after": 1}, r"fault\.retry_after: a fault of kind refused has no such key"),
        ({"kind": "refused", "service": "ftp"}, r"fault\.service: one of rest, s3, not 'ftp'"),
        ({"kind": "extra-fields", "service": "s3"}, r"fault\.service: extra-fields cannot hit s3, only rest"),
        ({"kind": "refused", "operation": "tasks_creat"}, r"no operation of rest, s3 is called 'tasks_creat'"),
        ({"kind": "storage-down", "operation": "task_get"}, r"no operation of s3 is called 'task_get'"),
        ({"kind": "no-storage", "operation": "task_get"}, r"fault\.operation: no-storage can hit only settings_get"),
        (
            {"kind": "truncated", "operation": "task_abort"},
            r"truncated can hit only operations that answer with a body",
        ),
        ({"kind": "corrupt", "operation": "PutObject"}, r"corrupt can hit only operations that answer with a body"),
        ({"kind": "extra-fields", "operation": "task_stdout_get"}, r"can hit only operations that .* JSON objects"),
        ({"kind": "unknown-values", "operation": "info_get"}, r"can hit only .* one of a list of values"),
        ({"kind": "refused", "operation": []}, r"fault\.operation: the name of an operation"),
        ({"kind": "refused", "ordinal": 0}, r"fault\.ordinal: a whole number from 1 on, or a list of these"),
        ({"kind": "refused", "ordinal": True}, r"fault\.ordinal"),
        ({"kind": "refused", "every": [2]}, r"fault\.every: a whole number from 1 on"),
        ({"kind": "refused", "probability": 1.5}, r"fault\.probability: a number from 0 to 1, not 1\.5"),
        ({"kind": "refused", "from": "tomorrow"}, r"fault\.from: seconds from now on, or a date"),
        ({"kind": "refused", "tenant": ""}, r"fault\.tenant: the digest"),
        ({"kind": "no-answer", "when": "never"}, r"fault\.when: one of before, after, not 'never'"),
        ({"kind": "unavailable", "retry_after": -1}, r"fault\.retry_after: seconds, up to a day, not -1"),
        ({"kind": "unavailable", "retry_after_form": "x"}, r"fault\.retry_after_form: one of seconds, date, not 'x'"),
        ({"kind": "slow", "bytes_per_second": 0}, r"fault\.bytes_per_second: a number above 0, not 0"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(document: Any, said: str) -> None:
    with pytest.raises(FaultError, match=said):
        parse(document, KNOWN)


def test_a_list_names_the_place_of_the_one_that_is_wrong() -> None:
    with pytest.raises(FaultError, match=r"faults\[1\]\.every"):
        parse_all([{"kind": "refused"}, {"kind": "refused", "every": 0}], KNOWN)
    with pytest.raises(FaultError, match="faults: expected a list"):
        parse_all({"kind": "refused"}, KNOWN)
