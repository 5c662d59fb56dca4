"""A recorded world: its birth, its commands, how far it came. Read from a data directory, a tenant's file or an export.

Reading changes nothing: of a file it looks at a copy, so that a server may be using it.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import attrs

from qarnot_mock.journal import Entry
from qarnot_mock.persistence.birth import Birth
from qarnot_mock.persistence.tenant_file import NAME, DataError, TenantFile
from qarnot_mock.sim.commands import Command, Instant, Json

EXPORT = "qarnot-mock export"
EXPORT_FORMAT = 1


@attrs.frozen
class Recording:
    """What a world can be rebuilt from. ``name`` is the digest of its tenant."""

    birth: Birth
    entries: Sequence[Entry]
    reached: Instant

    @property
    def name(self) -> str:
        return self.birth.tenant

    def to_json(self) -> dict[str, Json]:
        """As plain data, confidential values included: it must be possible to replay it."""
        commands: list[Json] = [
            {"at": entry.at, **attrs.asdict(entry.command, recurse=False)} for entry in self.entries
        ]
        return {
            "kind": EXPORT,
            "format": EXPORT_FORMAT,
            "birth": self.birth.to_json(),
            "reached": self.reached,
            "commands": commands,
        }


def from_json(value: object, source: str) -> Recording:
    """What :meth:`Recording.to_json` gave. Raises :class:`DataError`, which names ``source``."""
    if not isinstance(value, Mapping) or value.get("kind") != EXPORT:
        raise DataError(f"{source} is no export of a mock: GET /_mock/export makes one")
    if value.get("format") != EXPORT_FORMAT:
        made = f"{source} has the format {value.get('format')}, this version of qarnot-mock reads {EXPORT_FORMAT}"
        raise DataError(f"{made}: use the version that made it")
    try:
        entries = [_entry(order, row) for order, row in enumerate(value["commands"])]
        reached = value["reached"]
        if type(reached) is not int:
            raise TypeError("reached is not an instant")
        return Recording(Birth.from_json(value["birth"]), entries, reached)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DataError(f"{source} is damaged: {type(error).__name__}: {error}. Export it again") from error


def read_recordings(path: Path) -> Sequence[Recording]:
    """The worlds at a path, by name. Raises :class:`DataError`."""
    if path.is_dir():
        files = [path / NAME] if (path / NAME).is_file() else sorted(path.glob(f"*/{NAME}"))
        if not files:
            raise DataError(f"{path} holds no tenant of a mock: name what --data had, or an export")
        return [_of_file(file) for file in files]
    if not path.is_file():
        raise DataError(f"{path} does not exist: name what --data had, one of its tenants, or an export")
    if path.suffix == ".sqlite3":
        return [_of_file(path)]
    return [from_json(_json_of(path), str(path))]


def _of_file(path: Path) -> Recording:
    with _copied(path) as copy:
        try:
            file = TenantFile(copy)
            with contextlib.closing(file):
                birth = file.birth()
                if birth is None:
                    raise DataError(f"{copy} holds a tenant without a world")
                return Recording(birth, list(file.entries()), file.progressed()[1])
        except DataError as error:
            raise DataError(str(error).replace(str(copy.parent), str(path.parent))) from error


@contextlib.contextmanager
def _copied(path: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="qarnot-mock-replay-") as directory:
        copy = Path(directory) / NAME
        try:
            with (
                contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as source,
                contextlib.closing(sqlite3.connect(copy)) as target,
            ):
                source.backup(target)
        except sqlite3.Error as error:
            raise DataError(f"{path} cannot be read: {error}. Put a copy of it back") from error
        yield copy


def _json_of(path: Path) -> object:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"{path} is neither a tenant of a mock nor an export ({error})") from error


def _entry(order: int, row: Mapping[str, Any]) -> Entry:
    if type(row["at"]) is not int or not isinstance(row["operation"], str):
        raise TypeError(f"command {order} has no instant or no operation")
    arguments, facts = cast(Mapping[str, Json], row["arguments"]), cast(Mapping[str, Json], row["facts"])
    return Entry(order, row["at"], Command(row["operation"], arguments, row["body"], facts))
