"""The attributes of a task: a table of names, wire keys, types and rules. Pure, shared by both flavours.

Names are those of the documented API, completed by those of the newest official package. Moments and durations read as
the texts of the API with their value at hand: ``task.wall_time.timedelta``, ``task.end_date.datetime``.
"""

from __future__ import annotations

from qarnot_hl._core.completed_instance import CompletedInstance
from qarnot_hl._core.field_kinds import (
    BEFORE,
    Shortname,
    auto_deletion,
    fixed,
    labels_field,
    moving,
    same,
    settable_flag,
    settable_integer,
    settable_text,
    time_to_live,
    typed,
)
from qarnot_hl._core.fields import Field, HasState, Settable, list_field, pairs_field
from qarnot_hl._core.project import Project
from qarnot_hl._core.rights_fields import RightsFields
from qarnot_hl._core.task_dependencies import DependencyFields
from qarnot_hl._core.task_state import UNSUBMITTED
from qarnot_hl._core.wire_values import integer, many, mapping, moment, moment_value, number, one, text
from qarnot_hl._core.wire_values import timespan as duration
from qarnot_hl.error import Error
from qarnot_hl.privileges import Privileges
from qarnot_hl.retry_settings import RetrySettings
from qarnot_hl.scheduling_type import SchedulingType
from qarnot_hl.status import Status


class InstanceCount(Field[int, int]):
    """Excludes an advanced range, as documented."""

    def check_settable(self, instance: HasState) -> None:
        """Raises AttributeError after submit or while an advanced range is set."""
        super().check_settable(instance)
        if instance._state.get("advancedRanges") is not None:
            raise AttributeError("can't set instancecount while advanced_range is set: set that to None first")


class AdvancedRange(Field[str | None, str | None]):
    """Excludes an instance count, as documented."""

    def check_settable(self, instance: HasState) -> None:
        """Raises AttributeError after submit or while an instance count is set."""
        super().check_settable(instance)
        if instance._state.get("instanceCount"):
            raise AttributeError("can't set advanced_range while instancecount is set: set that to 0 first")


class Profile(Field[str | None, str | None]):
    """Excludes a pool, as documented."""

    def check_settable(self, instance: HasState) -> None:
        """Raises AttributeError after submit or while a pool is set."""
        super().check_settable(instance)
        if instance._state.get("poolUuid") is not None:
            raise AttributeError("can't set profile while pool is set: set that to None first")


