"""Documented module ``snapshot``: what a snapshot of running instances takes, and how far it is (reference 3.11)."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from attrs import frozen

from qarnot_hl._core.json_types import JsonObject
from qarnot_hl._core.wire_values import integer, lookup, mapping, moment_value, text

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
class SnapshotConfiguration:
    """Which files (regular expressions), into which bucket, under which key prefix. None: what the task says."""

    whitelist: str | None = None
    blacklist: str | None = None
    bucket_name: str | None = None
    bucket_prefix: str | None = None

    @classmethod
    def from_json(cls, json: JsonObject | None) -> SnapshotConfiguration | None:
        """Reads the wire form; None stays None."""
        if json is None:
            return None
        return cls(*(text(lookup(json, key)) for key in ("whitelist", "blacklist", "bucket", "bucketPrefix")))

    def to_json(self) -> dict[str, str | int | None]:
        """The wire form."""
        return {
            "whitelist": self.whitelist,
            "blacklist": self.blacklist,
            "bucket": self.bucket_name,
            "bucketPrefix": self.bucket_prefix,
        }


@frozen(init=False)
class PeriodicSnapshotConfiguration(SnapshotConfiguration):
    """The same, again every ``interval`` seconds; 0 stops."""

    interval: int = 0

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

    def to_json(self) -> dict[str, str | int | None]:
        """The wire form."""
        return {**SnapshotConfiguration.to_json(self), "interval": self.interval}


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


@frozen
class Snapshot:
    """A snapshot of a task. Sizes are bytes, None before the first report; dates are UTC."""

    uid: str | None = None
    task_uuid: str | None = None
    trigger_date: datetime | None = None
    last_update_date: datetime | None = None
    snapshot_config: SnapshotConfiguration | None = None
    status: SnapshotStatus | None = None
    size_to_upload: int | None = None
    transferred_size: int | None = None

    @classmethod
    def from_json(cls, json: JsonObject | None) -> Snapshot | None:
        """Reads the wire form; None stays None."""
        if json is None:
            return None
        config = lookup(json, "snapshotConfig")
        return cls(
            uid=text(lookup(json, "id")),
            task_uuid=text(lookup(json, "taskUuid")),
            trigger_date=moment_value(lookup(json, "triggerDate")),
            last_update_date=moment_value(lookup(json, "lastUpdateDate")),
            snapshot_config=None if config is None else SnapshotConfiguration.from_json(mapping(config)),
            status=SnapshotStatus.from_string(text(lookup(json, "status"))),
            size_to_upload=integer(lookup(json, "sizeToUpload")),
            transferred_size=integer(lookup(json, "transferredSize")),
        )
