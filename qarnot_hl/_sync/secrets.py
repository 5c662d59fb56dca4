# Generated from qarnot_hl/_async/secrets.py by scripts/unasync.py. Do not edit.
"""The secrets of an account: texts under keys like paths, which tasks may be allowed to read."""

from __future__ import annotations

from qarnot_hl._core.exact_body import exact_body
from qarnot_hl._core.wire_values import lookup, mapping, text, texts
from qarnot_hl._sync.caller import Caller
from qarnot_hl.exceptions import UnexpectedAnswerException


class Secrets:
    """Reading and writing secrets. A ``/`` in a key separates folders; those at its ends do not count.

    Values are never logged. Raises :class:`~qarnot_hl.exceptions.SecretNotFoundException`, ValueError for an empty key.
    """

    def __init__(self, connection: Caller) -> None:
        self._connection = connection

    def get_secret(self, key: str) -> str:
        """The value of a secret."""
        from qarnot_client.api.secrets import secret_get

        body = self._connection._call(secret_get._get_kwargs(_trimmed(key)), "secret_get")
        value = text(lookup(mapping(body), "value"))
        if value is None:
            raise UnexpectedAnswerException(f"the answer about secret {key!r} holds no value")
        return value

    def create_secret(self, key: str, value: str) -> str:
        """Write a new secret; returns its key. Raises :class:`~qarnot_hl.exceptions.SecretConflictException`."""
        from qarnot_client.api.secrets import secret_create
        from qarnot_client.models.secret_write import SecretWrite

        name = _trimmed(key)
        body = exact_body(SecretWrite, {"Value": value})
        self._connection._api.call(secret_create._get_kwargs(name, body=body), "secret_create")
        return name

    def update_secret(self, key: str, value: str) -> None:
        """Give a secret another value."""
        from qarnot_client.api.secrets import secret_update
        from qarnot_client.models.secret_write import SecretWrite

        body = exact_body(SecretWrite, {"Value": value})
        self._connection._api.call(secret_update._get_kwargs(_trimmed(key), body=body), "secret_update")

    def delete_secret(self, key: str) -> None:
        """Delete a secret."""
        from qarnot_client.api.secrets import secret_delete

        self._connection._api.call(secret_delete._get_kwargs(_trimmed(key)), "secret_delete")

    def list_secrets(self, prefix: str, recursive: bool = False) -> list[str]:
        """The keys directly under a prefix, folders with ``/`` at their end.

        ``recursive``: the keys in the folders too, and no folders; one request for each of those.
        """
        if not recursive:
            return self._listed(prefix)
        found: list[str] = []
        pending, seen = [prefix.strip("/")], {prefix.strip("/")}
        while pending:
            for key in self._listed(pending.pop(0)):
                folder = key.strip("/")
                if not key.endswith("/"):
                    found.append(key)
                elif folder not in seen:
                    seen.add(folder)
                    pending.append(folder)
        return found

    def _listed(self, prefix: str) -> list[str]:
        from qarnot_client.api.secrets import secrets_search

        folder = prefix.strip("/")
        body = self._connection._call(secrets_search._get_kwargs(folder), "secrets_search")
        keys = texts(lookup(mapping(body), "keys"))
        return [f"{folder}/{key}" if folder else key for key in keys]


def _trimmed(key: str) -> str:
    """The key as the server knows it. Raises ValueError when nothing is left."""
    name = key.strip("/")
    if not name:
        raise ValueError(f"{key!r} is no key of a secret")
    return name
