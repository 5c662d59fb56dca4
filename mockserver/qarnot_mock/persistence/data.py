"""The directory of ``--data``: a folder for each tenant, who may enter, and a lock, because one server owns it."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import sqlite3
from collections.abc import Mapping
from pathlib import Path

from qarnot_mock.persistence.tenant_file import NAME, DataError, TenantFile
from qarnot_mock.sim.commands import Instant, Json

_ADVICE = "put a copy of it back, or choose another directory"
SERVER, CREDENTIALS, LOCK = "server.json", "credentials.json", "lock"


class DataDirectory:
    """A directory that this process owns until :meth:`close`. Raises :class:`DataError` when it cannot."""

    def __init__(self, root: Path) -> None:
        self.root = root
        try:
            root.mkdir(parents=True, exist_ok=True)
            foreign = any(root.iterdir()) and not (root / LOCK).exists()
            if foreign:
                raise DataError(f"{root} holds other things; give --data a directory of its own, or one that is empty")
            self._lock = (root / LOCK).open("a+")
        except OSError as error:
            raise DataError(f"cannot use {root} for --data: {error.strerror}") from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.close()
            raise DataError(f"{root} is in use by another qarnot-mock: stop it, or choose another directory") from None
        self._open: dict[str, TenantFile] = {}

    def seed(self, wanted: int | None, drawn: int) -> int:
        """The seed of all that was ever run here; at first the one ``wanted``, or else ``drawn``.

        Raises :class:`DataError` where another is wanted.
        """
        path = self.root / SERVER
        known = _read(path).get("seed")
        if known is None:
            known = drawn if wanted is None else wanted
            _write(path, {"seed": known}, mode=0o644)
        if not isinstance(known, int):
            raise DataError(f"{path} is not what a mock writes: {_ADVICE}")
        if wanted not in (None, known):
            made = f"{self.root} was made with the seed {known}, not {wanted}"
            raise DataError(f"{made}: leave --seed out, or choose another directory")
        return known

    def credentials(self) -> Mapping[str, str]:
        """The tokens of those who have entered, each with its e-mail address."""
        return accounts_of(self.root)

    def admit(self, token: str, email: str) -> None:
        """Remember a token, in a file that only its owner may read."""
        known = self.credentials()
        if known.get(token) != email:
            _write(self.root / CREDENTIALS, {**known, token: email}, mode=0o600)

    def tenant(self, digest: str) -> TenantFile:
        """The file of a tenant; the objects of its storage lie beside it. Raises :class:`DataError`."""
        file = TenantFile(self.root / digest / NAME)
        self._open[digest] = file
        return file

    def objects(self, digest: str) -> Path:
        """Where the contents of a tenant's objects lie."""
        return self.root / digest / "objects"

    def erase(self, digest: str) -> None:
        """Forget all of a tenant but that it may enter."""
        if file := self._open.pop(digest, None):
            file.close()
        shutil.rmtree(self.root / digest, ignore_errors=True)

    def latest(self) -> Instant | None:
        """The latest instant that any world here has reached; None when there is none. A damaged file tells nothing."""
        reached: list[Instant] = []
        for path in self.root.glob(f"*/{NAME}"):
            with contextlib.closing(sqlite3.connect(path)) as file, contextlib.suppress(sqlite3.DatabaseError):
                reached += (instant for (instant,) in file.execute("SELECT reached FROM progress"))
        return max(reached, default=None)

    def close(self) -> None:
        """Give the directory back."""
        for file in self._open.values():
            file.close()
        self._open.clear()
        self._lock.close()


def accounts_of(root: Path | None) -> Mapping[str, str]:
    """Who has entered the servers that had this directory: tokens and e-mail addresses, also while one has it.

    Raises :class:`DataError`.
    """
    return {} if root is None else {token: str(email) for token, email in _read(root / CREDENTIALS).items()}


def _read(path: Path) -> Mapping[str, Json]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise DataError(
            f"{path} cannot be read ({error}): put a copy of it back, or choose another directory"
        ) from error
    if not isinstance(found, dict):
        raise DataError(f"{path} is not what a mock writes: put a copy of it back, or choose another directory")
    return found


def _write(path: Path, value: Mapping[str, Json], *, mode: int) -> None:
    """Whole or not at all, and never readable by more than ``mode`` says."""
    unfinished = path.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(value, file, indent=1, sort_keys=True)
    unfinished.replace(path)
