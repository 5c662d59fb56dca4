"""Scenarios from YAML: what is wrong is said with file, line, path and what to do; what is right means what it says."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from qarnot_mock import scenario
from qarnot_mock.scenario import checking, reading
from qarnot_mock.sim.chance import SHAPES
from qarnot_mock.sim.script import HAPPENINGS, INSTANCE_PHASES
from qarnot_mock.sim.script_document import SECTIONS, quota_names
from qarnot_mock.sim.settings import Durations, WorldSettings

COMPLETE = """\
description: a bit of everything
durations:
  - for: {profile: "docker-*", instances: 0-9}
    execution: {lognormal: {median: 60, spread: 1.5}}
  - queue: 5
    dispatch: {uniform: [1, 2]}
    download: {normal: {mean: 3, deviation: 1}}
    environment: {exponential: {mean: 4}}
    upload: {choice: [1, 2]}
    shutdown: {choice: [{value: 1, weight: 3}, {value: 9, weight: 1}]}
outcomes:
  - for: {tag: [a, b], attempts: 1}
    happens: exit
    code: 3
    probability: 0.5
    each: instance
output:
  - stdout: |
      one of ${INSTANCE_ID}
      two
results:
  - files:
      a.txt: text
      b.bin: {size: 1000}
capacity:
  - {specificationKey: 8c-32g-amd-rz3700x, count: 2}
