"""Loaded by Python at start under ``qarnot-mock run``: keeps a script from reaching the real cloud by surprise.

Looking up or connecting to a name under qarnot.com is an error that says which variable leads to the mock. It is not
redirected: TLS is checked against the real name, which the mock cannot prove to be. Not seen are resolvers outside
the ``socket`` module (uvloop's) and interpreters that skip ``site`` (-I, -S, -E). An existing ``sitecustomize`` runs
afterwards.
"""

from __future__ import annotations

import os
import sys

HOST_OF = {"socket.getaddrinfo": 0, "socket.gethostbyname": 0, "socket.connect": 1}
"""Audit events that name a host, and which of their arguments does. A connect is seen after its name was resolved."""


def _real_name(host: object) -> str | None:
    """The name of a host of the real cloud, or None."""
    if isinstance(host, tuple):
        host = host[0] if host else None
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if not isinstance(name, str):
        return None
    folded = name.lower().rstrip(".")
    return name if folded == "qarnot.com" or folded.endswith(".qarnot.com") else None


def _guard(mock_url: str) -> None:
    def refuse_real_hosts(event: str, arguments: tuple[object, ...]) -> None:
        if event not in HOST_OF:
            return
        name = _real_name(arguments[HOST_OF[event]])
        if name is None:
            return
        text = (
            f"qarnot-mock run: this process tried to reach {name}, the real cloud. The mock is at {mock_url}: take "
            "the address from QARNOT_CLUSTER_URL (and QARNOT_STORAGE_URL) instead of a configuration file or an "
            "argument, or pass --allow-real to qarnot-mock run."
        )
        print(text, file=sys.stderr, flush=True)
        raise ConnectionRefusedError(text)

    sys.addaudithook(refuse_real_hosts)


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
