"""Which files of a working directory were created or changed since the resources were laid out.

Only those are results (reference 7.3). Pure: it compares what was recorded with what a scan found, and says where
only a look at the content can tell.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs


@attrs.frozen
class FileStat:
    """What a scan tells about a regular file, at no cost."""

    size: int
    mtime_ns: int


@attrs.frozen
class FileMark:
    """What was recorded when a resource was laid out; ``digest`` is of its content."""

    stat: FileStat
    digest: bytes


@attrs.frozen
class Changes:
    """``changed`` are certain; ``touched`` have the recorded size but another time, so their digest decides."""

    changed: tuple[str, ...]
    touched: tuple[str, ...]


def find_changes(baseline: Mapping[str, FileMark], found: Mapping[str, FileStat]) -> Changes:
    """Compare a scan with the recorded marks; paths in order. Deleted files are no result."""
    changed, touched = [], []
    for path in sorted(found):
        mark = baseline.get(path)
        if mark is None or mark.stat.size != found[path].size:
            changed.append(path)
        elif mark.stat != found[path]:
            touched.append(path)
    return Changes(tuple(changed), tuple(touched))
