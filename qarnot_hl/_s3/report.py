"""Sums up a transfer: the report, the warning about what was left aside, and the one error that tells all failures."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping

from qarnot_hl._core.sync_actions import UNCHANGED, Action, SyncPlan, SyncReport
from qarnot_hl.exceptions import TransferException

SHOWN = 5  # failures and skips that a message lists


class BucketSyncWarning(UserWarning):
    """Entries of a directory that have no form in a bucket were left aside."""


def would_be(plan: SyncPlan, skipped: Mapping[str, str]) -> SyncReport:
    """The report of a plan that is not carried out."""
    return SyncReport(
        uploaded=keys(plan.uploads),
        copied=keys(plan.copies),
        downloaded=keys(plan.downloads),
        deleted=keys(plan.deletions),
        unchanged=unchanged(plan),
        skipped=skipped,
        bytes=plan.bytes,
        dry_run=True,
        failures=plan.failures,
    )


def concluded(verb: str, bucket: str, report: SyncReport) -> SyncReport:
    """The report, if nothing failed. Warns of what was left aside."""
    if report.skipped:
        names = _listed(f"{name!r} ({reason})" for name, reason in report.skipped.items())
        warnings.warn(f"left aside, having no form in a bucket: {names}", BucketSyncWarning, stacklevel=4)
    if report.failures:
        raise _transfer_error(verb, bucket, report)
    return report


def unchanged(plan: SyncPlan) -> tuple[str, ...]:
    """The keys that need nothing."""
    return keys(skip for skip in plan.skips if skip.reason == UNCHANGED)


def keys(actions: Iterable[Action]) -> tuple[str, ...]:
    """The keys of actions, sorted."""
    return tuple(sorted(action.key for action in actions))


def _transfer_error(verb: str, bucket: str, report: SyncReport) -> TransferException:
    failures = report.failures
    listed = _listed(f"{name!r}: {str(error).removeprefix('Error: ')}" for name, error in sorted(failures.items()))
    error = TransferException(
        f"cannot {verb} everything (bucket {bucket!r}); {len(failures)} failed: {listed}",
        object_id=bucket,
        next_step="What is not named here is done. `failures` of this exception holds all of them; repeat the call "
        "to go on where it stopped.",
    )
    error.failures, error.report = failures, report
    return error


def _listed(texts: Iterable[str]) -> str:
    shown = list(texts)
    rest = f" and {len(shown) - SHOWN} more" if len(shown) > SHOWN else ""
    return "; ".join(shown[:SHOWN]) + rest
