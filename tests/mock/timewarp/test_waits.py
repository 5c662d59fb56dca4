"""Each wait that Python code can begin takes virtual time, to the microsecond, and no real one."""

from __future__ import annotations

import pytest

PRELUDE = """
import time
began = time.monotonic()
def passed():
    return round(time.monotonic() - began, 3)
"""


@pytest.mark.parametrize("call", ["time.sleep(86400)", "time.sleep(0.5)", "time.sleep(1e-6)"])
def test_a_sleep_takes_virtual_time_to_the_microsecond(warp, call: str) -> None:
    ended = warp(f"import time; {call}")
    assert ended.code == 0, ended.errors
    assert ended.passed == float(call[11:-1])
    assert ended.jumps == 1


def test_every_clock_of_time_follows(warp) -> None:
    ended = warp(
        """
import time
clocks = [time.time, time.monotonic, time.perf_counter, lambda: time.clock_gettime(time.CLOCK_REALTIME),
          lambda: time.clock_gettime(time.CLOCK_MONOTONIC), lambda: time.mktime(time.localtime()),
          *(lambda f=f: f() / 1e9 for f in (time.time_ns, time.monotonic_ns, time.perf_counter_ns))]
before = [clock() for clock in clocks]
time.sleep(3600)
print(*(round(clock() - first, 6) for clock, first in zip(clocks, before)))
print(time.gmtime()[:5], time.strftime("%Y", time.gmtime()), time.ctime(0) != time.ctime(), time.process_time() < 60)
"""
    )
    assert ended.lines == [" ".join(["3600.0"] * 9), "(2026, 1, 1, 1, 0) 2026 True True"], ended.errors


def test_datetime_follows_and_stays_the_class_it_was(warp) -> None:
    ended = warp(
        """
import datetime, pickle, time, warnings
warnings.simplefilter("ignore")
kind = datetime.datetime
class Own(kind): pass
time.sleep(86400 + 0.123456)
now = kind.now(datetime.timezone.utc)
print(now, kind.utcnow() == now.replace(tzinfo=None), kind.now().timestamp() == now.timestamp())
print(kind.today().date() == kind.now().date() == datetime.date.today(), type(Own.now()) is Own, type(now) is kind)
print(isinstance(now, kind), pickle.loads(pickle.dumps(now)) == now, kind.now.__doc__ is not None)
"""
    )
    assert ended.lines == ["2026-01-02 00:00:00.123456+00:00 True True", "True True True", "True True True"], ended


def test_a_name_imported_before_keeps_its_meaning(warp, tmp_path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "from time import sleep, time\nimport threading\nlock = threading.Lock\n"
    )
    code = "import sitecustomize, threading; from time import sleep, time; t = time(); sleep(5); print(time() - t)"
    assert warp(code, path=str(tmp_path)).lines == ["5.0"]


def test_a_class_may_hold_a_clock_and_a_pickle_a_sleep(warp) -> None:
    ended = warp(
        """
import pickle, time
class Meter:
    clock = time.monotonic
    pause = time.sleep
Meter().pause(3)
print(Meter().clock(), pickle.loads(pickle.dumps(time.sleep)) == time.sleep)
"""
    )
    assert ended.lines == ["103.0 True"], ended.errors


@pytest.mark.parametrize(
    ("wait", "seconds"),
    [
        ("threading.Event().wait(10)", 10),
        ("held.acquire(timeout=7)", 7),
        ("threading.Condition().__enter__() and c.wait(3)", 3),
        ("threading.Semaphore(0).acquire(timeout=2)", 2),
        ("threading.Barrier(2).wait(4)", 4),
        ("queue.Queue().get(timeout=6)", 6),
        ("queue.SimpleQueue().get(timeout=6)", 6),
        ("thread.join(5)", 5),
        ("select.select([left], [], [], 8)", 8),
        ("poll.poll(9000)", 9),
        ("left.recv(1)", 30),
        ("server.accept()", 30),
        ("concurrent.futures.wait([future], timeout=11)", 11),
        ("future.result(12)", 12),
        ("signal.sigtimedwait([], 0)", 0),
    ],
)
def test_a_wait_with_a_limit_ends_when_virtual_time_says_so(warp, wait: str, seconds: float) -> None:
    ended = warp(
        PRELUDE
        + f"""
import concurrent.futures, queue, select, signal, socket, threading
held = threading.Lock()
held.acquire()
c = threading.Condition(); c.acquire()
left, right = socket.socketpair()
server = socket.create_server(("127.0.0.1", 0))
left.settimeout(30); server.settimeout(30)
poll = select.poll(); poll.register(left, select.POLLIN)
thread = threading.Thread(target=threading.Event().wait, daemon=True); thread.start()
future = concurrent.futures.Future()
try:
    {wait}
except (queue.Empty, TimeoutError, concurrent.futures.TimeoutError, threading.BrokenBarrierError):
    pass
print(passed())
"""
    )
    assert ended.lines == [f"{float(seconds)}"], ended.errors


