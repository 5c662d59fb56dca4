"""What a task of a job waits for: set before submit, shown with its progress after it. Pure, for both flavours."""

from __future__ import annotations

from collections.abc import Iterable

from qarnot_hl._core.field_kinds import moving
from qarnot_hl._core.fields import FieldTable, HasState
from qarnot_hl._core.json_types import Json, JsonObject
from qarnot_hl._core.wire_values import lookup, mapping, objects, one, texts
from qarnot_hl.dependency import AdvancedDependency, TaskDependencies

KEY = "dependencies"


class DependencyFields(FieldTable):
    """Waiting for other tasks of the same job, which must have been created with ``useDependencies``.

    Either by uuid, for tasks to end however they do, or advanced, for them to end in given states; never both. Setting
    raises AttributeError after submit, as documented.
    """

    dependencies = moving(
        "What the task waits for and how far that is; None if for nothing. Before submit: what was set.",
        KEY,
        one(TaskDependencies._read),
    )

    def set_task_dependencies_from_uuids(self: HasState, uuids: Iterable[str]) -> None:
        """Wait for these tasks too. Raises ValueError when advanced dependencies are set."""
        _wait_for(self, uuids)

    def set_task_dependencies_from_tasks(self: HasState, tasks: Iterable[HasState]) -> None:
        """Wait for these tasks too. Raises ValueError for one that is not submitted, and as above."""
        uuids = []
        for task in tasks:
            if task.uuid is None:
                raise ValueError(f"{task!r} is not submitted, so nothing can wait for it yet: submit it first")
            uuids.append(task.uuid)
        _wait_for(self, uuids)

    def set_task_advanced_dependencies(self: HasState, dependencies: Iterable[AdvancedDependency]) -> None:
        """Wait for these too.

        Raises ValueError when plain dependencies are set, and for one that contradicts what is set for the same task.
        """
        simple, advanced = _present(self)
        if simple:
            raise ValueError("plain dependencies are set: call clear_task_dependencies() first, or add to those")
        known = {found.task_uuid: found for found in map(AdvancedDependency.from_json, advanced)}
        for dependency in dependencies:
            if known.setdefault(dependency.task_uuid, dependency) != dependency:
                raise ValueError(f"{dependency!r} contradicts {known[dependency.task_uuid]!r}, which is set already")
        _store(self, [], [dependency.to_json() for dependency in known.values()])

    def remove_task_dependency(self: HasState, uuid: str) -> None:
        """Wait for this task no more; nothing happens if it was not waited for."""
        simple, advanced = _present(self)
        _store(
            self,
            [known for known in simple if known != uuid],
            [entry for entry in advanced if lookup(entry, "taskUuid") != uuid],
        )

    def clear_task_dependencies(self: HasState) -> None:
        """Wait for nothing."""
        _present(self)
        _store(self, [], [])


def _wait_for(task: HasState, uuids: Iterable[str]) -> None:
    if isinstance(uuids, str | bytes):
        raise TypeError(f"uuids is a list: put {uuids!r} into one")
    simple, advanced = _present(task)
    if advanced:
        raise ValueError("advanced dependencies are set: call clear_task_dependencies() first, or add to those")
    _store(task, list(dict.fromkeys([*simple, *uuids])), [])


def _present(task: HasState) -> tuple[list[str], list[JsonObject]]:
    """What is set so far. Raises AttributeError after submit."""
    if task.uuid is not None:
        raise AttributeError(f"can't set dependencies of {task!r}: they can be set until the object is submitted")
    content = mapping(task._state.get(KEY))
    return texts(lookup(content, "dependsOn")), objects(lookup(content, "advancedDependsOn"))


def _store(task: HasState, simple: list[str], advanced: list[JsonObject]) -> None:
    content: Json = {"advancedDependsOn": advanced} if advanced else {"dependsOn": simple} if simple else None
    task._state.edit(KEY, content)
