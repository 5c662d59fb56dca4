"""A small closed-loop load generator: N keep-alive connections on loopback, each with one request under way.

It speaks just enough HTTP/1.1 for servers that send ``Content-Length`` or chunked bodies, so that the client is not
the limit.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import attrs


@attrs.frozen
class Load:
    """What one run measured. Latencies are in milliseconds."""

    requests: int
    seconds: float
    p50: float
    p99: float
    failures: int

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.requests / self.seconds


def http_request(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """The bytes of one request."""
    lines = [f"{method} {path} HTTP/1.1", *(f"{k}: {v}" for k, v in headers.items())]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


async def read_response(reader: asyncio.StreamReader) -> int:
    """Read one response whole and return its status."""
    head = await reader.readuntil(b"\r\n\r\n")
    lower = head.lower()
    if b"transfer-encoding: chunked" in lower:
        while (size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16)) > 0:
            await reader.readexactly(size + 2)
        await reader.readexactly(2)
    elif (at := lower.find(b"content-length:")) >= 0:
        await reader.readexactly(int(lower[at + 15 : lower.index(b"\r\n", at)]))
    return int(head[9:12])


async def _connection(port: int, make: Callable[[int], bytes], until: float, times: list[float]) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    failures = number = 0
    while (began := time.perf_counter()) < until:
        writer.write(make(number))
        status = await read_response(reader)
        times.append(time.perf_counter() - began)
        failures += status >= 400
        number += 1
    writer.close()
    return failures


async def _run(port: int, make: Callable[[int], bytes], seconds: float, connections: int) -> Load:
    times: list[float] = []
    began = time.perf_counter()
    failures = await asyncio.gather(*(_connection(port, make, began + seconds, times) for _ in range(connections)))
    elapsed = time.perf_counter() - began
    times.sort()
    return Load(
        requests=len(times),
        seconds=elapsed,
        p50=times[len(times) // 2] * 1000,
        p99=times[int(len(times) * 0.99)] * 1000,
        failures=sum(failures),
    )


def measure(port: int, make: Callable[[int], bytes], seconds: float = 5.0, connections: int = 16) -> Load:
    """Load the server on ``port`` for about ``seconds``; ``make(n)`` gives a connection's n-th request."""
    return asyncio.run(_run(port, make, seconds, connections))
