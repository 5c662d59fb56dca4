"""An account as the S3 side sees it: credentials, what it may store, and where. It knows nothing of REST or worlds."""

from __future__ import annotations

import threading

import attrs

from qarnot_mock.storage.store import ObjectStore
from qarnot_mock.storage.uploads import Uploads


@attrs.frozen(eq=False)
class Account:
    """One tenant. ``access_key`` is its e-mail, ``secret_key`` its API token (reference 6); sizes are bytes.

    ``lock`` is held during each operation, so that a condition or a quota holds until its effect is done.
    """

    access_key: str
    secret_key: str = attrs.field(repr=False)
    store: ObjectStore
    uploads: Uploads = attrs.field(factory=Uploads)
    quota_bytes: int = 10 * 1024**3
    max_buckets: int = 100
    lock: threading.RLock = attrs.field(factory=threading.RLock, repr=False)

    def used_bytes(self) -> int:
        """Bytes of all objects and of the parts of unfinished uploads."""
        return sum(bucket.bytes_used for bucket in self.store.buckets()) + self.uploads.bytes_used()
