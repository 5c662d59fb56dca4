"""One tenant on disk: an SQLite file with its commands, how far its effects were performed, and its storage's index.

What was acknowledged survives the death of the process, because everything that belongs to an answer is committed
before the answer leaves. A power cut may lose the latest commits: nothing is synced.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from qarnot_mock.journal import Entry
from qarnot_mock.persistence.birth import Birth
from qarnot_mock.sim.commands import Command, Instant

NAME = "tenant.sqlite3"
FORMAT = 1
"""Raised whenever a file of this version could not be read by the one before."""

_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS about (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    """CREATE TABLE IF NOT EXISTS command (
        ordinal INTEGER PRIMARY KEY, at INTEGER NOT NULL, operation TEXT NOT NULL, arguments TEXT NOT NULL,
        body TEXT NOT NULL, facts TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS progress (
        id INTEGER PRIMARY KEY CHECK (id = 1), performed INTEGER NOT NULL, reached INTEGER NOT NULL)""",
)
_PRAGMAS = ("journal_mode = WAL", "synchronous = OFF", "temp_store = MEMORY")
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_COMMANDS = "SELECT ordinal, at, operation, arguments, body, facts FROM command ORDER BY ordinal"


class DataError(Exception):
    """Data that cannot be used; the message says which, why, and what can be done."""


class TenantFile:
    """The file at ``path``, made when there is none. Raises :class:`DataError` for one that is damaged or foreign.

    ``connection`` serves the storage's index too. Whoever ends a step commits.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._progress: tuple[int, Instant] | None = None
        path.parent.mkdir(parents=True, exist_ok=True)
        self.connection = sqlite3.connect(path, check_same_thread=False, cached_statements=256)
        try:
            self._open()
        except sqlite3.DatabaseError as error:
            self.connection.close()
            raise self._damaged(str(error)) from error
        except DataError:
            self.connection.close()
            raise

    def begin(self, birth: Birth) -> None:
        """Write down a birth; it lasts at once."""
        self.connection.execute("INSERT INTO about VALUES ('birth', ?)", (_ENCODER.encode(birth.to_json()),))
        self.connection.execute("INSERT INTO progress VALUES (1, 0, ?)", (birth.born,))
        self.connection.commit()

    def refill(self, birth: Birth, entries: Iterable[Entry]) -> None:
        """Give a world without commands another birth, and commands; not committed yet."""
        self.connection.execute("UPDATE about SET value = ? WHERE key = 'birth'", (_ENCODER.encode(birth.to_json()),))
        for entry in entries:
            self.append(entry)

    def birth(self) -> Birth | None:
        """What :meth:`begin` wrote; None for a file that is new. Raises :class:`DataError`."""
        row = self._one("SELECT value FROM about WHERE key = 'birth'")
        try:
            return None if row is None else Birth.from_json(json.loads(row[0]))
        except (TypeError, ValueError) as error:
            raise self._damaged(f"what the world was born with cannot be read ({error})") from error

    def append(self, entry: Entry) -> None:
        """One more command, not committed yet."""
        command = entry.command
        texts = map(_ENCODER.encode, (command.arguments, command.body, command.facts))
        values = (entry.order, entry.at, command.operation, *texts)
        self.connection.execute("INSERT INTO command VALUES (?, ?, ?, ?, ?, ?)", values)

    def entries(self) -> Iterator[Entry]:
        """All commands in their order. Raises :class:`DataError` where one is missing or cannot be read."""
        try:
            for expected, (order, at, operation, *texts) in enumerate(self.connection.execute(_COMMANDS)):
                if order != expected:
                    raise self._damaged(f"command {expected} is missing")
                arguments, body, facts = map(json.loads, texts)
                yield Entry(order, at, Command(operation, arguments, body, facts))
        except (sqlite3.DatabaseError, ValueError) as error:
            raise self._damaged(str(error)) from error

    def progress(self, performed: int, reached: Instant) -> None:
        """How many effects of the world are performed, and the time that it has reached; not committed yet."""
        if self._progress != (performed, reached):
            self._progress = performed, reached
            self.connection.execute("UPDATE progress SET performed = ?, reached = ?", (performed, reached))

    def progressed(self) -> tuple[int, Instant]:
        """What :meth:`progress` said last. Raises :class:`DataError`."""
        row = self._one("SELECT performed, reached FROM progress")
        if row is None:
            raise self._damaged("it does not say how far the world came")
        return int(row[0]), int(row[1])

    def commit(self) -> None:
        """Make what was written last, for a tenant whose storage is elsewhere (a store commits by itself)."""
        if self.connection.in_transaction:
            self.connection.commit()

    def close(self) -> None:
        """Close the file; what is not committed is dropped. Idempotent."""
        self.connection.close()

    def _open(self) -> None:
        found = self._one("PRAGMA quick_check(1)")[0]
        if found != "ok":
            raise self._damaged(found)
        tables = {name for (name,) in self.connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if tables and "about" not in tables:
            raise DataError(f"{self.path} is not a tenant of a mock; give --data a directory of its own")
        if tables:
            self._check_format()
        for pragma in _PRAGMAS:
            self.connection.execute(f"PRAGMA {pragma}")
        for statement in _SCHEMA:
            self.connection.execute(statement)
        self.connection.execute("INSERT OR IGNORE INTO about VALUES ('format', ?)", (str(FORMAT),))
        self.connection.commit()

    def _check_format(self) -> None:
        (version,) = self._one("SELECT value FROM about WHERE key = 'format'") or ("unknown",)
        if version != str(FORMAT):
            formats = f"{self.path} has the format {version}, this version of qarnot-mock reads {FORMAT}"
            raise DataError(f"{formats}: use the version that wrote it, or another directory")

    def _one(self, statement: str) -> Any:
        return self.connection.execute(statement).fetchone()

    def _damaged(self, why: str) -> DataError:
        return DataError(
            f"{self.path} is damaged: {why}. Put a copy of it back, or move the directory {self.path.parent} away to "
            "let this tenant begin anew"
        )
