"""The attributes of a pool: a table of names, wire keys, types and rules (reference 3.8, 3.9). Pure, for both flavours.

Rows that a task has too are the task's own.
"""

from __future__ import annotations

from collections.abc import Callable

from qarnot_hl._core.field_kinds import (
    BEFORE,
    auto_deletion,
    fixed,
    moving,
    same,
    settable_flag,
    settable_text,
    time_to_live,
    typed,
)
from qarnot_hl._core.fields import Field, HasState, Settable, T
from qarnot_hl._core.json_types import Json
from qarnot_hl._core.resource_state import ResourceState
from qarnot_hl._core.rights_fields import RightsFields
from qarnot_hl._core.task_fields import TaskFields
from qarnot_hl._core.task_state import UNSUBMITTED
from qarnot_hl._core.wire_values import integer, lookup, many, mapping, moment_value, number, one, text
from qarnot_hl.error import Error
from qarnot_hl.multi_slots_settings import MultiSlotsSettings
from qarnot_hl.retry_settings import RetrySettings
from qarnot_hl.scaling import Scaling
from qarnot_hl.status import Status

ELASTIC = "elasticProperty"
SCALING = "scaling"


def is_elastic(state_value: Json) -> bool:
    """Whether an ElasticProperty says that the pool is elastic."""
    return lookup(mapping(state_value), "isElastic") is True


class Elastic(Field[T, T]):
    """One value of the pool's ``elasticProperty``. Sent by ``submit`` or ``commit``.

    The server replaces all of them together, so setting one keeps the others, which must be known for that.
    """

    def __init__(self, doc: str, part: str, read: Callable[[Json], T], kind: type | tuple[type, ...]) -> None:
        super().__init__(doc, ELASTIC, lambda value: read(lookup(mapping(value), part)), settable=Settable.ALWAYS)
        self.part, self.kind = part, kind

    def __set__(self, instance: HasState, value: T) -> None:
        if not isinstance(value, self.kind) or (isinstance(value, bool) and self.kind is not bool):
            raise TypeError(f"{self.name} cannot be {value!r}")
        instance._before_read(self.key, self.name, False)
        known = mapping(instance._state.get(ELASTIC))
        others = {key: old for key, old in known.items() if key.lower() != self.part.lower()}
        instance._state.edit(ELASTIC, {**others, self.part: value})  # type: ignore[dict-item]  # T is of that kind


def elastic_count(doc: str, part: str, default: int) -> Elastic[int]:
    """A whole number of the elastic settings."""

    def read(value: Json) -> int:
        found = integer(value)
        return default if found is None else found

    return Elastic(doc, part, read, int)


def elastic_factor(value: Json) -> float:
    """The documented default is 1."""
    found = number(value)
    return 1 if found is None else found


def command_line(value: str | None) -> Json:
    """A preparation task of that command line."""
    return None if value is None else {"commandLine": typed(str, same)(value)}


class ElasticFields(RightsFields):
    """The older way of letting a pool grow and shrink; excludes ``scaling``. Defaults are the documented ones."""

    _state: ResourceState

    is_elastic = Elastic[bool]("Whether the pool grows and shrinks by these settings.", "isElastic", bool, bool)
    elastic_minimum_slots = elastic_count("Slots that the pool has at least.", "minTotalSlots", 0)
    elastic_maximum_slots = elastic_count("Slots that the pool has at most.", "maxTotalSlots", 1)
    elastic_minimum_idle_slots = elastic_count("Slots without work that are kept ready.", "minIdleSlots", 0)
    elastic_minimum_idle_time = elastic_count(
        "Seconds without work after which a slot beyond those is closed.", "minIdleTimeSeconds", 0
    )
    elastic_resize_period = elastic_count("Seconds between two looks at the load.", "resizePeriod", 90)
    elastic_resize_factor = Elastic[float](
        "How fast the pool grows: above 0, at most 1 (documented; the API's own text leaves 1 out).",
        "rampResizeFactor",
        elastic_factor,
        (int, float),
    )

    def setup_elastic(
        self,
        minimum_total_slots: int = 0,
        maximum_total_slots: int = 1,
        minimum_idle_slots: int = 0,
        minimum_idle_time_seconds: int = 0,
        resize_factor: float = 1,
        resize_period: int = 90,
    ) -> None:
        """Make the pool elastic with these settings; after submit, ``commit`` sends them.

        ``minimum_idle_time_seconds``: without work, before one of more than ``minimum_idle_slots`` is closed.
        ``resize_factor``: above 0, at most 1. ``resize_period``: seconds.
        """
        wanted: dict[str, Json] = {
            "isElastic": True,
            "minTotalSlots": minimum_total_slots,
            "maxTotalSlots": maximum_total_slots,
            "minIdleSlots": minimum_idle_slots,
            "minIdleTimeSeconds": minimum_idle_time_seconds,
            "rampResizeFactor": resize_factor,
            "resizePeriod": resize_period,
        }
        self._state.edit(ELASTIC, wanted)


