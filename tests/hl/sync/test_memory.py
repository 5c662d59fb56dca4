"""What a large tree costs in memory: a small, fixed amount per file, none of it for contents."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from qarnot_hl._core.etag import etag_of
from qarnot_hl._core.sync_actions import LocalFile, RemoteFile
from qarnot_hl._s3 import sync
from qarnot_hl._s3.index import Index
from qarnot_hl._s3.local_tree import LocalTree
from qarnot_hl._s3.parallel import Stop
from qarnot_hl._s3.place import Place
from qarnot_hl._s3.plane import Plane

FILES = 20_000
NAMES = [f"folder{number % 500:03}/sub/file-{number:06}.dat" for number in range(FILES)]
MTIME = 10**18 + 1


class Bucket:
    """A bucket whose listing is a stream."""

    name = "somewhere"

    def list(self, bucket: str, prefix: str = "", limit: int | None = None) -> Iterator[RemoteFile]:
        for name in NAMES:
            yield RemoteFile(str(name), 4096, etag_of(name.encode()))


def test_a_large_unchanged_tree_costs_less_than_a_kilobyte_a_file(tmp_path: Path) -> None:
    path = str(tmp_path / "index")
    tree = LocalTree({name: LocalFile(f"/data/{name}", 4096, MTIME + n, 1, n) for n, name in enumerate(NAMES)})
    with Index(path) as index:
        for name, file in tree.files.items():
            index.remember(file, 0, etag_of(name.encode()))
    plane: Any = Bucket()
    with Index(path) as index:
        place = Place(cast(Plane, plane), "data", index, Stop(), lambda event: None, time.monotonic)
        tracemalloc.start()
        report = sync.push(place, tree, "", allow_empty=False)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert len(report.unchanged) == FILES
    assert peak < FILES * 1024