class TaskFields(RightsFields, DependencyFields):
    """What can be read of a task and set on it."""

    name = settable_text("The name, shorter than 2048 characters.", "name")
    shortname = Shortname(
        "A name that is unique in the account and accepted wherever a uuid is; the uuid if none was given.",
        "shortname",
        text,
        typed(str, same),
        settable=BEFORE,
    )
    profile = Profile(
        "The profile to run with. Raises AttributeError when set while ``pool`` is.",
        "profile",
        text,
        typed(str, same),
        settable=BEFORE,
    )
    instancecount = InstanceCount(
        "How many instances; 0 with an advanced range. Raises AttributeError when set while ``advanced_range`` is.",
        "instanceCount",
        lambda value: integer(value) or 0,
        typed(int, same),
        settable=BEFORE,
    )
    advanced_range = AdvancedRange(
        "Which instances, like ``1,3-8,12``. Raises AttributeError when set while ``instancecount`` is not 0.",
        "advancedRanges",
        text,
        typed(str, same),
        settable=BEFORE,
    )
    tags = list_field(
        "Words to find the task by, at most 10. Changes after submit are sent by ``commit``.",
        "tags",
        str,
        str,
        settable=Settable.ALWAYS,
        moving=True,
    )
    constants = pairs_field(
        "The parameters of the profile. Changes after submit are sent by ``commit``.",
        "constants",
        settable=Settable.ALWAYS,
        moving=True,
    )
    constraints = pairs_field("For advanced use.", "constraints", settable=Settable.ALWAYS)
    labels = labels_field("Free pairs of texts, without effect on the execution.")

    snapshot_whitelist = settable_text("Which files snapshots take (regular expression).", "snapshotWhitelist")
    snapshot_blacklist = settable_text("Which files snapshots leave out (regular expression).", "snapshotBlacklist")
    snapshot_bucket = settable_text("Bucket of the snapshots, by name; default: the results.", "snapshotBucket")
    snapshot_bucket_prefix = settable_text("Key prefix of the snapshots' files.", "snapshotBucketPrefix")
    results_whitelist = settable_text("Which files are results (regular expression).", "resultsWhitelist")
    results_blacklist = settable_text("Which files are no results (regular expression).", "resultsBlacklist")
    results_bucket_prefix = settable_text("Key prefix of the results' files.", "resultsBucketPrefix")
    wait_for_pool_resources_synchronization = settable_flag(
        "In a pool: wait for its resource update first. None: as the pool says.", "waitForPoolResourcesSynchronization"
    )
    upload_results_on_cancellation = settable_flag(
        "Upload what exists when the task is cancelled. None: as the server does by default.",
        "uploadResultsOnCancellation",
    )
    default_resources_cache_ttl_sec = settable_integer(
        "Seconds that machines keep the resources; None is 90 days.", "defaultResourcesCacheTTLSec"
    )
    max_time_queue_seconds = settable_integer(
        "Fail if no machine was found for so many seconds.", "maxTimeQueueSeconds"
    )
    auto_delete = auto_deletion(
        "Delete the task when it is finished and the account's limit of tasks is reached. Default False."
    )
    completion_ttl = time_to_live(
        "Delete the task so long after it is finished: a timedelta, or a text like ``1.02:03:04``. Default: never."
    )
    retry_settings = Field[RetrySettings, RetrySettings | None](
        "How often failed instances start again.",
        "retrySettings",
        lambda value: RetrySettings.from_json(mapping(value)),
        typed(RetrySettings, lambda settings: settings.to_json()),
        settable=BEFORE,
    )
    privileges = Field[Privileges, Privileges | None](
        "What the task may know about the account.",
        "privileges",
        lambda value: Privileges.from_json(mapping(value)),
        typed(Privileges, lambda privileges: privileges.to_json()),
        settable=BEFORE,
    )
    scheduling_type = Field[SchedulingType | None, SchedulingType | None](
        "On which terms instances get their machines; None: the account's default.",
        "schedulingType",
        lambda value: SchedulingType.from_string(value) if isinstance(value, str) else None,
        typed(SchedulingType, lambda kind: kind.to_json()),
        settable=BEFORE,
    )
    targeted_reserved_machine_key = settable_text(
        "Which reserved machines; with ReservedScheduling only.", "targetedReservedMachineKey"
    )
    targeted_reservation_name = settable_text(
        "Which reservation; with ReservedScheduling only.", "targetedReservationName"
    )

    state = moving(
        "``UnSubmitted``, or what the server says: ``Submitted``, ``PartiallyDispatched``, ``FullyDispatched``, "
        "``PartiallyExecuting``, ``FullyExecuting``, ``UploadingResults``, ``PendingCancel``, ``PendingDelete``, "
        "``Success``, ``Failure``, ``Cancelled``; ``Deleted`` after ``delete``.",
        "state",
        lambda value: text(value) or UNSUBMITTED,
    )
    previous_state = moving("The state before this one.", "previousState", text)
    state_transition_time = moving("When the state began.", "stateTransitionTime", moment)
    previous_state_transition_time = moving("When the previous state began.", "previousStateTransitionTime", moment)
    creation_date = fixed("When the task was submitted, a datetime in UTC.", "creationDate", moment_value)
    last_modified = moving("When the task last changed.", "lastModified", moment)
    end_date = moving("When the task finished; None before.", "endDate", moment)
    errors = moving("Why the task failed; empty if it did not.", "errors", many(Error))
    progress = moving("Percent.", "progress", number)
    execution_time = moving("Time of execution, summed over the instances.", "executionTime", duration)
    wall_time = moving("Time since the start.", "wallTime", duration)
    running_core_count = moving("Cores at work.", "runningCoreCount", lambda value: integer(value) or 0)
    running_instance_count = moving("Instances at work.", "runningInstanceCount", lambda value: integer(value) or 0)
    snapshot_interval = moving("Seconds between periodic snapshots; 0: none.", "snapshotInterval", integer)
    results_count = moving("Grows with each set of results or snapshot that is ready.", "resultsCount", integer)
    completed_instances = moving("The finished instances.", "completedInstances", many(CompletedInstance))
    status = moving("How far the task is, and its running instances; None before it runs.", "status", one(Status))

    pool_uuid = fixed("The pool that the task runs in, if any.", "poolUuid", text)
    job_uuid = fixed("The job that the task belongs to, if any.", "jobUuid", text)
    project_uuid = fixed("The project that pays.", "projectUuid", text)
    project = Field[Project | None, Project | None](
        "The project that pays; of a fetched task only its uuid is known. None: the default one.",
        "projectUuid",
        lambda value: Project(uuid=value) if isinstance(value, str) else None,
        typed(Project, lambda project: project.uuid),
        settable=BEFORE,
    )
