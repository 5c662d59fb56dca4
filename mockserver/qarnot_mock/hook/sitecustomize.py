"""Loaded by Python at start under ``qarnot-mock run``: keeps a script from reaching the real cloud by surprise.

A name under qarnot.com does not resolve; the error says which variable leads to the mock. TLS ends at the
real host, so a connection cannot be led to the mock silently. An existing ``sitecustomize`` runs afterwards.
"""

from __future__ import annotations

import os
import sys
from typing import Any


def _is_real(host: object) -> bool:
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if not isinstance(name, str):
        return False
    name = name.lower().rstrip(".")
    return name == "qarnot.com" or name.endswith(".qarnot.com")


def _guard(mock_url: str) -> None:
    import socket

    resolve = socket.getaddrinfo

    def getaddrinfo(host: Any, *arguments: Any, **options: Any) -> Any:
        if _is_real(host):
            shown = host.decode("ascii", "replace") if isinstance(host, bytes) else host
            text = (
                f"qarnot-mock run: this process tried to reach {shown}, the real cloud. The mock is at {mock_url}: "
                "take the address from QARNOT_CLUSTER_URL (and QARNOT_STORAGE_URL) instead of a configuration file "
                "or an argument, or pass --allow-real to qarnot-mock run."
            )
            print(text, file=sys.stderr, flush=True)
            raise ConnectionRefusedError(text)
        return resolve(host, *arguments, **options)

    socket.getaddrinfo = getaddrinfo


def _chain() -> None:
    """Run the ``sitecustomize`` that this one hides, if there is one."""
    from importlib.machinery import PathFinder
    from importlib.util import module_from_spec

    here = os.path.dirname(os.path.abspath(__file__))
    elsewhere = [entry for entry in sys.path if os.path.abspath(entry or ".") != here]
    spec = PathFinder.find_spec("sitecustomize", elsewhere)
    if spec is not None and spec.loader is not None:
        spec.loader.exec_module(module_from_spec(spec))


if os.environ.get("QARNOT_MOCK_GUARD"):
    _guard(os.environ["QARNOT_MOCK_GUARD"])
_chain()
