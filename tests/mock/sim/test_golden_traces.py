"""Traces written by hand from the reference: commands at times, and what must be answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from qarnot_mock.sim.commands import Command, Refusal
from qarnot_mock.sim.settings import Quotas

TRACES = sorted((Path(__file__).parents[1] / "traces").glob("*.yaml"))


def mismatch(expected: Any, actual: Any, path: str = "") -> str | None:
    """Where an answer differs from the part of it that a trace names; None when it agrees."""
    if isinstance(expected, Mapping) and isinstance(actual, Mapping):
        parts = [mismatch(value, actual.get(key, "<absent>"), f"{path}.{key}") for key, value in expected.items()]
        return next((part for part in parts if part), None)
    if isinstance(expected, list) and isinstance(actual, Sequence) and not isinstance(actual, str):
        if len(expected) != len(actual):
            return f"{path}: {len(expected)} items expected, got {actual!r}"
        pairs = zip(expected, actual, strict=True)
        parts = [mismatch(left, right, f"{path}[{number}]") for number, (left, right) in enumerate(pairs)]
        return next((part for part in parts if part), None)
    return None if expected == actual else f"{path}: expected {expected!r}, got {actual!r}"


def arguments_of(step: Mapping[str, Any], saved: Mapping[str, str]) -> dict[str, Any]:
    arguments = dict(step.get("arguments", {}))
    arguments |= {kind: saved[step[kind]] for kind in ("task", "job", "pool") if kind in step}
    if "task_key" in step:
        arguments["task"] = step["task_key"]
    if "snapshot" in step:
        arguments["snapshotId"] = saved[step["snapshot"]]
    return arguments


def filled_in(value: Any, saved: Mapping[str, str]) -> Any:
    """A body or an answer with every text ``<name>`` replaced by the identifier saved under that name."""
    if isinstance(value, Mapping):
        return {key: filled_in(item, saved) for key, item in value.items()}
    if isinstance(value, list):
        return [filled_in(item, saved) for item in value]
    if isinstance(value, str) and value.startswith("<") and value.endswith(">"):
        return saved[value[1:-1]]
    return value


def check_refusal(refusal: Refusal, expected: Mapping[str, Any], saved: Mapping[str, str]) -> None:
    assert (refusal.status, refusal.shape) == (expected["status"], expected["shape"])
    if "field" in expected:
        assert list(refusal.errors or ()) == [expected["field"]]
    if "message" in expected:
        assert refusal.message == expected["message"].format(**saved)


@pytest.mark.parametrize("path", TRACES, ids=lambda path: path.stem)
def test_a_trace_holds(path: Path, make_driver: Callable[..., Any]) -> None:
    trace = yaml.safe_load(path.read_text(encoding="utf-8"))
    settings = {key: value for key, value in trace.items() if key not in ("title", "source", "steps")}
    driver = make_driver(**settings | {"quotas": Quotas(**settings.get("quotas", {}))})
    saved: dict[str, str] = {}
    for number, step in enumerate(trace["steps"]):
        driver.at(step.get("at", 0))
        command = Command(step["call"], arguments_of(step, saved), filled_in(step.get("body"), saved))
        if "refused" in step:
            with pytest.raises(Refusal) as caught:
                driver.world.apply(command)
            check_refusal(caught.value, step["refused"], saved)
            continue
        body = driver.world.apply(command).body
        if "answer" in step:
            assert (found := mismatch(filled_in(step["answer"], saved), body)) is None, (
                f"step {number} {step['call']}{found}"
            )
        if "save" in step:
            saved[step["save"]] = body["uuid"]
        if "save_id" in step:
            saved[step["save_id"]] = body["id"]


def test_there_are_traces() -> None:
    assert len(TRACES) >= 11