quotas: {maxTask: 5, quotaBytes: 1000}
credits: 12.5
"""


def complaint(tmp_path: Path, text: str) -> list[str]:
    """What is said of a file, without its directory."""
    path = tmp_path / "my.yaml"
    path.write_text(text)
    with pytest.raises(scenario.ScenarioError) as refusal:
        scenario.load(path)
    return [line.removeprefix(f"{tmp_path}/") for line in refusal.value.complaints]


def test_a_file_with_every_section_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(COMPLETE)
    loaded = scenario.load(str(path))
    assert loaded.description == "a bit of everything"
    assert set(loaded.document) == set(SECTIONS)
    assert loaded.document["credits"] == 12.5
    settings = loaded.apply(WorldSettings(email="me@example.com"))
    assert (settings.email, settings.script) == ("me@example.com", loaded.script)


def test_a_mapping_means_the_same_as_the_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(COMPLETE)
    assert scenario.parse(yaml.safe_load(COMPLETE)).script == scenario.load(path).script


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("durations:\n  queu: 1\n", "2: durations.queu: unknown key; did you mean queue? There are: for, queue,"),
        ("durations:\n  - queue: 0\n", "2: durations[0].queue: expected a number of seconds above 0, or one of"),
        ("durations:\n  queue: {uniform: [1]}\n", "2: durations.queue.uniform: expected the lower and the upper"),
        ("durations:\n  queue:\n    uniform: [5, 1]\n", "3: durations.queue.uniform: put the lower bound first"),
        ("durations:\n  queue: {unifrom: [1, 5]}\n", "2: durations.queue.unifrom: unknown key; did you mean uni"),
        ("durations:\n  queue: {}\n", "2: durations.queue: expected a number of seconds"),
        ("durations: 5\n", "1: durations: expected a rule with seconds by phase"),
        ("durations:\n  - []\n", "2: durations[0]: expected a rule with seconds by phase"),
        ("outcomes:\n- happens: boom\n", "2: outcomes[0].happens: expected one of exit, out-of-memory,"),
        ("outcomes:\n- probability: 1\n", "2: outcomes[0]: add happens: what happens"),
        ("\n\noutcomes:\n- happens: exit\n", "4: outcomes[0]: add code: the exit code of the command"),
        ("outcomes:\n- happens: success\n  probability: 2\n", "3: outcomes[0].probability: expected how often"),
        ("outcomes:\n- happens: success\n  for: {}\n", "3: outcomes[0].for: expected what the rule is about"),
        ("outcomes:\n- happens: success\n  for:\n    instances: 3-1", "4: outcomes[0].for.instances: '3-1' is no"),
        ("output:\n- {}\n", "2: output[0]: expected a rule with `stdout` or `stderr`"),
        ("results:\n- files:\n    a: 3\n", "3: results[0].files.a: expected a text, or {size: N}"),
        ("capacity: []\n", "1: capacity: expected the machines of the cloud"),
        ("capacity:\n- count: 1\n", "2: capacity[0]: add specificationKey: the name of the kind"),
        ("capacity:\n- {specificationKey: x, count: 1}\n", "2: capacity[0].specificationKey: x is no machine"),
        ("quotas:\n  maxTasks: 1\n", "2: quotas.maxTasks: unknown key; did you mean maxTask?"),
        ("credits: lots\n", "1: credits: expected euros that the account was given in all"),
        ("credits: .inf\n", "1: credits: '.inf' is neither a text nor a finite number"),
        ("colour: red\n", "1: colour: unknown key; There are: description, durations,"),
        ("faults:\n- kind: boom\n", "2: faults[0].kind: one of refused,"),
        ("faults:\n- {}\n- 5\n", "3: faults[1]: expected a fault with `kind`, not 5"),
        ("faults:\n- kind: slow\n  operation: tasks_dance\n", "3: faults[0].operation: no operation of"),
        ("- 1\n", "1: expected a mapping of the sections of a scenario, not [1]"),
        ("", "1: expected a mapping of the sections of a scenario, not None"),
        ("credits: 1\ncredits: 2\n", "2: credits: the key occurs twice: remove one"),
        ("credits: 1\nquotas: [\n", "3: expected the node content"),
        ("quotas: &a [*a]\n", "1: quotas[0]: it contains itself"),
        ("1: 2\n", "1: a key is a text: write '1' in quotes if it is meant"),
        ("credits: 1\n# \u0007\n", "2: remove the character 0x07"),
    ],
)
def test_what_is_wrong_is_said_with_its_line_and_what_to_do(tmp_path: Path, text: str, said: str) -> None:
    (line,) = complaint(tmp_path, text)
    assert line.startswith(f"my.yaml:{said}")


def test_all_that_the_schema_finds_is_said_at_once(tmp_path: Path) -> None:
    found = complaint(tmp_path, "durations:\n  queu: 1\n  upload: -1\ncredits: x\n")
    assert [line.split(":")[1] for line in found] == ["4", "2", "3"]


def test_a_date_is_a_text_and_a_merged_key_is_one_of_the_mapping(tmp_path: Path) -> None:
    text = "description: 2026-01-01\ndurations:\n- &base {queue: 1, upload: 2}\n- <<: *base\n  upload: 3\n"
    path = tmp_path / "x.yml"
    path.write_text(text)
    loaded = scenario.load(path)
    assert loaded.description == "2026-01-01"
    assert loaded.document["durations"] == [{"queue": 1, "upload": 2}, {"queue": 1, "upload": 3}]


def test_an_unknown_name_is_answered_with_those_there_are() -> None:
    with pytest.raises(scenario.ScenarioError, match=r"'fats'; did you mean fast\? There are: busy-cloud, fast"):
        scenario.load("fats")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(scenario.ScenarioError, match=r"missing\.yaml: cannot read the file: No such file"):
        scenario.load(str(tmp_path / "missing.yaml"))
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(scenario.ScenarioError, match="cannot read the file"):
        scenario.load(tmp_path / "binary.yaml")


@pytest.mark.parametrize("document", [{"credits": float("nan")}, {"credits": {1, 2}}, {"x": object()}, 5, None, []])
def test_a_mapping_that_is_no_plain_data_is_refused(document: Any) -> None:
    with pytest.raises(scenario.ScenarioError):
        scenario.parse(document)


def test_what_was_parsed_does_not_change_with_what_it_was_parsed_from() -> None:
    document = {"quotas": {"maxTask": 1}}
    parsed = scenario.parse(document)
    document["quotas"]["maxTask"] = 2
    assert parsed.document == {"quotas": {"maxTask": 1}}


def test_the_schema_speaks_of_what_the_simulation_knows() -> None:
    schema = checking.schema()
    outcome = schema["properties"]["outcomes"]["items"]["properties"]
    assert set(schema["properties"]) - {"description", "faults"} == set(SECTIONS)
    assert set(outcome["happens"]["enum"]) == set(HAPPENINGS)
    assert set(schema["properties"]["quotas"]["properties"]) == set(quota_names())
    assert set(schema["$defs"]["duration"]["properties"]) == set(SHAPES) - {"fixed"}
    phases = set(schema["$defs"]["durationRule"]["properties"]) - {"for"}
    assert phases == set(Durations.__annotations__)
    assert set(INSTANCE_PHASES) < phases


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = [
    "for",
    "happens",
    "probability",
    "each",
    "code",
    "at",
    "files",
    "stdout",
    "execution",
    "queue",
    "count",
    "maxTask",
]
VALUES = JSON | st.sampled_from([*HAPPENINGS, "execution", "attempt"]) | st.just({"uniform": [1, 2]})
RULE = st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=4)
SECTION = JSON | st.lists(RULE, max_size=2) | RULE
DOCUMENT = st.dictionaries(st.sampled_from([*SECTIONS, "description"]), SECTION, max_size=4)


@given(DOCUMENT)
def test_any_document_is_taken_and_works_or_is_refused(document: Any) -> None:
    with contextlib.suppress(scenario.ScenarioError):
        parsed = scenario.parse(document)
        settings = parsed.apply(WorldSettings()).scripted()
        assert settings.script.document == parsed.document
        assert scenario.parse(parsed.document).script == parsed.script


@given(JSON)
def test_reading_gives_what_yaml_means_and_a_line_for_everything(data: Any) -> None:
    text = yaml.safe_dump(data)
    located = reading.read(text)
    assert located.data == data
    assert located.line(("no", "such", "path")) == 1
    assert max(located.lines.values(), default=1) <= text.count("\n") + 1
