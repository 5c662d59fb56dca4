"""Scaled time for commands in any language, where libfaketime is installed (Debian: the package ``faketime``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from qarnot_mock.clock import SECOND
from qarnot_mock.sim.commands import Instant

PLACES = (
    "/usr/lib/*/faketime/libfaketimeMT.so.1",
    "/usr/lib*/faketime/libfaketimeMT.so.1",
    "/usr/local/lib/faketime/libfaketimeMT.so.1",
)
"""Where it is installed; the variant for programs with threads, which serves others too."""


def find_library(places: Sequence[str] = PLACES) -> Path | None:
    """The library, or None."""
    return next((found for place in places for found in sorted(Path("/").glob(place.lstrip("/")))), None)


def faketime_environment(library: Path, factor: float, now: Instant, inherited: Mapping[str, str]) -> dict[str, str]:
    """The variables under which a command that starts now, and what it starts, has the mock's time: whole seconds."""
    preload = " ".join(filter(None, (str(library), inherited.get("LD_PRELOAD"))))
    return {
        "LD_PRELOAD": preload,
        "FAKETIME_FMT": "%s",
        "FAKETIME": f"@{now // SECOND} x{factor:g}",
        "FAKETIME_DONT_RESET": "1",
    }
