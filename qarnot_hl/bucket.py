"""Documented module ``bucket``: files in the account's storage. Re-exports only."""

from __future__ import annotations

from qarnot_hl._core.sync_actions import SyncPlan, SyncReport
from qarnot_hl._s3.report import BucketSyncWarning
from qarnot_hl._sync.bucket import Bucket
from qarnot_hl._sync.bucket_file import BucketFile
from qarnot_hl.advanced_bucket import BucketPathWarning

__all__ = ["Bucket", "BucketFile", "BucketPathWarning", "BucketSyncWarning", "SyncPlan", "SyncReport"]
