"""Certificates on a real socket: the default authorities refuse an unknown one, the settings let it in."""

from __future__ import annotations

import datetime
import http.server
import ipaddress
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from qarnot_hl import exceptions as ex
from qarnot_hl._sync.connection import Connection


class Info(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b'{"email": "someone@example.com"}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1 with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a test")])
    start = datetime.datetime(2020, 1, 1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start.replace(year=2120))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def url(certificate: Path) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Info)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_unknown_certificate_is_refused_at_once_with_the_way_out(url: str) -> None:
    refusal = pytest.raises(ex.ConnectionFailed, match="certificate is not trusted")
    with Connection(cluster_url=url, client_token="t") as connection, refusal as refused:
        _ = connection.user_info
    assert "attempts" not in str(refused.value)
    assert "cluster_custom_certificate" in refused.value.__notes__[0]


def test_a_custom_certificate_lets_it_in(url: str, certificate: Path) -> None:
    with Connection(cluster_url=url, client_token="t", cluster_custom_certificate=str(certificate)) as connection:
        assert connection.user_info.email == "someone@example.com"


def test_unsafe_lets_anything_in(url: str) -> None:
    with Connection(cluster_url=url, client_token="t", cluster_unsafe=True) as connection:
        assert connection.user_info.email == "someone@example.com"
