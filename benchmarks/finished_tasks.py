"""A server that lists ten thousand finished tasks from bytes prepared beforehand, for the benchmark ``listing``: what
the server does then costs the same whoever asks, and next to nothing.

One task is run on a mock in virtual time; the others are it under other names and uuids.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from qarnot_mock.assemble import build_cloud
from qarnot_mock.clock import SECOND, VirtualClock
from qarnot_mock.messages import Request

TASKS = 10_000
PAGE = 500
DEFINITION = {
    "name": "benchmark",
    "profile": "docker-batch",
    "instanceCount": 4,
    "constants": [{"key": "DOCKER_REPO", "value": "library/alpine"}, {"key": "DOCKER_CMD", "value": "echo hello"}],
    "tags": ["benchmark", "listing"],
    "labels": {"team": "rendering"},
}


def finished_task() -> dict[str, Any]:
    """A full task of four instances, as the server tells it after success."""
    clock = VirtualClock()
    cloud = build_cloud(seed=1, clock=clock)
    headers = (("authorization", "benchmark-token"), ("content-type", "application/json"))

    def call(method: str, path: str, content: bytes = b"") -> Any:
        return json.loads(cloud.rest(Request(method, path, "", headers, content)).body)

    uuid = call("POST", "/tasks", json.dumps(DEFINITION).encode())["uuid"]
    clock.advance(60 * SECOND)
    found: dict[str, Any] = call("GET", f"/tasks/{uuid}")
    cloud.close()
    assert found["state"] == "Success", found
    return found


def pages(task: dict[str, Any]) -> Iterator[bytes]:
    """The bodies of all pages, in order; the token of a page is its number."""
    for number in range(TASKS // PAGE):
        indices = range(number * PAGE, (number + 1) * PAGE)
        data = [{**task, "name": f"task {i}", "uuid": f"{i:08x}-0000-4000-8000-000000000000"} for i in indices]
        more = indices.stop < TASKS
        page = {"data": data, "isTruncated": more, "nextToken": str(number + 1) if more else None, "count": PAGE}
        yield json.dumps(page).encode()


class Listing(BaseHTTPRequestHandler):
    """Answers ``POST /tasks/paginate``, and any other POST, with the page that is asked for."""

    protocol_version = "HTTP/1.1"
    bodies: list[bytes]

    def do_POST(self) -> None:
        wanted = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        body = self.bodies[int(wanted.get("token") or 0)]
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: a log costs time."""


def main() -> None:
    """Serve until SIGTERM; the first line on stdout is ``ready URL storage -``."""
    Listing.bodies = list(pages(finished_task()))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Listing)
    print(f"ready http://127.0.0.1:{server.server_port} storage -", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
