"""Throw-away certificates with which the mock answers for the real names, and what to trust so that clients believe it.

The authority lives as long as one ``run``, and its key is never written. Only what finds the file of
:func:`bundle_file` in its environment trusts it.
"""

from __future__ import annotations

import importlib.util
import os
import re
import ssl
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import attrs
import trustme

NAMES = ("qarnot.com", "*.qarnot.com", "*.storage.qarnot.com")
"""A wildcard stands for one label; the last one is for buckets in the host name."""

BUNDLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""The variables from which OpenSSL (and httpx), requests, boto3 and curl take the authorities to trust."""

_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


@attrs.frozen
class Certificates:
    """``authority`` is the PEM text of the authority, ``context`` what a server proves to be :data:`NAMES` with."""

    authority: bytes
    context: ssl.SSLContext = attrs.field(repr=False)


def make_certificates() -> Certificates:
    """A new authority and one server certificate of it, for :data:`NAMES`."""
    authority = trustme.CA(organization_name="qarnot-mock run")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*NAMES, organization_name="qarnot-mock run").configure_cert(context)
    return Certificates(authority.cert_pem.bytes(), context)


def trusted_places(environment: Mapping[str, str]) -> list[Path]:
    """The files and directories from which clients on this machine would take their authorities, the user's first."""
    given = [environment.get(name, "") for name in BUNDLES] + environment.get("SSL_CERT_DIR", "").split(os.pathsep)
    usual = ssl.get_default_verify_paths()
    places = [*given, usual.cafile, usual.openssl_cafile, _certifi()]
    return [Path(place) for place in dict.fromkeys(filter(None, places))]


def merged(authority: bytes, places: list[Path]) -> bytes:
    """One bundle: an authority, which comes first, and every certificate of the places that can be read."""
    found = [certificate for place in places for certificate in _certificates(place)]
    return b"\n".join([authority.strip(), *dict.fromkeys(found), b""])


@contextmanager
def bundle_file(authority: bytes, environment: Mapping[str, str]) -> Iterator[Path]:
    """A file of what was trusted before and the authority; only the user may read it, and it goes with the block."""
    descriptor, name = tempfile.mkstemp(prefix="qarnot-mock-", suffix=".pem")
    path = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(merged(authority, trusted_places(environment)))
        yield path
    finally:
        path.unlink(missing_ok=True)


def _certificates(place: Path) -> Iterator[bytes]:
    try:
        files = sorted(file for file in place.iterdir() if file.is_file()) if place.is_dir() else [place]
        for file in files:
            yield from _CERTIFICATE.findall(file.read_bytes())
    except OSError:
        return


def _certifi() -> str | None:
    """The bundle that requests and httpx use where nothing else is said."""
    if importlib.util.find_spec("certifi") is None:
        return None
    import certifi

    return certifi.where()