def test_what_is_there_already_is_not_waited_for(warp) -> None:
    ended = warp(
        PRELUDE
        + """
import queue, select, socket, threading
left, right = socket.socketpair()
right.send(b"x"); q = queue.SimpleQueue(); q.put(1); event = threading.Event(); event.set()
print(select.select([left], [], [], 5)[0] == [left], left.recv(1), q.get(timeout=5), event.wait(5))
print(threading.Lock().acquire(timeout=5), threading.RLock().acquire(timeout=5), passed())
"""
    )
    assert ended.lines == ["True b'x' 1 True", "True True 0.0"], ended.errors
    assert ended.jumps == 0


def test_threads_wake_in_the_order_of_their_times(warp) -> None:
    ended = warp(
        PRELUDE
        + """
import threading
def wait(n):
    time.sleep(n)
    print(n, passed())
threads = [threading.Thread(target=wait, args=(n,)) for n in (30, 10, 20, 3600)]
for t in threads: t.start()
for t in threads: t.join()
print(passed())
"""
    )
    assert ended.lines == ["10 10.0", "20 20.0", "30 30.0", "3600 3600.0", "3600.0"], ended.errors
    assert ended.jumps == 4


def test_locks_behave_as_pythons_do(warp) -> None:
    ended = warp(
        """
import threading, functools, time
lock, again = threading.Lock(), threading.RLock()
for wrong in (lock.release, again.release, lambda: lock.acquire(False, 1), lambda: lock.acquire(timeout=-2),
              lambda: lock.acquire(timeout=1e30)):
    try: wrong()
    except (RuntimeError, ValueError, OverflowError) as error: print(type(error).__name__)
with lock: print(lock.locked(), lock.acquire(blocking=False))
with again, again: print(again._is_owned(), again.acquire(timeout=1))
order = []
def take(n):
    with lock: order.append(n); time.sleep(1)
threads = [threading.Thread(target=take, args=(n,)) for n in range(5)]
for t in threads: t.start()
for t in threads: t.join()
print(sorted(order), time.monotonic())
class Once:
    @functools.cached_property
    def value(self): time.sleep(5); return time.monotonic()
once = Once()
other = threading.Thread(target=lambda: once.value); other.start()
print(once.value, "locked" in repr(lock), bool(repr(again)))
"""
    )
    assert ended.lines[:7] == ["RuntimeError", "RuntimeError", "ValueError", "ValueError", "OverflowError",
                               "True False", "True True"], ended.errors  # fmt: skip
    assert ended.lines[7] == "[0, 1, 2, 3, 4] 105.0"
    assert ended.lines[8] == "110.0 True True"


def test_a_signal_interrupts_a_sleep_and_its_handler_may_wait(warp) -> None:
    ended = warp(
        """
import os, signal, threading, time
def handler(*_):
    time.sleep(5)
    print("handled", time.monotonic())
signal.signal(signal.SIGUSR1, handler)
def kick():
    time.sleep(10)
    os.kill(os.getpid(), signal.SIGUSR1)
threading.Thread(target=kick).start()
time.sleep(100)
print(time.monotonic())
def interrupt():
    time.sleep(10)
    os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=interrupt).start()
try: time.sleep(1000)
except KeyboardInterrupt: print("interrupted", time.monotonic())
time.sleep(1)
print(time.monotonic())
"""
    )
    assert ended.lines == ["handled 115.0", "200.0", "interrupted 210.0", "211.0"], ended.errors


def test_python_ends_as_it_does_when_threads_are_left(warp) -> None:
    ended = warp(
        """
import atexit, concurrent.futures, threading, time
atexit.register(lambda: (time.sleep(1), print("exit", time.monotonic())))
threading.Thread(target=lambda: (time.sleep(50), print("thread", time.monotonic()))).start()
threading.Thread(target=time.sleep, args=(10**6,), daemon=True).start()
concurrent.futures.ThreadPoolExecutor(3).submit(time.sleep, 20)
threading.Timer(60, lambda: print("timer", time.monotonic())).start()
"""
    )
    assert ended.code == 0, ended.errors
    assert ended.lines == ["thread 150.0", "timer 160.0", "exit 161.0"]