class PoolFields(ElasticFields):
    """What can be read of a pool and set on it."""

    name = TaskFields.name
    shortname = TaskFields.shortname
    profile = settable_text("The profile to run with.", "profile")
    tags = TaskFields.tags
    constants = TaskFields.constants
    constraints = TaskFields.constraints
    labels = TaskFields.labels
    project = TaskFields.project
    project_uuid = TaskFields.project_uuid
    default_resources_cache_ttl_sec = TaskFields.default_resources_cache_ttl_sec
    max_time_queue_seconds = TaskFields.max_time_queue_seconds
    scheduling_type = TaskFields.scheduling_type
    targeted_reserved_machine_key = TaskFields.targeted_reserved_machine_key
    targeted_reservation_name = TaskFields.targeted_reservation_name
    privileges = TaskFields.privileges
    previous_state = TaskFields.previous_state
    state_transition_time = TaskFields.state_transition_time
    previous_state_transition_time = TaskFields.previous_state_transition_time
    execution_time = TaskFields.execution_time
    wall_time = TaskFields.wall_time
    running_core_count = TaskFields.running_core_count
    running_instance_count = TaskFields.running_instance_count
    target_running_instance_count = moving(
        "How many instances its elastic settings or its scaling want at work now; None if the server does not say.",
        "targetRunningInstanceCount",
        integer,
    )

    instancecount = Field[int, int](
        "How many slots a pool of fixed size has; without effect on one that is elastic or has a scaling.",
        "instanceCount",
        lambda value: integer(value) or 0,
        typed(int, same),
        settable=BEFORE,
    )
    scaling = Field[Scaling | None, Scaling | None](
        "Policies by which the pool grows and shrinks; excludes the elastic settings. A copy: assign it to change it. "
        "After submit, ``commit`` sends it.",
        SCALING,
        one(Scaling.from_json),
        typed(Scaling, lambda scaling: scaling.to_json()),
        settable=Settable.ALWAYS,
    )
    multi_slots_settings = Field[MultiSlotsSettings | None, MultiSlotsSettings | None](
        "How many slots each machine has.",
        "multiSlotsSettings",
        one(MultiSlotsSettings.from_json),
        typed(MultiSlotsSettings, lambda settings: settings.to_json()),
        settable=BEFORE,
    )
    preparation_command_line = Field[str | None, str | None](
        "Run on each machine before its first task, if the profile supports it.",
        "preparationTask",
        lambda value: text(lookup(mapping(value), "commandLine")),
        command_line,
        settable=BEFORE,
    )
    tasks_default_wait_for_pool_resources_synchronization = settable_flag(
        "Whether tasks wait for a resource update of the pool, if they do not say so themselves.",
        "taskDefaultWaitForPoolResourcesSynchronization",
    )
    auto_delete = auto_deletion(
        "Delete the pool when it is closed and the account's limit of pools is reached. Default False."
    )
    completion_ttl = time_to_live(
        "Delete the pool so long after it is closed: a timedelta, or a text like ``1.02:03:04``. Default: never."
    )
    default_retry_settings = Field[RetrySettings, RetrySettings | None](
        "How often failed instances of tasks start again, if the tasks do not say so themselves.",
        "defaultRetrySettings",
        lambda value: RetrySettings.from_json(mapping(value)),
        typed(RetrySettings, lambda settings: settings.to_json()),
        settable=BEFORE,
    )

    state = moving(
        "``UnSubmitted``, or what the server says: ``Submitted``, ``PartiallyDispatched``, ``FullyDispatched``, "
        "``PartiallyExecuting``, ``FullyExecuting``, ``Closing``, ``Closed``, ``Failure``, ``PendingDelete``; "
        "``Deleted`` after ``delete``.",
        "state",
        lambda value: text(value) or UNSUBMITTED,
    )
    creation_date = fixed("When the pool was submitted, a datetime in UTC.", "creationDate", moment_value)
    last_modified = moving("When the pool last changed.", "lastModified", TaskFields.last_modified.read)
    end_date = moving("When the pool was closed; None before.", "endDate", TaskFields.end_date.read)
    errors = moving("Why the pool failed; empty if it did not.", "errors", many(Error))
    status = moving("The pool's running instances; None before there are any.", "status", one(Status))
    pool_usage = moving(
        "Queued and running instances of tasks, as a share of the slots, like 0.5.",
        "poolUsage",
        lambda value: number(value) or 0.0,
    )
    total_slot_capacity = moving("Slots in all.", "totalSlotCapacity", lambda value: integer(value) or 0)
    queued_or_running_task_instances_count = moving(
        "Instances of tasks that wait for a slot or have one.",
        "queuedOrRunningTaskInstancesCount",
        lambda value: number(value) or 0,
    )
