"""What a task waits for: the documented rules for setting it, in both flavours."""

from __future__ import annotations

from typing import Any

import pytest

from qarnot_hl import dependency as d
from qarnot_hl._async.task import AsyncTask
from qarnot_hl.task import Task

FAILED = d.AdvancedDependency("a", [d.TaskFinalStateFailure()])
ANY = d.AdvancedDependency("b")


@pytest.fixture(params=[Task, AsyncTask])
def kind(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def new(kind: Any, connect: Any, aconnect: Any) -> Any:
    return kind(connect() if kind is Task else aconnect(), "name", "docker-batch")


def sent(task: Any) -> Any:
    return task._to_json().get("dependencies")


def test_uuids_gather_once_each(new: Any) -> None:
    new.set_task_dependencies_from_uuids(["a", "b", "a"])
    new.set_task_dependencies_from_uuids(["b", "c"])
    assert sent(new) == {"dependsOn": ["a", "b", "c"]}
    assert new.dependencies == d.TaskDependencies(["a", "b", "c"])


def test_tasks_count_by_their_uuids(new: Any, kind: Any, task_json: Any, uuid: str) -> None:
    other = kind.from_json(new._connection, task_json())
    new.set_task_dependencies_from_tasks([other])
    assert sent(new) == {"dependsOn": [uuid]}
    with pytest.raises(ValueError, match="not submitted"):
        new.set_task_dependencies_from_tasks([kind(new._connection, "later", "p")])


def test_advanced_ones_gather_and_equal_ones_count_once(new: Any) -> None:
    new.set_task_advanced_dependencies([FAILED])
    new.set_task_advanced_dependencies([ANY, FAILED])
    assert sent(new) == {"advancedDependsOn": [FAILED.to_json(), ANY.to_json()]}


def test_contradictions_are_refused_and_change_nothing(new: Any) -> None:
    new.set_task_advanced_dependencies([FAILED])
    with pytest.raises(ValueError, match="contradicts"):
        new.set_task_advanced_dependencies([ANY, d.AdvancedDependency("a")])
    assert sent(new) == {"advancedDependsOn": [FAILED.to_json()]}


def test_the_two_ways_exclude_each_other(new: Any) -> None:
    new.set_task_dependencies_from_uuids(["a"])
    with pytest.raises(ValueError, match="plain dependencies are set"):
        new.set_task_advanced_dependencies([ANY])
    new.clear_task_dependencies()
    assert sent(new) is None
    new.set_task_advanced_dependencies([ANY])
    with pytest.raises(ValueError, match="advanced dependencies are set"):
        new.set_task_dependencies_from_uuids(["a"])


def test_one_can_be_taken_away(new: Any) -> None:
    new.set_task_dependencies_from_uuids(["a", "b"])
    new.remove_task_dependency("a")
    new.remove_task_dependency("nobody")
    assert sent(new) == {"dependsOn": ["b"]}
    new.clear_task_dependencies()
    new.set_task_advanced_dependencies([FAILED, ANY])
    new.remove_task_dependency("a")
    assert sent(new) == {"advancedDependsOn": [ANY.to_json()]}


@pytest.mark.parametrize(
    ("call", "arguments"),
    [
        ("set_task_dependencies_from_uuids", [["a"]]),
        ("set_task_dependencies_from_tasks", [[]]),
        ("set_task_advanced_dependencies", [[ANY]]),
        ("remove_task_dependency", ["a"]),
        ("clear_task_dependencies", []),
    ],
)
def test_nothing_of_it_after_submit(call: str, arguments: list[Any], kind: Any, new: Any, task_json: Any) -> None:
    fetched = kind.from_json(new._connection, task_json())
    with pytest.raises(AttributeError, match="can't set dependencies"):
        getattr(fetched, call)(*arguments)


def test_a_single_uuid_is_no_list(new: Any) -> None:
    with pytest.raises(TypeError, match="put 'abc' into one"):
        new.set_task_dependencies_from_uuids("abc")


def test_the_server_s_view_is_shown(kind: Any, new: Any, task_json: Any) -> None:
    json = task_json(dependencies={"dependsOn": ["x"], "state": "waiting"})
    fetched = kind.from_json(new._connection, json)
    assert fetched.dependencies.state == d.DependencyStateWaiting()
    assert kind.from_json(new._connection, task_json()).dependencies is None
    assert new.dependencies is None
