"""Documented module ``snapshot``: what a snapshot of running instances takes, and how far it is (reference 3.11)."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from attrs import field, frozen

from qarnot_hl._core.json_types import Json, JsonObject
from qarnot_hl._core.wire_values import integer, mapping, moment_value, text
from qarnot_hl._core.wired import FrozenWired, keyed

__all__ = [
    "FailedStatus",
    "InProgressStatus",
    "PeriodicSnapshotConfiguration",
    "Snapshot",
    "SnapshotConfiguration",
    "SnapshotStatus",
    "SuccessStatus",
    "TriggeredStatus",
]


@frozen
class SnapshotConfiguration(FrozenWired):
    """Which files (regular expressions), into which bucket, under which key prefix. None: what the task says."""

    whitelist: str | None = field(default=None, metadata=keyed("whitelist", read=text))
    blacklist: str | None = field(default=None, metadata=keyed("blacklist", read=text))
    bucket_name: str | None = field(default=None, metadata=keyed("bucket", read=text))
    bucket_prefix: str | None = field(default=None, metadata=keyed("bucketPrefix", read=text))

    @classmethod
    def from_json(cls, json: JsonObject | None) -> SnapshotConfiguration | None:
        """Reads the wire form; None stays None."""
        return None if json is None else SnapshotConfiguration._read(json)

    def to_json(self) -> dict[str, Json]:
        """The wire form."""
        return self._write()


@frozen(init=False)
class PeriodicSnapshotConfiguration(SnapshotConfiguration):
    """The same, again every ``interval`` seconds; 0 stops."""

    interval: int = field(default=0, metadata=keyed("interval"))

    def __init__(
        self,
        interval: int,
        whitelist: str | None = None,
        blacklist: str | None = None,
        bucket_name: str | None = None,
        bucket_prefix: str | None = None,
    ) -> None:
        self.__attrs_init__(  # pyright: ignore[reportAttributeAccessIssue]
            whitelist, blacklist, bucket_name, bucket_prefix, int(interval)
        )


class SnapshotStatus:
    """How far a snapshot is: one of the subclasses, or a state that this version does not know.

    ``is_completed``: nothing more will happen. Equal when the names are.
    """

    status: str | None = None
    is_completed: ClassVar[bool] = False

    @classmethod
    def from_string(cls, status: str | None) -> SnapshotStatus:
        """The state of that name in any letter case; triggered for None. An unknown one is kept, as not completed."""
        if status is None:
            return TriggeredStatus()
        for kind in (TriggeredStatus, InProgressStatus, SuccessStatus, FailedStatus):
            if str(kind.status).lower() == str(status).lower():
                return kind()
        unknown = SnapshotStatus()
        unknown.status = str(status)
        return unknown

    def __eq__(self, other: object) -> bool:
        """Whether the names are equal."""
        return self.status == other.status if isinstance(other, SnapshotStatus) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.status)

    def __str__(self) -> str:
        """The name."""
        return str(self.status)

    def __repr__(self) -> str:
        """The name as an expression."""
        return f"SnapshotStatus.from_string({self.status!r})"


class TriggeredStatus(SnapshotStatus):
    """Asked for."""

    status = "Triggered"


class InProgressStatus(SnapshotStatus):
    """Files are being uploaded."""

    status = "InProgress"


class SuccessStatus(SnapshotStatus):
    """All files are in the bucket."""

    status = "Success"
    is_completed: ClassVar[bool] = True


class FailedStatus(SnapshotStatus):
    """It will not be completed."""

    status = "Failure"
    is_completed: ClassVar[bool] = True


def _configuration(value: Json) -> SnapshotConfiguration | None:
    return None if value is None else SnapshotConfiguration.from_json(mapping(value))


def _status(value: Json) -> SnapshotStatus:
    return SnapshotStatus.from_string(text(value))


@frozen
class Snapshot(FrozenWired):
    """A snapshot of a task. Sizes are bytes, None before the first report; dates are UTC."""

    uid: str | None = field(default=None, metadata=keyed("id", read=text))
    task_uuid: str | None = field(default=None, metadata=keyed("taskUuid", read=text))
    trigger_date: datetime | None = field(default=None, metadata=keyed("triggerDate", read=moment_value))
    last_update_date: datetime | None = field(default=None, metadata=keyed("lastUpdateDate", read=moment_value))
    snapshot_config: SnapshotConfiguration | None = field(
        default=None, metadata=keyed("snapshotConfig", read=_configuration)
    )
    status: SnapshotStatus | None = field(default=None, metadata=keyed("status", read=_status))
    size_to_upload: int | None = field(default=None, metadata=keyed("sizeToUpload", read=integer))
    transferred_size: int | None = field(default=None, metadata=keyed("transferredSize", read=integer))

    @classmethod
    def from_json(cls, json: JsonObject | None) -> Snapshot | None:
        """Reads the wire form; None stays None."""
        return None if json is None else cls._read(json)
