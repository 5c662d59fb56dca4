"""Carries out what ``_core.sync_plan`` decides: a directory into a bucket, a bucket into a directory.

Files go in parallel; what fails is collected and raised together at the end. Uploads come before deletions, and
nothing is deleted unless everything before it succeeded. A download never leaves the target directory, not through
links either.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Collection, Iterable, Mapping
from functools import partial
from typing import TypeAlias

from qarnot_hl._core.etag import etag_of
from qarnot_hl._core.safe_paths import Refusal, place
from qarnot_hl._core.sync_plan import (
    Copy,
    Delete,
    Download,
    LocalFile,
    RemoteFile,
    Skip,
    SyncReport,
    Upload,
    UploadPlan,
    download_layouts,
    plan_download,
    plan_upload,
    upload_layouts,
)
from qarnot_hl._s3 import listing, transfer
from qarnot_hl._s3.errors import translated
from qarnot_hl._s3.local_tree import LocalTree, etags, local_file
from qarnot_hl._s3.parallel import run_all
from qarnot_hl._s3.place import Place
from qarnot_hl._s3.progress import Callback
from qarnot_hl._s3.protocols import S3Client
from qarnot_hl.exceptions import (
    EmptySourceException,
    MissingBucketException,
    QarnotException,
    QarnotGenericException,
    TransferException,
)

Failures: TypeAlias = dict[str, Exception]
EMPTY = frozenset({etag_of(b"")})
SHOWN = 5  # failures and skips that a message lists


class BucketSyncWarning(UserWarning):
    """Entries of a directory that have no form in a bucket were left aside."""


def remote_files(client: S3Client, bucket: str, prefix: str = "") -> list[RemoteFile]:
    """The objects below a prefix. Raises :class:`MissingBucketException`."""
    with translated("list files", bucket):
        return list(listing.objects(client, bucket, prefix))


def add_tree(where: Place, tree: LocalTree, prefix: str) -> SyncReport:
    """Upload everything in a tree; delete nothing and compare nothing."""
    failures: Failures = dict(tree.failures)
    uploads = [Upload(key, file, "new") for key, file in _as_keys(tree, prefix).items()]
    uploaded = _carry_out(where, uploads, failures)
    return _conclude("upload", where, failures, SyncReport(uploaded=_keys(uploaded), skipped=tree.skipped))


def push(where: Place, tree: LocalTree, prefix: str, *, allow_empty: bool) -> SyncReport:
    """Make the bucket below ``prefix`` hold exactly the tree."""
    failures: Failures = dict(tree.failures)
    remote = remote_files(where.client, where.bucket, prefix)
    local = _as_keys(tree, prefix)
    hashed = _hashed(where, upload_layouts(local.values(), remote))
    hashed.update({file.path: EMPTY for key, file in local.items() if key.endswith("/")})
    protected = [prefix + name for name in (*tree.skipped, *tree.failures)]
    plan = plan_upload(local, remote, hashed, prefix=prefix, protected=protected)
    if plan.deletions and not tree.files and not failures and not allow_empty:
        raise _empty_source(where.bucket, prefix, len(plan.deletions))
    return _perform(where, plan, failures, tree.skipped)


def pull(where: Place, directory: str, prefix: str, report: Callback) -> SyncReport:
    """Fetch what lies below ``prefix`` into a directory, skipping files that are the same already."""
    remote = {file.key: file for file in remote_files(where.client, where.bucket, prefix)}
    placement = place(remote, prefix, windows=os.name == "nt")
    failures: Failures = {refusal.name: _refused(refusal) for refusal in placement.refused}
    root = os.path.abspath(directory)
    wanted = {path: remote[key] for path, key in placement.files.items()}
    _make_directories(root, wanted, placement.directories, failures)
    wanted = {path: file for path, file in wanted.items() if file.key not in failures}
    existing = {path: file for path in wanted if (file := local_file(os.path.join(root, path)))}
    hashed = _hashed(where, download_layouts(wanted, existing))
    plan = plan_download(wanted, existing, hashed)

    def fetch(action: Download) -> None:
        where.say(f"Download: {action.key} -> {action.path} ({action.reason})")
        target = os.path.join(root, action.path)
        transfer.fetch_file(where.client, where.bucket, action.key, target, report, where.stop)

    outcomes = run_all(fetch, [action for action in plan if isinstance(action, Download)], where.stop)
    failures.update((action.key, error) for action, error in outcomes.failed)
    done = SyncReport(
        downloaded=_keys(action for action, _ in outcomes.done),
        unchanged=_keys(action for action in plan if isinstance(action, Skip)),
    )
    return _conclude("download", where, failures, done)


def _as_keys(tree: LocalTree, prefix: str) -> dict[str, LocalFile]:
    keys = {prefix + name: file for name, file in tree.files.items()}
    return {**keys, **{prefix + name: LocalFile(name, 0) for name in tree.empty_directories}}


def _hashed(where: Place, wanted: Mapping[str, Collection[int]]) -> dict[str, frozenset[str]]:
    """The ETags of local files by path. One that cannot be read will fail to upload, or be downloaded anew."""
    outcomes = run_all(lambda path: etags(path, wanted[path]), wanted, where.stop)
    return dict(outcomes.done)


def _perform(where: Place, plan: UploadPlan, failures: Failures, skipped: Mapping[str, str]) -> SyncReport:
    done = _carry_out(where, plan.transfers, failures)
    # A duplicate of a file that failed must not copy what was there before it.
    duplicates = [
        Upload(copy.key, copy.local, copy.reason) if copy.source in failures else copy for copy in plan.duplicates
    ]
    done += _carry_out(where, duplicates, failures)
    deleted = [] if failures else _delete(where, plan.deletions, failures)
    report = SyncReport(
        uploaded=_keys(action for action in done if isinstance(action, Upload)),
        copied=_keys(action for action in done if isinstance(action, Copy)),
        deleted=tuple(deleted),
        unchanged=_keys(plan.skips),
        skipped=skipped,
    )
    return _conclude("synchronise", where, failures, report)


def _carry_out(where: Place, actions: Iterable[Upload | Copy], failures: Failures) -> list[Upload | Copy]:
    """Run the actions in parallel; returns those that succeeded, as they turned out."""
    outcomes = run_all(partial(_store, where), actions, where.stop)
    failures.update((action.key, error) for action, error in outcomes.failed)
    for _, error in outcomes.failed:
        if isinstance(error, MissingBucketException):
            raise error
    return [stored for _, stored in outcomes.done]


def _store(where: Place, action: Upload | Copy) -> Upload | Copy:
    if isinstance(action, Copy):
        where.say(f"Copy {action.source} to {action.key}")
        try:
            transfer.copy(where.client, where.bucket, action.source, action.key, action.etag, action.local.size)
        except QarnotException:
            return _store(where, Upload(action.key, action.local, "its copy failed"))
        return action
    where.say(f"Upload: {action.local.path} -> {action.key} ({action.reason})")
    if action.key.endswith("/"):
        transfer.put_bytes(where.client, where.bucket, action.key, b"")
    else:
        transfer.put_file(where.client, where.bucket, action.key, action.local, where.stop)
    return action


def _delete(where: Place, deletions: Iterable[Delete], failures: Failures) -> list[str]:
    keys = [action.key for action in deletions]
    for key in keys:
        where.say(f"Remove: {key}")
    refused = transfer.delete(where.client, where.bucket, ({"Key": key} for key in keys))
    failures.update(refused)
    return [key for key in keys if key not in refused]


def _make_directories(
    root: str, wanted: Mapping[str, RemoteFile], directories: Iterable[str], failures: Failures
) -> None:
    """Create the directories of the files, and those that exist as keys; one that lies elsewhere fails its files."""
    os.makedirs(root, exist_ok=True)
    problems: dict[str, Exception] = {}
    for name in sorted({os.path.dirname(path) for path in wanted} | set(directories)):
        try:
            _make_directory(root, name)
        except (OSError, QarnotException) as error:
            problems[name] = error
            if name in directories:
                failures[f"{name}/"] = error
    for path, file in wanted.items():
        if os.path.dirname(path) in problems:
            failures[file.key] = problems[os.path.dirname(path)]


def _make_directory(root: str, name: str) -> None:
    path, inside = os.path.join(root, name), os.path.realpath(root)
    if os.path.commonpath([inside, os.path.realpath(path)]) != inside:
        raise QarnotGenericException(f"{path} leads through a link out of the target directory {root}")
    os.makedirs(path, exist_ok=True)


def _conclude(verb: str, where: Place, failures: Failures, report: SyncReport) -> SyncReport:
    if report.skipped:
        names = _listed(f"{name!r} ({reason})" for name, reason in report.skipped.items())
        warnings.warn(f"left aside, having no form in a bucket: {names}", BucketSyncWarning, stacklevel=4)
    if failures:
        raise _transfer_error(verb, where.bucket, failures, report)
    return report


def _transfer_error(verb: str, bucket: str, failures: Failures, report: SyncReport) -> TransferException:
    listed = _listed(f"{name!r}: {str(error).removeprefix('Error: ')}" for name, error in sorted(failures.items()))
    error = TransferException(
        f"cannot {verb} everything (bucket {bucket!r}); {len(failures)} failed: {listed}",
        object_id=bucket,
        next_step="What is not named here is done. `failures` of this exception holds all of them; repeat the call "
        "to go on where it stopped.",
    )
    error.failures, error.report = failures, report
    return error


def _empty_source(bucket: str, prefix: str, deletions: int) -> EmptySourceException:
    place_name = f"{prefix!r} of bucket {bucket!r}" if prefix else f"bucket {bucket!r}"
    return EmptySourceException(
        f"there is no file to synchronise, and {deletions} would be deleted from {place_name}",
        object_id=bucket,
        next_step="Check the source; to delete them all the same, pass allow_empty=True.",
    )


def _refused(refusal: Refusal) -> QarnotGenericException:
    return QarnotGenericException(
        f"its key {refusal.reason}", object_id=refusal.name, next_step="Fetch it with get_file(key, local=...)."
    )


def _keys(actions: Iterable[Upload | Copy | Delete | Download | Skip]) -> tuple[str, ...]:
    return tuple(sorted(action.key for action in actions))


def _listed(texts: Iterable[str]) -> str:
    shown = list(texts)
    rest = f" and {len(shown) - SHOWN} more" if len(shown) > SHOWN else ""
    return "; ".join(shown[:SHOWN]) + rest
