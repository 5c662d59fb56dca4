"""A whole account as one JSON document, and an empty account made of such a document: its world and its buckets.

The document holds what a replay needs, secrets included, and no token. Multipart uploads in progress stay out of it.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any, cast

import attrs

from qarnot_mock.journal import Journal
from qarnot_mock.persistence.birth import Birth
from qarnot_mock.persistence.rebuilding import rebuild
from qarnot_mock.persistence.recording import Recording, from_json
from qarnot_mock.persistence.tenant_file import DataError, TenantFile
from qarnot_mock.sim.commands import Instant, Json
from qarnot_mock.sim.effects import InstanceKey
from qarnot_mock.storage.names import check_bucket_name
from qarnot_mock.storage.store import ObjectStore, StoreError
from qarnot_mock.tenants import Tenant

SOURCE = "what was sent"


def export(tenant: Tenant, lifecycles: Mapping[str, Json]) -> dict[str, Json]:
    """The document of an account; whoever calls sees to it that nothing happens to it meanwhile."""
    settings, born = tenant.world.origin
    recording = Recording(Birth.of(settings, lifecycles, born), tenant.journal.since(), tenant.world.now)
    return {**recording.to_json(), "buckets": _buckets(tenant.account.store)}


def fill(tenant: Tenant, document: object, lifecycles: Mapping[str, Json], now: Instant) -> Sequence[InstanceKey]:
    """Give an empty account what a document holds, under its own address; the ids stay those of the origin.

    Returns the instances that were with an executor, which do not come along. Raises :class:`DataError`, and then
    nothing has changed.
    """
    given = from_json(document, SOURCE)
    recording = attrs.evolve(given, birth=attrs.evolve(given.birth, email=tenant.identity.email))
    _check(tenant, recording, now)
    replay = rebuild(recording, lifecycles)
    buckets = _parsed(cast(Mapping[str, Any], document).get("buckets"))
    tenant.world, tenant.performed = replay.world, replay.counted
    write = None
    if isinstance(tenant.record, TenantFile):
        tenant.record.refill(recording.birth, recording.entries)
        write = tenant.record.append
    tenant.journal = Journal(recording.entries, write)
    _store(tenant.account.store, buckets)
    return tuple(replay.abroad)


def _check(tenant: Tenant, recording: Recording, now: Instant) -> None:
    if len(tenant.journal) or tenant.account.store.bucket_names():
        raise DataError("this account is not empty: POST /_mock/reset first, or use another token")
    if recording.reached > now:
        behind = (recording.reached - now) / 1_000_000
        raise DataError(f"what was sent is {behind:g} s ahead of the time here: move the time on first, as far as that")
    executor = tenant.world.settings.executor
    if recording.birth.executor != executor:
        raise DataError(f"what was sent needs the executor {recording.birth.executor}, here it is {executor}")


def _buckets(store: ObjectStore) -> Json:
    return [
        {"name": bucket.name, "created": bucket.created, "objects": _objects(store, bucket.name)}
        for bucket in store.buckets()
    ]


def _objects(store: ObjectStore, bucket: str) -> Json:
    return [
        {
            **attrs.asdict(info),
            "content": base64.b64encode(store.get(bucket, info.key)).decode("ascii"),
        }
        for info in store.list(bucket)
    ]


Parsed = Sequence[tuple[str, Instant, Sequence[tuple[Mapping[str, Any], bytes]]]]


def _parsed(buckets: object) -> Parsed:
    """The buckets of a document, checked before any is made. Raises :class:`DataError`."""
    try:
        return [
            (_name(row["name"]), int(row["created"]), [_object(one) for one in row["objects"]])
            for row in cast(Sequence[Mapping[str, Any]], buckets)
        ]
    except (KeyError, TypeError, ValueError, StoreError) as error:
        raise DataError(f"the buckets of {SOURCE} cannot be read: {type(error).__name__}: {error}") from error


def _name(name: object) -> str:
    check_bucket_name(str(name))
    return str(name)


def _object(row: Mapping[str, Any]) -> tuple[Mapping[str, Any], bytes]:
    try:
        content = base64.b64decode(row["content"], validate=True)
    except binascii.Error as error:
        raise ValueError(f"the content of {row['key']} is not base64") from error
    if len(content) != row["size"]:
        raise ValueError(f"the content of {row['key']} has {len(content)} bytes and should have {row['size']}")
    texts = (row["key"], row["etag"], row["content_type"], *row["metadata"].values(), *row["headers"].values())
    if not all(isinstance(text, str) for text in texts):
        raise TypeError(f"an attribute of {row['key']} is not a text")
    return {**row, "last_modified": int(row["last_modified"])}, content


def _store(store: ObjectStore, buckets: Parsed) -> None:
    for name, created, objects in buckets:
        store.create_bucket(name, created)
        for row, content in objects:
            store.put(
                name, row["key"], content, row["last_modified"], etag=row["etag"], content_type=row["content_type"],
                metadata=row["metadata"], headers=row["headers"],
            )  # fmt: skip
