"""The data sets: trees of files of one size, made of bytes that depend on nothing but their place and generation."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import attrs

BLOCK = 1024 * 1024


@attrs.frozen
class DataSet:
    """``files`` of ``size`` bytes in ``folders``; ``changed`` of them are rewritten for the case of few changes."""

    files: int
    size: int
    folders: int
    changed: int

    def paths(self) -> Iterator[str]:
        """The names of all files, relative to the tree."""
        for number in range(self.files):
            yield f"folder-{number % self.folders:03}/file-{number:05}.bin"

    def write(self, root: Path) -> None:
        """Make the tree."""
        for path in self.paths():
            _write(root / path, f"0 {path}", self.size)

    def change(self, root: Path, generation: int) -> None:
        """Give some files, spread over the folders, another content of the same size."""
        step = self.files // self.changed
        for path in list(self.paths())[::step][: self.changed]:
            _write(root / path, f"{generation} {path}", self.size)


DATA_SETS: Mapping[str, DataSet] = {
    "S": DataSet(files=5000, size=4096, folders=50, changed=50),
    "M": DataSet(files=200, size=1024 * 1024, folders=10, changed=2),
    "L": DataSet(files=4, size=256 * 1024 * 1024, folders=1, changed=1),
}


def _write(path: Path, seed: str, size: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        for start in range(0, size, BLOCK):
            wanted = min(BLOCK, size - start)
            file.write(hashlib.shake_128(f"{seed} {start}".encode()).digest(min(wanted, 4096)) * -(-wanted // 4096))
