"""Which client made a request, by the name that it gives itself in ``User-Agent``."""

from __future__ import annotations

OURS, OFFICIAL, SCHEMATHESIS, RAW = "ours", "official package", "schemathesis", "raw"
CLIENTS = (OURS, OFFICIAL, SCHEMATHESIS, RAW)

_BY_PREFIX = {
    "qarnot-hl/": OURS,
    "qarnot-sdk-python/": OFFICIAL,
    "schemathesis/": SCHEMATHESIS,
}


def client_of(user_agent: str) -> str:
    """One of :data:`CLIENTS`; raw is everybody who is none of the others: httpx, requests, curl, a test by hand."""
    folded = user_agent.lower()
    return next((client for prefix, client in _BY_PREFIX.items() if folded.startswith(prefix)), RAW)
