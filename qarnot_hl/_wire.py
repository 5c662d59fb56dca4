"""The generated client, set up like a connection of this package: for operations that its objects do not
cover.

An answer of status 400 and above is raised as one of our exceptions before the generated code tries to parse
it, which would fail on a page of a proxy, an unassigned status or an empty body. Requests are sent once:
repeating is the connection's business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qarnot_client import AuthenticatedClient
    from qarnot_hl._http import AsyncHttp, Http


def generated_client(http: Http) -> AuthenticatedClient:
    """For the ``sync_detailed`` of generated operations."""
    return _authenticated(http).set_httpx_client(http.raising_client())


def async_generated_client(http: AsyncHttp) -> AuthenticatedClient:
    """For the ``asyncio_detailed`` of generated operations."""
    return _authenticated(http).set_async_httpx_client(http.raising_client())


def _authenticated(http: Http | AsyncHttp) -> AuthenticatedClient:
    """Without the token, which its repr would show: the transport underneath sends it."""
    from qarnot_client import AuthenticatedClient

    return AuthenticatedClient(base_url=http.settings.cluster_url, token="", prefix="")
