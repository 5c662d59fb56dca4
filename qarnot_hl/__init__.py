"""A typed SDK for the Qarnot cloud.

Importing this package costs almost nothing: names and documented submodules load when they are first used,
and neither httpx nor boto3 before the first request. ``import qarnot_hl as qarnot`` runs scripts written for
the documented API; the asynchronous flavour is ``qarnot_hl.aio``.
"""

from __future__ import annotations

from importlib import import_module

from qarnot_hl._version import __version__

TYPE_CHECKING = False  # as type checkers see it; importing typing would double the cost of importing this
if TYPE_CHECKING:
    from qarnot_hl import advanced_bucket as advanced_bucket
    from qarnot_hl import aio as aio
    from qarnot_hl import bucket as bucket
    from qarnot_hl import connection as connection
    from qarnot_hl import exceptions as exceptions
    from qarnot_hl import hardware_constraint as hardware_constraint
    from qarnot_hl import job as job
    from qarnot_hl import pool as pool
    from qarnot_hl import scaling as scaling
    from qarnot_hl import scheduling_type as scheduling_type
    from qarnot_hl import secrets as secrets
    from qarnot_hl import status as status
    from qarnot_hl import storage as storage
    from qarnot_hl import task as task
    from qarnot_hl.bucket import Bucket as Bucket
    from qarnot_hl.connection import Connection as Connection
    from qarnot_hl.exceptions import QarnotException as QarnotException
    from qarnot_hl.job import Job as Job
    from qarnot_hl.pool import Pool as Pool
    from qarnot_hl.secrets import Secrets as Secrets
    from qarnot_hl.task import Task as Task

__all__ = [
    "Bucket",
    "Connection",
    "Job",
    "Pool",
    "QarnotException",
    "Secrets",
    "Task",
    "__version__",
    "advanced_bucket",
    "bucket",
    "connection",
    "hardware_constraint",
    "job",
    "pool",
    "scaling",
    "scheduling_type",
    "status",
    "storage",
    "task",
]

NAMES = {
    "Bucket": "qarnot_hl.bucket",
    "Connection": "qarnot_hl.connection",
    "Job": "qarnot_hl.job",
    "Pool": "qarnot_hl.pool",
    "QarnotException": "qarnot_hl.exceptions",
    "Secrets": "qarnot_hl.secrets",
    "Task": "qarnot_hl.task",
}
SUBMODULES = frozenset(
    {
        "advanced_bucket",
        "aio",
        "bucket",
        "budget",
        "carbon_facts",
        "computing_quotas",
        "connection",
        "credits_client",
        "dependency",
        "error",
        "exceptions",
        "filters",
        "forced_constant",
        "forced_network_rule",
        "hardware_constraint",
        "helper",
        "job",
        "multi_slots_settings",
        "paginate",
        "pool",
        "privileges",
        "project",
        "retry_settings",
        "scaling",
        "scheduling_type",
        "secrets",
        "snapshot",
        "status",
        "storage",
        "task",
    }
)


def __getattr__(name: str) -> object:
    """Load a public name or a documented submodule when it is first used (PEP 562)."""
    if name in NAMES:
        return getattr(import_module(NAMES[name]), name)
    if name in SUBMODULES:
        return import_module(f"qarnot_hl.{name}")
    raise AttributeError(f"module 'qarnot_hl' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *NAMES, *SUBMODULES})
