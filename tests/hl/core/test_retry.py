"""The retry decision: what may be sent again, how long to wait, and when to stop."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime as http_date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qarnot_hl._core.exchange import ApiResponse, Breakdown, NoAnswer, Outcome
from qarnot_hl._core.retry import (
    LONGEST_PAUSE,
    RetryPolicy,
    decide,
    is_ambiguous,
    may_repeat,
    retry_after,
)
from qarnot_hl._core.retry_table import GROUPS, RULES, Repeatable, rule_of, unguarded

NOW = datetime(2026, 1, 1, tzinfo=UTC)
READ, REPEAT, ONCE = Repeatable.READ, Repeatable.REPEAT, Repeatable.ONCE


def status(code: int, **headers: str) -> ApiResponse:
    return ApiResponse(code, {k.replace("_", "-"): v for k, v in headers.items()}, b"")


def lost(breakdown: Breakdown) -> NoAnswer:
    return NoAnswer(breakdown, "reason")


def pause(outcome: Outcome, kind: Repeatable = READ, policy: RetryPolicy | None = None, **given: float) -> float | None:
    arguments = {"repeats": 0, "elapsed": 0.0, "now": NOW.timestamp(), "draw": 0.5} | given
    return decide(policy or RetryPolicy(), kind, outcome, **arguments)  # type: ignore[arg-type]


INVENTORY = Path(__file__).resolve().parents[3] / "spec" / "operations.txt"


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ("task_get", READ),
        ("task_stdout_get", READ),
        ("tasks_paginate", READ),
        ("task_summaries_paginate", READ),
        ("tasks_search", READ),
        ("scaling_check", READ),
        ("task_update", REPEAT),
        ("task_resources_update", REPEAT),
        ("task_delete", REPEAT),
        ("secret_update", REPEAT),
        ("task_snapshot_periodic", REPEAT),
        ("tasks_create", Repeatable.GUARDED),
        ("tasks_force_create", ONCE),
        ("secret_create", ONCE),
        ("task_snapshot_create", ONCE),
        ("task_abort", ONCE),
        ("task_restart", ONCE),
        ("task_stdout_fresh", ONCE),
        ("task_instance_stderr_fresh", ONCE),
        ("task_clone", ONCE),
        ("new_operation", ONCE),
    ],
)
def test_an_operation_belongs_to_one_class(operation: str, kind: Repeatable) -> None:
    assert rule_of(operation).kind is kind


def test_the_table_has_each_operation_of_the_api_and_no_other() -> None:
    rows = [line.split() for line in INVENTORY.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert set(RULES) == {operation for _, operation, _, _ in rows}
    assert all(rule_of(operation).kind is READ for _, operation, method, _ in rows if method == "GET")
    assert {operation for operation in RULES if rule_of(operation).gone_is_done} == {
        operation for _, operation, method, _ in rows if method == "DELETE"
    }


def test_what_needs_a_guard_is_sent_once_without_it() -> None:
    assert unguarded(Repeatable.GUARDED) is ONCE
    assert [unguarded(kind) for kind in (READ, REPEAT, ONCE)] == [READ, REPEAT, ONCE]


def test_no_operation_is_in_two_rows_of_the_table() -> None:
    assert sum(len(names.split()) for names in GROUPS.values()) == len(RULES)


@pytest.mark.parametrize(
    ("outcome", "read", "repeat", "once"),
    [
        (lost(Breakdown.NOT_SENT), True, True, True),
        (lost(Breakdown.CONNECT_TIMEOUT), True, True, True),
        (lost(Breakdown.UNTRUSTED), False, False, False),
        (lost(Breakdown.LOST), True, True, False),
        (lost(Breakdown.READ_TIMEOUT), True, True, False),
        (lost(Breakdown.UNUSABLE), True, False, False),
        (status(429), True, True, True),
        (status(503), True, True, True),
        (status(500), True, True, False),
        (status(502), True, True, False),
        (status(504), True, True, False),
        (status(200), False, False, False),
        (status(400), False, False, False),
        (status(401), False, False, False),
        (status(404), False, False, False),
        (status(501), False, False, False),
        (status(520), False, False, False),
    ],
)
def test_what_may_be_repeated_is_this_table(outcome: Outcome, read: bool, repeat: bool, once: bool) -> None:
    assert [may_repeat(kind, outcome) for kind in (READ, REPEAT, ONCE)] == [read, repeat, once]


def test_pauses_double_and_are_spread_over_the_whole_span() -> None:
    assert [pause(status(503), repeats=n, draw=0.999999) for n in range(4)] == pytest.approx([1, 2, 4, 8], rel=1e-4)
    assert pause(status(503), draw=0.0) == 0.0


def test_retry_count_zero_means_no_repeat_and_retry_wait_zero_no_pause() -> None:
    assert pause(status(503), policy=RetryPolicy(count=0)) is None
    assert pause(status(503), policy=RetryPolicy(wait=0.0), repeats=4) == 0.0


def test_the_repeats_end_at_retry_count() -> None:
    assert pause(status(503), policy=RetryPolicy(count=2), repeats=1) is not None
    assert pause(status(503), policy=RetryPolicy(count=2), repeats=2) is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        (http_date(datetime(2026, 1, 1, 0, 0, 9, tzinfo=UTC), usegmt=True), 9.0),
        (http_date(datetime(2025, 1, 1, tzinfo=UTC), usegmt=True), 0.0),
        ("Thu, 01 Jan 2026 00:00:05", 5.0),
        ("soon", 0.0),
        ("-3", 0.0),
        ("²", 0.0),
        ("", 0.0),
    ],
)
def test_retry_after_is_read_in_both_forms_and_nonsense_is_ignored(header: str, seconds: float) -> None:
    assert retry_after({"retry-after": header}, NOW.timestamp()) == seconds


def test_retry_after_is_never_undercut() -> None:
    assert pause(status(429, retry_after="20")) == 20.0


def test_a_retry_after_beyond_the_deadline_stops_at_once() -> None:
    assert pause(status(429, retry_after="301")) is None
    assert pause(status(429, retry_after="20"), elapsed=290.0) is None


def test_a_deadline_of_zero_is_no_limit() -> None:
    assert pause(status(429, retry_after="301"), policy=RetryPolicy(deadline=0), elapsed=1e6) == 301


OUTCOMES = st.one_of(
    st.sampled_from(Breakdown).map(lost),
    st.integers(200, 599).map(status),
    st.integers(0, 500).map(lambda s: status(429, retry_after=str(s))),
)


@given(
    outcome=OUTCOMES,
    kind=st.sampled_from(Repeatable),
    repeats=st.integers(0, 50),
    elapsed=st.floats(0, 1000),
    draw=st.floats(0, 1, exclude_max=True),
    count=st.integers(0, 50),
    wait=st.floats(0, 100),
)
def test_a_pause_is_finite_bounded_and_within_the_deadline(
    outcome: Outcome, kind: Repeatable, repeats: int, elapsed: float, draw: float, count: int, wait: float
) -> None:
    policy = RetryPolicy(count, wait)
    seconds = pause(outcome, kind, policy, repeats=repeats, elapsed=elapsed, draw=draw)
    if seconds is None:
        return
    asked = retry_after(outcome.headers, NOW.timestamp()) if isinstance(outcome, ApiResponse) else 0.0
    assert 0 <= seconds <= max(LONGEST_PAUSE, asked)
    assert seconds >= asked
    assert elapsed + seconds < policy.deadline
    assert repeats < count


@given(outcome=OUTCOMES)
def test_a_once_only_operation_is_never_repeated_when_the_server_may_have_acted(outcome: Outcome) -> None:
    assert not (is_ambiguous(outcome) and may_repeat(ONCE, outcome))
