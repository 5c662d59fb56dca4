"""What our templates change in the generated client, each shown where the stock output fails."""

from __future__ import annotations

import copy
import json
import pickle
import subprocess
import sys
from typing import Any

import httpx
import pytest

from qarnot_client.api.tasks import task_get
from qarnot_client.models import SchedulingType, TaskOutput, TaskState
from qarnot_client.types import UNSET, quote

UUID = "6f1f4bd5-3a2b-4f3c-9b8e-2f2a0c1d5e77"


def parsed(**fields: Any) -> TaskOutput:
    return TaskOutput.from_dict({"uuid": UUID, "name": "t", "shortname": "t", "state": "Submitted", **fields})


def test_an_unknown_state_becomes_a_member_that_says_so() -> None:
    task = parsed(state="Paused")
    assert task.state == "Paused"
    assert isinstance(task.state, TaskState)
    assert not task.state.is_known
    assert task.to_dict()["state"] == "Paused"


def test_a_known_state_is_known_and_the_list_of_states_does_not_grow() -> None:
    before = list(TaskState)
    TaskState("Paused")
    assert TaskState("Success").is_known
    assert list(TaskState) == before


def test_letter_case_of_an_enumeration_does_not_matter() -> None:
    assert SchedulingType("Reserved") is SchedulingType("reserved")
    assert SchedulingType("Reserved").is_known


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))])
def test_an_unknown_member_keeps_its_value_when_it_is_copied(copied: Any) -> None:
    state = TaskState("Paused")
    assert copied(state) == state
    assert hash(copied(state)) == hash("Paused")


def test_a_value_that_is_not_text_is_still_refused() -> None:
    with pytest.raises(ValueError, match="7"):
        TaskState(7)


def test_an_unknown_field_survives_a_round_trip() -> None:
    assert parsed(flavour={"sweet": [1]}).to_dict()["flavour"] == {"sweet": [1]}


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))])
def test_absent_keys_stay_absent_when_a_model_is_copied(copied: Any) -> None:
    task = parsed()
    assert json.dumps(copied(task).to_dict()) == json.dumps(task.to_dict())
    assert copied(UNSET) is UNSET


def test_importing_the_models_loads_none_of_them() -> None:
    code = (
        "import sys, qarnot_client.models as m\n"
        "loaded = [n for n in sys.modules if n.startswith('qarnot_client.models.')]\n"
        "assert not loaded, loaded\n"
        "m.TaskOutput\n"
        "assert 'qarnot_client.models.task_output' in sys.modules\n"
        "assert 'TaskOutput' in dir(m)\n"
        "try:\n    m.NoSuchModel\n"
        "except AttributeError as error:\n    assert 'NoSuchModel' in str(error)\n"
        "else:\n    raise AssertionError('no error')\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("value", "segments", "sent"),
    [
        ("a/b", "a/b", "a%2Fb"),
        ("a b/ü", "a%20b/%C3%BC", "a%20b%2F%C3%BC"),
        ("..", "%2E%2E", "%2E%2E"),
        ("a/../b", "a/%2E%2E/b", "a%2F..%2Fb"),
        (".hidden", ".hidden", ".hidden"),
        ("", "", ""),
    ],
)
def test_a_path_parameter_is_quoted_whole_or_by_segment(value: str, segments: str, sent: str) -> None:
    assert quote(value, safe="/") == segments
    assert quote(value, safe="") == sent


@pytest.mark.parametrize("name", ["..", ".", "a/b", "a?b#c", "ü%"])
def test_no_task_name_changes_the_shape_of_the_path(name: str) -> None:
    url = httpx.URL("http://host/base" + task_get._get_kwargs(name)["url"])
    assert url.raw_path.startswith(b"/base/tasks/")
    assert url.raw_path.count(b"/") == 3
    assert not url.query
