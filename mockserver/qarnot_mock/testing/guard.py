"""Keeps a test on this machine: whatever would resolve or connect to a name under qarnot.com is refused.

An audit hook sees what goes through ``socket``, whoever calls it; one that has been added stays, so it is switched. Not
seen is what brings a resolver of its own (uvloop).
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

REAL_DOMAIN = "qarnot.com"
_HOST_OF = {
    "socket.getaddrinfo": 0,
    "socket.gethostbyname": 0,
    "socket.connect": 1,
    "socket.sendto": 1,
}
_active = 0
_installed = False


class RealCloudRefused(ConnectionRefusedError):
    """The code under test tried to reach the real cloud."""


def is_real_name(host: object) -> bool:
    """Whether a host is one of the real cloud's."""
    if isinstance(host, tuple):
        host = host[0] if host else None
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if not isinstance(name, str):
        return False
    folded = name.lower().rstrip(".")
    return folded == REAL_DOMAIN or folded.endswith(f".{REAL_DOMAIN}")


@contextlib.contextmanager
def real_cloud_refused() -> Iterator[None]:
    """Refuse for the duration of a ``with`` block, in all threads."""
    global _active, _installed
    if not _installed:
        sys.addaudithook(_refuse)
        _installed = True
    _active += 1
    try:
        yield
    finally:
        _active -= 1


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if _active and event in _HOST_OF and is_real_name(arguments[_HOST_OF[event]]):
        raise RealCloudRefused(
            f"{arguments[_HOST_OF[event]]!r} is the real cloud, out of reach for a test with qarnot_cloud: "
            "clients of httpx, requests and botocore find the cloud of the test there by themselves; another client "
            "finds it on a socket with the qarnot_server fixture"
        )
