"""Synchronises a bucket with a directory, either way: looks at both sides, has ``_core.sync_plan`` decide, and has
``execution`` carry it out, unless only the plan is wanted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from itertools import islice

from attrs import evolve

from qarnot_hl._core.etag import WHOLE, etag_of
from qarnot_hl._core.safe_paths import Placement, Refusal, place
from qarnot_hl._core.sync_actions import LocalFile, RemoteFile, Skip, SyncPlan, SyncReport, Upload
from qarnot_hl._core.sync_plan import (
    changes,
    comparison_layouts,
    copy_layouts,
    plan_download,
    plan_upload,
    possible_twins,
    twin_layouts,
)
from qarnot_hl._s3 import listing, open_uploads
from qarnot_hl._s3.execution import Failures, perform
from qarnot_hl._s3.hashing import Hashes, samples
from qarnot_hl._s3.local_tree import LocalTree, existing
from qarnot_hl._s3.place import Place
from qarnot_hl._s3.report import would_be
from qarnot_hl.exceptions import EmptySourceException, QarnotException, QarnotGenericException

EMPTY = {WHOLE: etag_of(b"")}
FOLDING = frozenset({"darwin", "win32"})  # systems whose file names usually ignore case
BATCH = 2000  # files compared at a time


def add_tree(where: Place, tree: LocalTree, prefix: str, *, dry_run: bool = False) -> SyncReport:
    """Upload everything in a tree; delete nothing and compare nothing."""
    uploads = tuple(Upload(key, file, "new") for key, file in sorted(_as_keys(tree, prefix).items()))
    plan = SyncPlan(uploads=uploads, failures=tree.failures)
    return would_be(plan, tree.skipped) if dry_run else perform(where, "upload", plan, tree.skipped, where.now())


def push(where: Place, tree: LocalTree, prefix: str, *, allow_empty: bool, dry_run: bool = False) -> SyncReport:
    """Make the bucket below ``prefix`` hold exactly the tree."""
    began = where.now()
    plan = plan_push(where, tree, prefix)
    if plan.deletions and not tree.files and not tree.failures and not allow_empty:
        raise _empty_source(where.bucket, prefix, len(plan.deletions))
    if dry_run:
        return would_be(plan, tree.skipped)
    open_uploads.drop_abandoned(where, prefix, {upload.key for upload in plan.uploads})
    return perform(where, "synchronise", plan, tree.skipped, began)


def pull(where: Place, directory: str, prefix: str, *, dry_run: bool = False) -> SyncReport:
    """Fetch what lies below ``prefix`` into a directory, skipping files that are the same already."""
    root, began = os.path.abspath(directory), where.now()
    plan, placement = _plan_pull(where, root, prefix, tidy=not dry_run)
    if dry_run:
        return would_be(plan, {})
    failures: Failures = {}
    _make_directories(root, plan, placement.directories, failures)
    possible = tuple(action for action in plan.downloads if action.key not in failures)
    plan = evolve(plan, downloads=possible, failures={**plan.failures, **failures})
    return perform(where, "download", plan, {}, began, root)


def plan_push(where: Place, tree: LocalTree, prefix: str) -> SyncPlan:
    """What :func:`push` would do."""
    remote = {file.key: file for file in listing.remote_files(where, prefix)}
    local = _as_keys(tree, prefix)
    hashes = Hashes(where.index, where.stop, verify=where.verify)
    for key, file in local.items():
        if key.endswith("/"):
            hashes.add(file.path, EMPTY)
    changed = _changed(hashes, local, remote)
    hashes.find(changed.values(), copy_layouts(changed, remote))
    twins = possible_twins(changed)
    hashes.find(twins, twin_layouts(twins, samples(twins, where.stop)))
    protected = [prefix + name for name in (*tree.skipped, *tree.failures)]
    plan = plan_upload(local, remote, changed, hashes.etags, prefix=prefix, protected=protected)
    aside = (Skip(prefix + name, reason) for name, reason in tree.skipped.items())
    return evolve(plan, skips=(*plan.skips, *aside), failures=tree.failures)


def plan_pull(where: Place, directory: str, prefix: str) -> SyncPlan:
    """What :func:`pull` would do."""
    return _plan_pull(where, os.path.abspath(directory), prefix)[0]


def _plan_pull(where: Place, root: str, prefix: str, *, tidy: bool = False) -> tuple[SyncPlan, Placement]:
    remote = {file.key: file for file in listing.remote_files(where, prefix)}
    placement = place(remote, prefix, windows=os.name == "nt", folds=sys.platform in FOLDING)
    wanted = {path: remote[key] for path, key in placement.files.items()}
    there = existing(root, wanted, tidy=tidy)
    changed = _changed(Hashes(where.index, where.stop, verify=where.verify), there, wanted)
    plan = plan_download(wanted, there, changed)
    return evolve(plan, failures={refusal.name: _refused(refusal) for refusal in placement.refused}), placement


def _changed(hashes: Hashes, local: Mapping[str, LocalFile], remote: Mapping[str, RemoteFile]) -> dict[str, LocalFile]:
    """The files that are missing or other on the remote side; what is known of the others is let go at once."""
    changed: dict[str, LocalFile] = {}
    items = iter(local.items())
    while batch := dict(islice(items, BATCH)):
        pairs = ((file, remote[key]) for key, file in batch.items() if key in remote)
        hashes.find(batch.values(), comparison_layouts(pairs))
        found = changes(batch, remote, hashes.etags)
        hashes.forget(file.path for key, file in batch.items() if key not in found)
        changed.update(found)
    return changed


def _as_keys(tree: LocalTree, prefix: str) -> dict[str, LocalFile]:
    keys = {prefix + name: file for name, file in tree.files.items()}
    return {**keys, **{prefix + name: LocalFile(name, 0) for name in tree.empty_directories}}


def _make_directories(root: str, plan: SyncPlan, directories: Iterable[str], failures: Failures) -> None:
    """Create the directories of the files, and those that exist as keys; one that lies elsewhere fails its files."""
    os.makedirs(root, exist_ok=True)
    marked = set(directories)
    problems: dict[str, Exception] = {}
    for name in sorted({os.path.dirname(action.path) for action in plan.downloads} | marked):
        try:
            _make_directory(root, name)
        except (OSError, QarnotException) as error:
            problems[name] = error
            if name in marked:
                failures[f"{name}/"] = error
    for action in plan.downloads:
        if os.path.dirname(action.path) in problems:
            failures[action.key] = problems[os.path.dirname(action.path)]


def _make_directory(root: str, name: str) -> None:
    path, inside = os.path.join(root, name), os.path.realpath(root)
    if os.path.commonpath([inside, os.path.realpath(path)]) != inside:
        raise QarnotGenericException(f"{path} leads through a link out of the target directory {root}")
    os.makedirs(path, exist_ok=True)


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
