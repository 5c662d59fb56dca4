"""Chooses and builds the engine of the data plane: our own, or boto3's where a proxy stands between."""

from __future__ import annotations

import ssl
from urllib.parse import urlsplit
from urllib.request import getproxies_environment, proxy_bypass

from qarnot_hl._clock import Clock
from qarnot_hl._core.settings import Settings
from qarnot_hl._core.storage_access import StorageAccess
from qarnot_hl._s3.boto3_plane import Boto3Plane
from qarnot_hl._s3.client import build_client, timeouts
from qarnot_hl._s3.own_plane import OwnPlane, Retries
from qarnot_hl._s3.plane import Plane
from qarnot_hl._s3.transport import HttpTransport, Transport
from qarnot_hl._version import __version__

AGENT = f"qarnot-hl/{__version__}"


def is_proxied(endpoint: str) -> bool:
    """Whether the environment names a proxy for this address."""
    url, proxies = urlsplit(endpoint), getproxies_environment()
    named = proxies.get(url.scheme) or proxies.get("all")
    return bool(named) and not proxy_bypass(url.netloc)


def build_plane(settings: Settings, access: StorageAccess, clock: Clock) -> Plane:
    """The engine to use. No I/O, except that certificates are read."""
    if is_proxied(access.endpoint):
        return Boto3Plane(build_client(settings, access), name_of(access))
    context = _tls_context(settings) if urlsplit(access.endpoint).scheme == "https" else None
    return own_plane(settings, access, clock, HttpTransport(access.endpoint, timeouts(settings), context))


def own_plane(settings: Settings, access: StorageAccess, clock: Clock, transport: Transport) -> OwnPlane:
    """Our engine over a transport."""
    retries = Retries(settings.retry_count, settings.retry_wait, clock.sleep)
    return OwnPlane(access, name_of(access), transport, AGENT, clock.now, retries)


def name_of(access: StorageAccess) -> str:
    """What tells one account's storage from others."""
    return f"{access.endpoint} {access.access_key}"


def _tls_context(settings: Settings) -> ssl.SSLContext:
    from qarnot_hl._http import tls_context

    return tls_context(settings.storage_unsafe, settings.storage_custom_certificate)
