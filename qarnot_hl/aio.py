"""The asynchronous flavour: the same classes and methods, to be awaited. Re-exports only.

What is a property with I/O in the blocking flavour is an awaitable method here: ``await connection.user_info()``.
"""

from __future__ import annotations

from qarnot_hl._async.bucket import AsyncBucket
from qarnot_hl._async.connection import AsyncConnection
from qarnot_hl._async.job import AsyncJob
from qarnot_hl._async.pool import AsyncPool
from qarnot_hl._async.secrets import AsyncSecrets
from qarnot_hl._async.task import AsyncTask

__all__ = ["AsyncBucket", "AsyncConnection", "AsyncJob", "AsyncPool", "AsyncSecrets", "AsyncTask"]
