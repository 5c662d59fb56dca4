"""A connection in a forked process: parent and child go on with connections and chance of their own."""

from __future__ import annotations

import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

SCRIPT = """
import os, random, sys
from qarnot_hl import Connection

connection = Connection(cluster_url=sys.argv[1], client_token="t")
assert connection.user_info.email == "first"
child = os.fork()
if child == 0:
    # Had the child used its parent's socket, the two answers would be mixed up.
    os._exit(0 if connection.user_info.email == "first" else 3)
assert connection.user_info.email == "first"
assert os.waitpid(child, 0)[1] == 0
connection.close()
"""


class Server(http.server.ThreadingHTTPServer):
    clients: set[int]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        self.server.clients.add(self.client_address[1])
        body = b'{"email": "first"}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server(("127.0.0.1", 0), Handler)
    server.clients = set()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_parent_and_child_use_different_sockets(server: Server) -> None:
    command = [sys.executable, "-c", SCRIPT, f"http://127.0.0.1:{server.server_port}"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    assert len(server.clients) == 2
