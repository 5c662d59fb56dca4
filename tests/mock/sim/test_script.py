"""Rules as values: which fits, what is drawn for it, and what a task's own constants leave to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qarnot_mock.sim.script import (
    HAPPENINGS,
    INSTANCE_PHASES,
    NO_SCRIPT,
    UNSCRIPTED,
    Facts,
    InstanceScript,
    asked_outcome,
    numbers,
    outcome,
)
from qarnot_mock.sim.script_document import SECTIONS, TAKES, DocumentError, parse, quota_names
from qarnot_mock.sim.settings import Quotas, WorldSettings

FACTS = Facts(
    seed=1, tenant="t", kind="task", uuid="u", name="train-7", shortname="nice-one", profile="docker-batch",
    scheduling="ondemand", tags=("nightly", "gpu"), instance=3, attempt=2,
)  # fmt: skip


def drawn(document: Mapping[str, Any], constants: Mapping[str, str] | None = None, **facts: Any) -> InstanceScript:
    return outcome(parse(document), attrs.evolve(FACTS, **facts), constants or {})


def execution(selector: Mapping[str, Any]) -> bool:
    return drawn({"durations": [{"for": selector, "execution": 9}]}).durations == {"execution": 9}


@pytest.mark.parametrize(
    ("selector", "fits"),
    [
        ({"profile": "docker-*"}, True),
        ({"profile": "blender"}, False),
        ({"profile": ["blender", "docker-batch"]}, True),
        ({"name": "train-?"}, True),
        ({"name": "Train-7"}, False),
        ({"shortname": "nice*"}, True),
        ({"tag": "gpu"}, True),
        ({"tag": "night*"}, True),
        ({"tag": "weekly"}, False),
        ({"kind": "task"}, True),
        ({"kind": "pool"}, False),
        ({"scheduling": "onDemand"}, True),
        ({"scheduling": "flex"}, False),
        ({"instances": 3}, True),
        ({"instances": "0-2,4"}, False),
        ({"instances": "0, 2 - 5"}, True),
        ({"attempts": 2}, True),
        ({"attempts": "1"}, False),
        ({"tag": "gpu", "attempts": "1"}, False),
    ],
)
def test_a_selector_fits_when_all_that_it_names_does(selector: Mapping[str, Any], fits: bool) -> None:
    assert execution(selector) is fits


def test_the_first_rule_that_has_something_to_say_decides_phase_by_phase() -> None:
    rules = [{"for": {"instances": 3}, "upload": 5}, {"upload": 6, "execution": 7}, {"dispatch": 1, "execution": 8}]
    assert drawn({"durations": rules}).durations == {"upload": 5, "execution": 7, "dispatch": 1}
    assert drawn({"durations": rules}, instance=4).durations == {"upload": 6, "execution": 7, "dispatch": 1}


def test_one_mapping_of_durations_is_one_rule_for_everything() -> None:
    assert drawn({"durations": {"execution": 3}}).durations == {"execution": 3}


def test_without_rules_nothing_is_scripted() -> None:
    assert outcome(NO_SCRIPT, FACTS, {}) is UNSCRIPTED


@given(
    st.lists(st.sampled_from(INSTANCE_PHASES), unique=True, min_size=1),
    st.integers(0, 2**32),
    st.integers(0, 50),
    st.integers(1, 4),
)
def test_every_draw_is_within_its_bounds_and_repeats(phases: list[str], seed: int, instance: int, attempt: int) -> None:
    document = {"durations": {phase: {"uniform": [10, 20]} for phase in phases}}
    one = drawn(document, seed=seed, instance=instance, attempt=attempt)
    assert one == drawn(document, seed=seed, instance=instance, attempt=attempt)
    assert set(one.durations) == set(phases)
    assert all(10 <= value <= 20 for value in one.durations.values())
    assert len(set(one.durations.values())) == len(phases)


@pytest.mark.parametrize(
    "change", [{"seed": 2}, {"tenant": "x"}, {"uuid": "v"}, {"instance": 4}, {"attempt": 3}]
)  # fmt: skip
def test_another_seed_tenant_task_instance_or_attempt_draws_anew(change: Mapping[str, Any]) -> None:
    document = {"durations": {"execution": {"uniform": [0, 1]}}}
    assert drawn(document) != drawn(document, **change)


def test_the_probability_is_drawn_for_each_attempt_or_once_for_an_instance_or_a_task() -> None:
    def lost(each: str, **facts: Any) -> bool:
        rule = {"happens": "node-lost", "probability": 0.5, "each": each}
        return drawn({"outcomes": [rule]}, **facts).ending is not None

    grid = {
        each: [[lost(each, instance=instance, attempt=attempt) for attempt in range(1, 9)] for instance in range(8)]
        for each in ("attempt", "instance", "task")
    }
    assert any(len(set(row)) > 1 for row in grid["attempt"])
    assert all(len(set(row)) == 1 for row in grid["instance"])
    assert len({row[0] for row in grid["instance"]}) == 2
    assert len({cell for row in grid["task"] for cell in row}) == 1


def test_as_many_runs_are_struck_as_the_probability_says() -> None:
    script = parse({"outcomes": [{"happens": "preempted", "probability": 0.2}]})
    struck = [outcome(script, attrs.evolve(FACTS, instance=number), {}).ending for number in range(2000)]
    assert sum(ending is not None for ending in struck) / 2000 == pytest.approx(0.2, abs=0.03)


def test_success_ends_the_search_for_an_outcome() -> None:
    rules: list[Any] = [{"for": {"tag": "gpu"}, "happens": "success"}, {"happens": "node-lost"}]
    assert drawn({"outcomes": rules}).ending is None
    assert drawn({"outcomes": rules}, tags=()).ending == HAPPENINGS["node-lost"]


def test_details_of_an_outcome_replace_its_ordinary_ones() -> None:
    rule = {"happens": "node-lost", "during": "upload", "at": 0.25, "message": "gone"}
    ending = drawn({"outcomes": [rule]}).ending
    assert ending == attrs.evolve(HAPPENINGS["node-lost"], phase="upload", at=0.25, message="gone")


def test_output_is_chosen_stream_by_stream_and_results_as_a_whole() -> None:
    document = {
        "output": [{"for": {"attempts": 2}, "stderr": "again\n"}, {"stdout": "hello\n", "stderr": "first\n"}],
        "results": [{"for": {"attempts": 9}, "files": {}}, {"files": {"a": "text", "b": {"size": 10}}}],
    }
    script = drawn(document)
    assert (script.stdout, script.stderr, script.files) == ("hello\n", "again\n", {"a": "text", "b": 10})


def test_of_the_instance_of_a_pool_only_the_phases_are_decided() -> None:
    document = {"durations": {"dispatch": 3}, "outcomes": [{"happens": "node-lost"}], "output": [{"stdout": "x"}]}
    assert drawn(document, kind="pool") == InstanceScript({"dispatch": 3})


@pytest.mark.parametrize("constant", [{"MOCK_EXIT_CODE": "0"}, {"MOCK_OUTCOME": "success"}])
def test_a_task_that_asks_for_an_outcome_is_spared_the_others(constant: Mapping[str, str]) -> None:
    assert drawn({"outcomes": [{"happens": "node-lost"}]}, constant).ending is None


def test_a_task_can_ask_for_what_a_scenario_can_say() -> None:
    assert {name: asked_outcome(name)[0] for name in HAPPENINGS} == HAPPENINGS
    assert drawn({}, {"MOCK_OUTCOME": "preempted:1-2"}).ending == HAPPENINGS["preempted"]
    assert drawn({}, {"MOCK_OUTCOME": "preempted:1,3"}).ending is None


@pytest.mark.parametrize("text", ["", "boom", "node-lost:", "node-lost:x", "node-lost:2-1", ":1"])
def test_another_outcome_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        asked_outcome(text)


def test_too_many_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="more than 2048"):
        numbers("0-100000")


@pytest.mark.parametrize(
    ("document", "path", "text"),
    [
        ({"durations": {"upload": {"uniform": [2, 1]}}}, ("durations", "upload", "uniform"), "lower bound first"),
        ({"durations": [{"for": {"attempts": 1}, "queue": 1}]}, ("durations", 0, "queue"), "whole object"),
        ({"durations": [{"for": {"attempts": "x"}}]}, ("durations", 0, "for", "attempts"), "ranges such as"),
        ({"outcomes": [{"happens": "exit"}]}, ("outcomes", 0), "add code"),
        ({"outcomes": [{"happens": "preempted", "code": 1}]}, ("outcomes", 0, "code"), "at, during: remove code"),
        ({"outcomes": [{"happens": "success", "at": 1}]}, ("outcomes", 0, "at"), "success takes no details"),
        ({"outcomes": [{"happens": "preempted", "during": "upload"}]}, ("outcomes", 0, "during"), "keeps its node"),
        ({"output": [{"for": {"kind": "pool"}, "stdout": "x"}]}, ("output", 0, "for", "kind"), "tasks only"),
        ({"capacity": [{"specificationKey": "new", "count": 1}]}, ("capacity", 0, "specificationKey"), "add cpuModel"),
    ],
)  # fmt: skip
def test_what_a_schema_cannot_say_is_refused_with_its_path(document: Any, path: Any, text: str) -> None:
    with pytest.raises(DocumentError) as refusal:
        parse(document)
    assert refusal.value.path == path
    assert text in str(refusal.value)


def test_machines_of_the_catalogue_need_only_a_count_and_others_a_description() -> None:
    script = parse(
        {
            "capacity": [
                {"specificationKey": "32c-128g-amd-tr2990wx-ssd", "count": 3.0},
                {"specificationKey": "new", "count": 1, "cpuModel": "X", "coreCount": 2, "memoryMB": 4000, "gpu": True},
            ]
        }
    )
    known, new = script.capacity or ()
    assert (known.core_count, known.count, known.reservation, known.ssd) == (32, 3, "", True)
    assert (new.core_count, new.gpu, new.max_frequency_ghz) == (2, True, 3.0)


def test_quotas_have_the_names_of_the_wire_and_replace_only_what_they_name() -> None:
    assert quota_names()["maxOnDemandCores"] == "max_on_demand_cores"
    settings = WorldSettings(script=parse({"quotas": {"maxTask": 3}, "credits": 2}), credits=9)
    assert settings.scripted().quotas == Quotas(max_task=3)
    assert (settings.scripted().credits, settings.credits) == (2, 9)


def test_the_tables_speak_of_the_same_things() -> None:
    assert set(TAKES) == set(HAPPENINGS)
    everything = {
        "durations": {},
        "outcomes": [],
        "output": [],
        "results": [],
        "capacity": [],
        "quotas": {},
        "credits": 1,
    }
    assert list(parse({**everything, "description": "x"}).document) == list(SECTIONS)
