"""Which ``Host`` headers a port answers. A page in a browser must not reach the mock through a name of its own
(DNS rebinding), so foreign names are refused; pure, no name is ever resolved."""

from __future__ import annotations

import ipaddress

import attrs


@attrs.frozen
class HostPolicy:
    """``bound`` is the host the server listens on; a wildcard address answers to every IP literal and to ``names``.

    A ``domain`` is answered with everything below it.
    """

    bound: str
    names: frozenset[str] = frozenset()
    domain: str | None = None

    def allows(self, header: str) -> bool:
        """Judge a ``Host`` header, with or without a port."""
        host = _hostname(header)
        if host in {"localhost", self.bound.lower(), *self.names} or host.endswith(".localhost"):
            return True
        if self.domain is not None and f".{host}".endswith(f".{self.domain}"):
            return True
        address = _address(host)
        bound = _address(self.bound)
        return address is not None and (address.is_loopback or (bound is not None and bound.is_unspecified))


def is_loopback(host: str) -> bool:
    """True for ``localhost`` and loopback addresses: nobody else on the network can connect."""
    address = _address(host)
    return host.lower() == "localhost" or (address is not None and address.is_loopback)


def _hostname(header: str) -> str:
    host = header.strip().lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0] if host.count(":") == 1 else host


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
