"""What a world asks of the outside: buckets to make, objects to store, processes to run.

Effects are data. A world only lists them (``World.take_effects``); a shell performs them, in order, and reports
back with ``executor_*`` commands. A world that is replayed produces the same effects, and a replay drops them.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs


@attrs.frozen
class InstanceKey:
    """Which run of which instance: an instance that is retried starts again with the next ``attempt`` (from 1)."""

    task: str
    instance_id: int
    attempt: int


@attrs.frozen
class FileFilter:
    """Which files of a working directory are taken: .NET-style regexes on relative paths, searched, not anchored.

    ``${NAME}`` has already been substituted. None means no restriction; the blacklist wins.
    """

    whitelist: str | None = None
    blacklist: str | None = None


@attrs.frozen
class Resource:
    """One resource bucket of a task, as it is laid out in the working directory (later ones win)."""

    bucket: str
    prefix: str = ""
    strip_prefix: str = ""


@attrs.frozen
class CreateBucket:
    """The server creates a missing result bucket by itself. Existing buckets are left alone."""

    bucket: str


@attrs.frozen
class PutObject:
    """Store one object that the simulation made up (simulated and scripted executors)."""

    bucket: str
    key: str
    content: bytes


@attrs.frozen
class StartInstance:
    """Lay out the resources and run the command of one instance (external executors only).

    ``command`` is the raw ``DOCKER_CMD`` after ``${NAME}`` substitution. ``environment`` holds every constant and
    the documented variables (``INSTANCE_ID``, ``INSTANCE_COUNT``, ``FRAME_ID``, ...), except those that name
    directories, which only the executor knows.
    """

    key: InstanceKey
    profile: str
    command: str
    environment: Mapping[str, str]
    resources: tuple[Resource, ...]


@attrs.frozen
class StopInstance:
    """Kill the process of an instance (abort, delete); no report is expected. Unknown keys are ignored."""

    key: InstanceKey


@attrs.frozen
class RefreshResources:
    """Bring new and changed objects of the resource buckets into a running instance; delete nothing."""

    key: InstanceKey
    resources: tuple[Resource, ...]


@attrs.frozen
class UploadFiles:
    """Upload what an instance created or changed (final results, or a snapshot while it runs).

    The executor answers with ``executor_uploaded`` carrying ``upload``.
    """

    upload: str
    key: InstanceKey
    bucket: str
    prefix: str
    filter: FileFilter
    final: bool


@attrs.frozen
class ForgetInstance:
    """Nothing more will be asked about this instance: its working directory may be removed."""

    key: InstanceKey


Effect = CreateBucket | PutObject | StartInstance | StopInstance | RefreshResources | UploadFiles | ForgetInstance
