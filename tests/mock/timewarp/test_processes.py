"""Several processes of one run share one time: forked, spawned, of other languages, killed."""

from __future__ import annotations

import pytest

PRELUDE = """
import multiprocessing, os, signal, subprocess, sys, threading, time
def passed():
    return round(time.time() - 1767225600, 1)
"""
SLEEP_50 = "import time; time.sleep(50)"


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing_in_each_of_its_ways(warp, tmp_path, method: str) -> None:
    (tmp_path / "work.py").write_text(
        PRELUDE
        + """
def work(n):
    time.sleep(n)
    return passed()
def put(queue):
    time.sleep(30)
    queue.put("late")
def main(method):
    from concurrent.futures import ProcessPoolExecutor
    context = multiprocessing.get_context(method)
    process = context.Process(target=work, args=(100,))
    process.start()
    process.join(10)
    print(passed(), process.is_alive())
    process.join()
    print(passed())
    queue = context.Queue()
    process = context.Process(target=put, args=(queue,))
    process.start()
    print(queue.get(), passed())
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        print(sorted(pool.map(work, [10, 20, 5])))
"""
    )
    ended = warp("import sys, work; work.main(sys.argv[1])", method, path=str(tmp_path))
    assert ended.lines == ["10.0 True", "100.0", "late 130.0", "[140.0, 145.0, 150.0]"], ended.errors


def test_processes_started_by_a_program(warp) -> None:
    ended = warp(
        PRELUDE
        + f"""
command = [sys.executable, "-c", {SLEEP_50!r}]
subprocess.run(command, check=True)
print(passed())
try:
    subprocess.run(command, timeout=20)
except subprocess.TimeoutExpired:
    print("timeout", passed())
subprocess.run(f'{{sys.executable}} -c "{SLEEP_50}"; true', shell=True, check=True)
print("through a shell", passed())
print(os.system(f'{{sys.executable}} -c "{SLEEP_50}"; exit 3') >> 8, passed())
print(subprocess.run(command, capture_output=True, timeout=60).returncode, passed())
pid = os.spawnv(os.P_NOWAIT, sys.executable, [sys.executable, "-c", "{SLEEP_50}"])
print(os.waitpid(pid, 0)[1], passed())
"""
    )
    assert ended.lines == ["50.0", "timeout 70.0", "through a shell 120.0", "3 170.0", "0 220.0", "0 270.0"], (
        ended.errors
    )


def test_a_process_in_another_language_takes_no_virtual_time_and_is_waited_for(warp) -> None:
    ended = warp(
        PRELUDE
        + """
subprocess.run(["sleep", "0.2"], check=True)
print(passed())
process = subprocess.Popen(["sleep", "0.2"])
time.sleep(10)
print(process.poll(), passed())
"""
    )
    assert ended.lines == ["0.0", "0 10.0"], ended.errors


def test_the_death_of_a_process_lets_the_others_go_on_at_once(warp) -> None:
    ended = warp(
        PRELUDE
        + """
process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(10**6)"])
busy = subprocess.Popen([sys.executable, "-c", "import os; os.read(os.pipe()[0], 1)"])
time.sleep(0) or threading.Timer(1, process.kill)
signal.setitimer(signal.ITIMER_REAL, 0.5)
signal.signal(signal.SIGALRM, lambda *_: busy.kill())
time.sleep(5)
print(passed(), busy.poll())
process.kill()
print(process.wait(), passed())
"""
    )
    assert ended.lines == ["5.0 -9", "-9 5.0"], ended.errors


def test_messages_through_a_pipe_are_never_overtaken_by_time(warp) -> None:
    ended = warp(
        PRELUDE
        + """
context = multiprocessing.get_context("fork")
here, there = context.Pipe()
def echo():
    while (message := there.recv()) is not None:
        time.sleep(1)
        there.send(message)
process = context.Process(target=echo); process.start()
for n in range(100):
    here.send(n)
    assert here.poll(1.5), n
    assert here.recv() == n
here.send(None)
process.join()
print(passed())
"""
    )
    assert ended.lines == ["100.0"], ended.errors


def test_a_program_that_becomes_another_goes_on_in_the_same_time(warp) -> None:
    ended = warp(
        PRELUDE
        + f"""
time.sleep(5)
os.execv(sys.executable, [sys.executable, "-c", {SLEEP_50!r} + "; print(time.time() - 1767225600)"])
"""
    )
    assert ended.lines == ["55.0"], ended.errors


def test_a_process_that_outlives_the_run_goes_on_by_the_wall(warp, tmp_path) -> None:
    late = f"import time, pathlib; t = time.time(); time.sleep(0.3); pathlib.Path({str(tmp_path / 'late')!r}).touch()"
    ended = warp(
        PRELUDE + f"subprocess.Popen([sys.executable, '-c', 'print(1, flush=True); ' + {late!r}]); os._exit(0)"
    )
    assert ended.code == 0
    assert (tmp_path / "late").exists()
