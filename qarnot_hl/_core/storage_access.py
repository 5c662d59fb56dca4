"""What reaching the bucket storage takes. Data only."""

from __future__ import annotations

from attrs import field, frozen


@frozen
class StorageAccess:
    """Endpoint and credentials of the storage: the account's e-mail and token (reference 6). The secret never
    shows.
    """

    endpoint: str
    access_key: str
    secret_key: str = field(repr=False)
