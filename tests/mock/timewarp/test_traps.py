"""The traps that the design names, and those met on the way: each would stop time, or let it run away."""

from __future__ import annotations

import os
import re
import signal

PRELUDE = """
import time
began = time.monotonic()
def passed():
    return round(time.monotonic() - began, 3)
"""


def test_idle_workers_of_a_pool_do_not_hold_time_up(warp) -> None:
    ended = warp(
        PRELUDE
        + """
from concurrent.futures import ThreadPoolExecutor, as_completed
with ThreadPoolExecutor(4) as pool:
    list(pool.map(time.sleep, [1, 2, 3, 4]))
    print(passed())
    time.sleep(1000)
    print(passed())
    for future in as_completed([pool.submit(time.sleep, n) for n in (20, 10)]):
        print(passed())
"""
    )
    assert ended.lines == ["4.0", "1004.0", "1014.0", "1024.0"], ended.errors


def test_a_wait_of_more_than_a_year_has_no_end(warp) -> None:
    ended = warp(
        PRELUDE
        + """
import threading
event = threading.Event()
threading.Timer(10, event.set).start()
print(event.wait(2**31 - 1), passed())  # as s3transfer waits
"""
    )
    assert ended.lines == ["True 10.0"], ended.errors


def test_time_does_not_move_for_a_thread_that_only_draws(warp) -> None:
    ended = warp(
        PRELUDE
        + """
from rich.console import Console
from rich.progress import Progress
with Progress(console=Console(force_terminal=True)) as progress:
    task = progress.add_task("a day", total=24)
    for _ in range(24):
        time.sleep(3600)
        progress.advance(task)
print(passed())
"""
    )
    assert ended.lines[-1].endswith("86400.0"), ended.errors
    assert ended.jumps == 24
    assert "100%" in "".join(ended.lines)


def test_a_loop_until_a_datetime_ends(warp) -> None:
    ended = warp(
        """
import datetime, time
deadline = datetime.datetime.now() + datetime.timedelta(days=1)
looks = 0
while datetime.datetime.now() < deadline:
    time.sleep(60)
    looks += 1
print(looks)
"""
    )
    assert ended.lines == ["1440"], ended.errors
    assert ended.passed == 86400


def test_a_loop_that_does_nothing_but_look_at_the_clock_ends(warp) -> None:
    ended = warp(
        """
import datetime
deadline = datetime.datetime.now() + datetime.timedelta(hours=1)
while datetime.datetime.now() < deadline:
    pass
"""
    )
    assert ended.code == 0, ended.errors
    assert 3600 <= ended.passed <= 3700


def test_an_event_loop_that_never_sleeps_lets_a_timer_end(warp) -> None:
    ended = warp(
        """
import asyncio
async def main():
    timer = asyncio.create_task(asyncio.sleep(0.05))
    while not timer.done():
        await asyncio.sleep(0)
    print("done")
asyncio.run(main())
"""
    )
    assert ended.lines == ["done"], ended.errors
    assert ended.passed < 0.1


def test_reading_the_clock_now_and_then_costs_nothing(warp) -> None:
    ended = warp("import time\nfor n in range(50000): time.time(); time.monotonic()\nprint(time.time())")
    assert ended.passed < 0.1
    assert ended.code == 0


def test_a_thread_that_computes_keeps_time_from_moving(warp) -> None:
    ended = warp(
        PRELUDE
        + """
import threading, _thread
sleeper = threading.Thread(target=time.sleep, args=(1,)); sleeper.start()
before = time.process_time()
while time.process_time() < before + 0.3:
    sum(range(1000))
print(passed(), sleeper.is_alive())
sleeper.join()
print(passed())
"""
    )
    assert ended.lines == ["0.0 True", "1.0"], ended.errors


def test_time_never_jumps_while_the_mock_works(warp, still_mock) -> None:
    mock = still_mock(busy_looks=5)
    ended = warp("import time; time.sleep(10); print(1)", mock=mock)
    assert ended.lines == ["1"]
    assert mock.busy_looks < 0


def test_time_stops_where_a_local_process_begins(warp, still_mock) -> None:
    start = 1_767_225_600_000_000
    mock = still_mock(stops=[start + 2_000_000, start + 5_000_000])
    ended = warp("import time; time.sleep(10)", mock=mock)
    assert (ended.passed, ended.jumps, mock.stops) == (10, 3, [])


def test_a_wait_that_the_hook_cannot_see_is_reported_by_the_name_of_its_thread(warp, tmp_path) -> None:
    os.mkfifo(tmp_path / "fifo")

    def let_go(text: str) -> None:
        if "cannot see" in text:
            (tmp_path / "fifo").write_text("enough")

    ended = warp(
        """
import sys, threading, time
blind = threading.Thread(target=lambda: open(sys.argv[1]).read(), name="blind-reader")
blind.start()
time.sleep(60)
""",
        str(tmp_path / "fifo"),
        patience=0.1,
        when_said=let_go,
    )
    assert (ended.code, ended.passed) == (0, 60), ended.errors
    (said,) = [said for said in ended.said if "cannot see" in said]
    assert "'blind-reader'" in said
    assert "<lambda>() at <string>:3" in said


def test_a_program_in_which_nobody_waits_for_a_time_is_reported(warp) -> None:
    def end(text: str) -> None:
        if "nobody waits for a time" in text:
            os.kill(int(re.findall(r"process (\d+)", text)[0]), signal.SIGTERM)

    ended = warp("import threading; threading.Event().wait()", patience=0.1, when_said=end)
    assert ended.code == -signal.SIGTERM
    assert ended.passed == 0


def test_a_program_that_only_computes_is_not_reported(warp) -> None:
    ended = warp(
        """
import threading, time
threading.Thread(target=time.sleep, args=(1,)).start()
before = time.process_time()
while time.process_time() < before + 0.5:
    sum(range(1000))
""",
        patience=0.1,
    )
    assert ended.code == 0
    assert not [said for said in ended.said if "cannot see" in said]
