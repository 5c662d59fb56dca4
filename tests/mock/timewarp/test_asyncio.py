"""Timers of asyncio, with descriptors, threads and processes beside them."""

from __future__ import annotations


def test_timers_timeouts_and_threads_of_an_event_loop(warp) -> None:
    ended = warp(
        """
import asyncio, time
def passed():
    return round(time.monotonic() - 100, 3)
async def main():
    await asyncio.sleep(3600)
    print(passed())
    try:
        async with asyncio.timeout(10):
            await asyncio.Event().wait()
    except TimeoutError:
        print("timeout", passed())
    await asyncio.gather(asyncio.sleep(5), asyncio.sleep(7), asyncio.to_thread(time.sleep, 6))
    print(passed())
    process = await asyncio.create_subprocess_exec("sleep", "0.1")
    print(await process.wait(), passed())
asyncio.run(main())
"""
    )
    assert ended.lines == ["3600.0", "timeout 3610.0", "3617.0", "0 3617.0"], ended.errors


def test_messages_between_a_server_and_its_client_are_never_overtaken_by_time(warp) -> None:
    ended = warp(
        """
import asyncio, time
async def serve(reader, writer):
    while line := await reader.readline():
        await asyncio.sleep(1)
        writer.write(line); await writer.drain()
    writer.close()
async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async def client():
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        for n in range(20):
            writer.write(b"x\\n")
            async with asyncio.timeout(1.5):
                await reader.readline()
        writer.close()
    await asyncio.gather(*(client() for _ in range(5)))
    print(time.monotonic())
asyncio.run(main())
"""
    )
    assert ended.lines == ["120.0"], ended.errors
    assert ended.jumps < 200


def test_a_timer_far_away_is_met_at_once_however_fine_its_time(warp) -> None:
    ended = warp(
        """
import asyncio
async def main():
    for _ in range(20):
        await asyncio.sleep(86400 * 30 + 0.1)
asyncio.run(main())
"""
    )
    assert abs(ended.passed - 20 * (86400 * 30 + 0.1)) < 0.1, ended.errors
    assert ended.jumps <= 20 * 32  # An event loop waits for a day at most.


def test_uvloop_gives_way_to_a_loop_whose_timers_are_seen(warp) -> None:
    ended = warp(
        """
import asyncio, uvloop
async def main():
    await asyncio.sleep(3600)
uvloop.run(main())
with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
    runner.run(main())
"""
    )
    assert ended.code == 0, ended.errors
    assert ended.passed == 7200
