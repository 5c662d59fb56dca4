"""Throw-away certificates: what they prove, and that trust in them only ever adds to what was trusted."""

from __future__ import annotations

import os
import ssl
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme

from qarnot_mock.certificates import bundle_file, make_certificates, merged, trusted_places


@contextmanager
def handshake(server: ssl.SSLContext, authority: bytes, name: str) -> Iterator[ssl.SSLObject]:
    """The client's end of a TLS handshake in memory, in which the server claims to be ``name``."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    trusting = ssl.create_default_context(cadata=authority.decode())
    trusting.verify_flags |= ssl.VERIFY_X509_STRICT  # the default from Python 3.13 on
    client = trusting.wrap_bio(to_client, to_server, server_hostname=name)
    answering = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(4):
        for end in (client, answering):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
    yield client


@pytest.mark.parametrize("name", ["qarnot.com", "api.qarnot.com", "storage.qarnot.com", "a-bucket.storage.qarnot.com"])
def test_the_certificate_proves_the_real_names_to_who_trusts_its_authority(name: str) -> None:
    made = make_certificates()
    with handshake(made.context, made.authority, name) as client:
        assert client.version() in ("TLSv1.2", "TLSv1.3")


@pytest.mark.parametrize("name", ["qarnot.org", "deep.down.qarnot.com", "localhost"])
def test_the_certificate_proves_no_other_name(name: str) -> None:
    made = make_certificates()
    with (
        pytest.raises(ssl.SSLCertVerificationError, match="ostname mismatch"),
        handshake(made.context, made.authority, name),
    ):
        pass


def test_one_run_is_not_trusted_by_the_command_of_another() -> None:
    one, other = make_certificates(), make_certificates()
    with pytest.raises(ssl.SSLCertVerificationError), handshake(one.context, other.authority, "api.qarnot.com"):
        pass


def test_a_bundle_holds_the_authority_first_and_each_other_one_once(tmp_path: Path) -> None:
    ours, file, folded = (trustme.CA().cert_pem.bytes().strip() for _ in range(3))
    (tmp_path / "file.pem").write_bytes(b"a comment\n" + file + b"\n")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "one.0").write_bytes(folded)
    (tmp_path / "folder" / "again.pem").write_bytes(file)
    places = [tmp_path / "file.pem", tmp_path / "not-there.pem", tmp_path / "folder"]
    assert merged(ours, places) == b"\n".join([ours, file, folded, b""])


def test_the_users_own_places_come_before_the_machines() -> None:
    environment = {"SSL_CERT_FILE": "/a.pem", "AWS_CA_BUNDLE": "/b.pem", "SSL_CERT_DIR": f"/c{os.pathsep}/d"}
    places = [str(place) for place in trusted_places(environment)]
    assert places[:4] == ["/a.pem", "/b.pem", "/c", "/d"]
    assert [str(place) for place in trusted_places({})] == places[4:]


def test_the_file_is_the_users_own_and_goes_with_the_block() -> None:
    authority = make_certificates().authority
    with bundle_file(authority, {}) as path:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert path.read_bytes().startswith(authority.strip())
        assert ssl.create_default_context(cafile=str(path)).cert_store_stats()["x509_ca"] >= 1
    assert not path.exists()
