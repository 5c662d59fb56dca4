"""An account as the S3 side sees it: credentials, what it may store, and where. It knows nothing of REST or worlds."""

from __future__ import annotations

import threading
from collections.abc import Callable

import attrs

from qarnot_mock.storage.memory_uploads import MemoryUploads
from qarnot_mock.storage.store import ObjectStore
from qarnot_mock.storage.uploads import Uploads


def _nothing() -> None:
    """A store in memory has nothing to make last."""


@attrs.define(eq=False)
class Account:
    """One tenant. ``access_key`` is its e-mail, ``secret_key`` its API token (reference 6); sizes are bytes.

    The limits are as they were when the account was last looked up: they may change while the server runs.
    ``lock`` is held during each operation, so that a condition or a quota holds until its effect is done. ``commit``
    is called at the end of each, also of a refused one, before the answer leaves: what was done lasts from then on.
    """

    access_key: str
    secret_key: str = attrs.field(repr=False)
    store: ObjectStore
    uploads: Uploads = attrs.Factory(lambda account: MemoryUploads(account.store), takes_self=True)
    quota_bytes: int = 10 * 1024**3
    max_buckets: int = 100
    commit: Callable[[], None] = attrs.field(default=_nothing, repr=False)
    lock: threading.RLock = attrs.field(factory=threading.RLock, repr=False)

    def used_bytes(self) -> int:
        """Bytes of all objects and of the parts of unfinished uploads."""
        return self.store.bytes_used() + self.uploads.bytes_used()
