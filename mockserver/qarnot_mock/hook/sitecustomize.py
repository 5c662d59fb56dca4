"""Loaded by Python at start under ``qarnot-mock run``: connections to the real cloud end at the mock, with a warning,
and where the run has a time of its own, this process has it too (``qarnot_mock_time``).

Names under qarnot.com resolve to loopback addresses that stand for a service, and a connect to such an address goes to
the mock's TLS port, whose certificate the environment and this module make trusted. What takes another way through
``socket`` is refused. uvloop, which goes around it, is treated alike when it is imported. Not seen are other resolvers
outside ``socket``, proxies named in code, and interpreters that skip ``site`` (-I, -S, -E). An existing
``sitecustomize`` runs afterwards.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # As typing's, without loading it into every Python process.
if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any, NoReturn

DOMAIN = "qarnot.com"
STORAGE_NAME = f"storage.{DOMAIN}"
REST, STORAGE = "127.113.97.1", "127.113.97.2"
"""Addresses that stand for a service between its name's resolution and the connect. Nothing listens there, so that
whatever connects past this module stays on the machine."""

HTTPS = 443
END = "-----END CERTIFICATE-----"
HOST_OF = {"socket.getaddrinfo": 0, "socket.gethostbyname": 0, "socket.connect": 1, "socket.sendto": 1}
"""Audit events that name a host, and which of their arguments does. The last two come after the name was resolved."""


def _real_name(host: object) -> str | None:
    """The name of a host of the real cloud, or None."""
    if isinstance(host, tuple):
        host = host[0] if host else None
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if not isinstance(name, str):
        return None
    folded = name.lower().rstrip(".")
    return folded if folded == DOMAIN or folded.endswith(f".{DOMAIN}") else None


def _service(name: str) -> str | None:
    """The address that stands for the service behind a real name; None for one that no certificate covers."""
    labels = name.split(".")[:-2]
    if labels[-1:] == ["storage"] and len(labels) <= 2:
        return STORAGE
    return REST if len(labels) <= 1 else None


class Guide:
    """Decides where connections go, and tells the person once for each name."""

    def __init__(self, mock_url: str, rest_port: int, storage_port: int) -> None:
        self.mock_url = mock_url
        self.ports = {REST: rest_port, STORAGE: storage_port}
        self._names: dict[str, str] = {}
        self._told: set[str] = set()

    def resolved(self, host: Any) -> Any:
        """The host to resolve instead of ``host``: an address of ours for a real name, else itself.

        Raises ``ConnectionRefusedError`` for a real name that no certificate covers.
        """
        name = _real_name(host)
        if name is None:
            return host
        service = _service(name)
        if service is None:
            self.refuse(name)
        self._names[service] = name
        shown = STORAGE_NAME if service == STORAGE else name
        if shown not in self._told:
            self._told.add(shown)
            _say(f"{shown} leads to the mock at {self.mock_url} in this process (--allow-real lifts this)")
        return service

    def target(self, address: Any) -> Any:
        """Where a connect to ``address`` goes. Raises ``ConnectionRefusedError`` for a port other than HTTPS."""
        if not isinstance(address, tuple) or len(address) < 2:
            return address
        service = self.resolved(address[0])
        if not isinstance(service, str) or service not in self.ports:
            return address
        if address[1] != HTTPS:
            self.refuse(f"port {address[1]} of {self._names.get(service, service)}")
        return "127.0.0.1", self.ports[service]

    def refuse(self, place: str) -> NoReturn:
        """Say on stderr and by an exception that a place is out of reach, and what to do."""
        text = (
            f"this process tried to reach {place}, the real cloud, in a way that cannot lead to the mock, which is at "
            f"{self.mock_url}: take the address from QARNOT_CLUSTER_URL (and QARNOT_STORAGE_URL), or pass "
            "--allow-real to qarnot-mock run."
        )
        _say(text)
        raise ConnectionRefusedError(f"qarnot-mock run: {text}")

    def refuse_real_names(self, event: str, arguments: tuple[object, ...]) -> None:
        """The audit hook behind the replaced functions: what still names a real host has gone around them."""
        if event in HOST_OF and (name := _real_name(arguments[HOST_OF[event]])) is not None:
            self.refuse(name)


def _install(guide: Guide) -> None:
    import socket
    from functools import wraps

    def first_replaced(function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def replaced(host: Any, *others: Any, **named: Any) -> Any:
            return function(guide.resolved(host), *others, **named)

        return replaced

    def redirected(method: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(method)
        def connect(self: socket.socket, address: Any, /) -> Any:
            return method(self, guide.target(address))

        return connect

    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
        setattr(socket, name, first_replaced(getattr(socket, name)))
    for name in ("connect", "connect_ex"):
        setattr(socket.socket, name, redirected(getattr(socket.socket, name)))
    sys.addaudithook(guide.refuse_real_names)
    _when_imported("uvloop", lambda uvloop: _install_in_loop(guide, uvloop.Loop))


def _install_in_loop(guide: Guide, loop: Any) -> None:
    """Do for an event loop with a resolver and sockets of its own what is done for ``socket``."""
    look_up, connect = loop.getaddrinfo, loop.create_connection

    async def getaddrinfo(self: Any, host: Any, *others: Any, **named: Any) -> Any:
        return await look_up(self, guide.resolved(host), *others, **named)

    async def create_connection(self: Any, factory: Any, host: Any = None, port: Any = None, **named: Any) -> Any:
        if named.get("ssl") and named.get("server_hostname") is None and _real_name(host):
            named["server_hostname"] = host  # Whom TLS must prove; the loop would take the address.
        return await connect(self, factory, *guide.target((host, port)), **named)

    loop.getaddrinfo, loop.create_connection = getaddrinfo, create_connection


def _when_imported(name: str, change: Callable[[Any], None]) -> None:
    """Change a module as soon as it is there, without importing it into processes that do not need it."""
    if name in sys.modules:
        change(sys.modules[name])
    else:
        sys.meta_path.insert(0, WhenImported(name, change))


class WhenImported:
    """A finder of one module: it is loaded as ever, and then given to ``change``."""

    def __init__(self, name: str, change: Callable[[Any], None]) -> None:
        self.name = name
        self.change = change

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """The specification that the other finders have for the module, once; None for any other."""
        if name != self.name:
            return None
        from importlib.util import find_spec

        sys.meta_path.remove(self)
        spec = find_spec(name)
        if spec is None or spec.loader is None:
            return None
        load = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            load(module)
            self.change(module)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def _trust(context: Any, bundle: str) -> None:
    """Let a class of TLS contexts add the first authority of a bundle to whatever file of authorities it loads.

    The variables do not suffice: the official package has boto3 take certifi's file whatever they say.
    """
    load = context.load_verify_locations

    def load_with_ours(self: Any, *places: Any, **named: Any) -> None:
        load(self, *places, **named)
        try:
            with open(bundle, encoding="ascii") as file:
                authority = file.read().partition(END)[0] + END
        except OSError:
            return  # The run is over, and with it the mock.
        load(self, cadata=authority)

    context.load_verify_locations = load_with_ours


def _say(text: str) -> None:
    if sys.stderr is not None:
        print(f"qarnot-mock run: {text}", file=sys.stderr, flush=True)


def _chain() -> None:
    """Run the ``sitecustomize`` that this one hides, if there is one."""
    from importlib.machinery import PathFinder
    from importlib.util import module_from_spec

    here = os.path.dirname(os.path.abspath(__file__))
    elsewhere = [entry for entry in sys.path if os.path.abspath(entry or ".") != here]
    spec = PathFinder.find_spec("sitecustomize", elsewhere)
    if spec is not None and spec.loader is not None:
        spec.loader.exec_module(module_from_spec(spec))


if os.environ.get("QARNOT_MOCK_TIME"):
    # First: what the others import is to find the replaced functions.
    import qarnot_mock_time  # type: ignore[import-not-found]  # It lies beside this file.

    qarnot_mock_time.install(os.environ["QARNOT_MOCK_TIME"], _when_imported)
if os.environ.get("QARNOT_MOCK_GUARD"):
    _url, _rest, _storage, _bundle = os.environ["QARNOT_MOCK_GUARD"].split(maxsplit=3)
    _install(Guide(_url, int(_rest), int(_storage)))
    _when_imported("ssl", lambda ssl: _trust(ssl.SSLContext, _bundle))
_chain()
