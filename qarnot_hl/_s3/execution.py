"""Carries out a plan: transfers in parallel, then copies, then deletions, each only as far as it is safe.

What fails is collected and told together at the end, while the rest goes on. Nothing is deleted unless everything
before it succeeded.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias, TypeVar

import attrs
from attrs import evolve

from qarnot_hl._core.part_plan import threads_per_file
from qarnot_hl._core.sync_actions import Copy, Delete, Download, RemoteFile, SyncPlan, SyncReport, Upload
from qarnot_hl._core.sync_events import Began, Ended, Planned
from qarnot_hl._s3 import download, transfer, upload
from qarnot_hl._s3.parallel import run_all
from qarnot_hl._s3.place import Place
from qarnot_hl._s3.report import concluded, keys, unchanged
from qarnot_hl.exceptions import MissingBucketException, QarnotException

Failures: TypeAlias = dict[str, Exception]
Does = TypeVar("Does", Upload, Copy, Download)
Result = TypeVar("Result")


@attrs.define
class _Done:
    """What has been achieved so far; ``etags``, by key, of what was uploaded with the content that was planned."""

    failures: Failures
    uploaded: list[Upload] = attrs.field(factory=list)
    copied: list[Copy] = attrs.field(factory=list)
    downloaded: list[Download] = attrs.field(factory=list)
    deleted: list[str] = attrs.field(factory=list)
    etags: dict[str, str] = attrs.field(factory=dict)


def perform(
    where: Place, verb: str, plan: SyncPlan, skipped: Mapping[str, str], began: float, root: str = ""
) -> SyncReport:
    """Do everything; ``began``: when the planning did; ``root``: where downloads go.

    Raises :class:`TransferException`.
    """
    done = _Done(dict(plan.failures))
    moving = len(plan.uploads) + len(plan.downloads)
    where = evolve(where, parts_at_once=threads_per_file(where.threads, moving))
    where.tell(Planned(moving + len(plan.copies), plan.bytes))
    _upload(where, plan.uploads, done)
    _download(where, plan.downloads, root, done)
    _copy(where, plan.copies, done)
    if not done.failures:
        _delete(where, plan.deletions, done)
    report = SyncReport(
        uploaded=keys(done.uploaded),
        copied=keys(done.copied),
        downloaded=keys(done.downloaded),
        deleted=tuple(done.deleted),
        unchanged=unchanged(plan),
        skipped=skipped,
        bytes=sum(action.local.size for action in done.uploaded) + sum(action.size for action in done.downloaded),
        seconds=where.now() - began,
        failures=done.failures,
    )
    return concluded(verb, where.bucket, report)


def _upload(where: Place, uploads: Iterable[Upload], done: _Done) -> None:
    def send(action: Upload) -> str | None:
        if action.key.endswith("/"):
            return upload.put_bytes(where, action.key, b"").etag
        etag = upload.put_file(where, action.key, action.local)
        return etag if upload.is_still(action.local) else None

    for action, etag in _each(where, send, uploads, done.failures):
        done.uploaded.append(action)
        if etag is not None:
            done.etags[action.key] = etag


def _copy(where: Place, copies: Iterable[Copy], done: _Done) -> None:
    """A copy that fails, or whose source did not go up as it was planned, becomes an upload."""

    def copy(action: Copy) -> None:
        etag = action.etag or done.etags.get(action.source)
        if etag is None:
            raise QarnotException(f"{action.source!r} was not uploaded, or has another content by now")
        transfer.copy(where, action.source, action.key, etag, action.local.size)

    refused: Failures = {}
    done.copied += [action for action, _ in _each(where, copy, copies, refused)]
    again = [Upload(action.key, action.local, "its copy failed") for action in copies if action.key in refused]
    _upload(where, again, done)


def _download(where: Place, downloads: Iterable[Download], root: str, done: _Done) -> None:
    def fetch(action: Download) -> None:
        listed = RemoteFile(action.key, action.size, action.etag, action.last_modified)
        download.fetch_file(where, action.key, os.path.join(root, action.path), listed)

    done.downloaded += [action for action, _ in _each(where, fetch, downloads, done.failures)]


def _delete(where: Place, deletions: Iterable[Delete], done: _Done) -> None:
    def told() -> Iterable[str]:
        for action in deletions:
            where.tell(Began(action))
            yield action.key

    refused = transfer.delete(where, told())
    done.failures.update(refused)
    done.deleted += [action.key for action in deletions if action.key not in refused]


def _each(
    where: Place, function: Callable[[Does], Result], actions: Iterable[Does], failures: Failures
) -> list[tuple[Does, Result]]:
    """Do one thing for every action, in parallel; failures by key."""

    def one(action: Does) -> Result:
        where.tell(Began(action))
        try:
            result = function(action)
        except Exception as error:
            where.tell(Ended(action, error))
            raise
        where.tell(Ended(action))
        return result

    outcomes = run_all(one, actions, where.stop, where.threads)
    failures.update((action.key, error) for action, error in outcomes.failed)
    for _, error in outcomes.failed:
        if isinstance(error, MissingBucketException):
            raise error
    return outcomes.done
