"""A world with a script: phases last as drawn, runs end as drawn, by the ordinary transitions and none other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qarnot_mock.conformance.lifecycle_check import check_states
from qarnot_mock.sim.effects import PutObject
from qarnot_mock.sim.script_document import parse

Make = Callable[..., Any]
RETRIES = {"retrySettings": {"maxPerInstanceRetries": 3}}
PLAIN = {"queue": 1, "dispatch": 1, "download": 1, "environment": 2, "execution": 10, "upload": 1, "shutdown": 1}
"""Without chance: execution lasts from the 5th to the 15th second, the upload to the 16th."""


@pytest.fixture
def scripted(make_driver: Make) -> Make:
    """Builds a driver whose world has a scenario; its sections are given by keyword."""

    def make(slots: int = 4, executor: str = "simulated", **sections: Any) -> Any:
        document = {"durations": PLAIN, **sections}
        return make_driver(slots=slots, executor=executor, script=parse(document))

    return make


def happening(name: str, **details: Any) -> dict[str, Any]:
    return {"outcomes": [{"happens": name, **details}]}


def only_row(driver: Any, task: str) -> Mapping[str, Any]:
    (row,) = driver.task(task)["completedInstances"]
    return dict(row)


def states(driver: Any, task: str, limit: float) -> list[tuple[float, str]]:
    """The states a task goes through and when, up to some second."""
    seen = [(0.0, driver.state(task))]
    for second in driver.events(limit):
        if driver.state(task) != seen[-1][1]:
            seen.append((second, driver.state(task)))
    return seen


def test_phases_last_as_long_as_the_rules_say(scripted: Make) -> None:
    task = (driver := scripted()).submit()
    assert states(driver, task, 100) == [
        (0, "Submitted"), (1, "FullyDispatched"), (5, "FullyExecuting"), (15, "UploadingResults"), (16, "Success"),
    ]  # fmt: skip


def test_rules_choose_among_tasks_and_instances(scripted: Make) -> None:
    rules = [
        {"for": {"name": "slow*", "instances": "1"}, "execution": 50},
        {"for": {"name": "late"}, "queue": 20},
        PLAIN,
    ]
    driver = scripted(durations=rules)
    slow, late, other = (driver.submit(name=name, instanceCount=2) for name in ("slow-1", "late", "x"))
    driver.at(200)
    times = [[row["execTimeSec"] for row in driver.task(task)["completedInstances"]] for task in (slow, late, other)]
    assert times == [[10, 50], [10, 10], [10, 10]]
    assert driver.task(late)["wallTime"] == "00:00:35"


def test_the_constant_of_a_task_overrides_the_duration(scripted: Make) -> None:
    driver = scripted()
    task = driver.submit({"MOCK_DURATION": "2"})
    driver.at(100)
    assert only_row(driver, task)["execTimeSec"] == 2


def test_progress_goes_by_what_was_drawn(scripted: Make) -> None:
    driver = scripted()
    task = driver.submit()
    assert driver.at(7.5).task(task)["progress"] == 25


def test_an_exit_code_on_the_first_attempt_is_followed_by_a_retry(scripted: Make) -> None:
    driver = scripted(**happening("exit", code=3, **{"for": {"attempts": 1}}))
    retried, final = driver.submit(**RETRIES), driver.submit()
    driver.at(100)
    assert (driver.state(retried), driver.state(final)) == ("Success", "Failure")
    assert only_row(driver, retried)["executionAttemptCount"] == 2
    assert only_row(driver, final)["error"] == {
        "code": "MOCK_EXIT", "message": "Instance 0 exited with code 3", "debug": "",
    }  # fmt: skip


def test_running_out_of_memory_fails_in_the_middle_and_says_how_much_there_was(scripted: Make) -> None:
    driver = scripted(**happening("out-of-memory"))
    task = driver.submit()
    assert driver.at(9.9).state(task) == "FullyExecuting"
    assert driver.at(10).state(task) == "UploadingResults"
    row = only_row(driver.at(11), task)
    assert (row["state"], row["error"]["code"], row["peakMemoryMB"]) == ("Failure", "MOCK_OUT_OF_MEMORY", 32_000)
    assert "32000 MB" in row["error"]["message"]


def test_a_lost_node_sends_the_instance_back_when_it_may_be_retried(scripted: Make) -> None:
    driver = scripted(**happening("node-lost", **{"for": {"attempts": "1-2"}}))
    retried, final = driver.submit(**RETRIES), driver.submit()
    assert states(driver, retried, 100)[2:5] == [
        (5, "FullyExecuting"), (10, "FullyDispatched"), (14, "FullyExecuting"),
    ]  # fmt: skip
    assert (driver.state(retried), only_row(driver, retried)["executionAttemptCount"]) == ("Success", 3)
    assert (driver.state(final), only_row(driver, final)["error"]["code"]) == ("Failure", "MOCK_NODE_LOST")
    assert only_row(driver, final)["execTimeSec"] == 5


@pytest.mark.parametrize(
    ("phase", "second"), [("dispatch", 1.5), ("download", 2.5), ("environment", 4), ("upload", 15.5)]
)
def test_a_node_can_be_lost_in_any_phase(scripted: Make, phase: str, second: float) -> None:
    driver = scripted(**happening("node-lost", during=phase))
    task = driver.submit()
    assert driver.at(second - 0.1).state(task) not in ("Failure", "Submitted")
    assert driver.at(second).state(task) == "Failure"
    assert phase in only_row(driver, task)["error"]["message"]


def test_who_uploads_when_its_node_is_lost_is_not_run_again(scripted: Make) -> None:
    driver = scripted(**happening("node-lost", during="upload"))
    task = driver.submit(**RETRIES)
    assert driver.at(15.5).state(task) == "Failure"


def test_preemption_is_no_retry(scripted: Make) -> None:
    driver = scripted(**happening("preempted", **{"for": {"attempts": 1}}))
    task = driver.submit()
    driver.at(100)
    assert (driver.state(task), only_row(driver, task)["executionAttemptCount"]) == ("Success", 2)
    assert driver.task(task)["status"]["executionTimeSec"] == 15


def test_who_is_stuck_in_dispatch_stays_until_it_is_aborted(scripted: Make) -> None:
    driver = scripted(**happening("stuck-in-dispatch"))
    task = driver.submit()
    assert driver.at(10**6).state(task) == "FullyDispatched"
    assert driver.world.next_due() is None
    driver.call("task_abort", task)
    assert driver.at(10**6 + 2).state(task) == "Cancelled"


def test_a_dispatch_can_be_stuck_for_a_while(scripted: Make) -> None:
    driver = scripted(**happening("stuck-in-dispatch", seconds=60))
    task = driver.submit()
    assert states(driver, task, 1000)[2] == (65, "FullyExecuting")


def test_a_slow_upload_takes_many_times_as_long(scripted: Make) -> None:
    driver = scripted(**happening("slow-upload", factor=30))
    task = driver.submit()
    assert driver.at(44).state(task) == "UploadingResults"
    assert driver.at(45).state(task) == "Success"


def test_an_upload_that_fails_leaves_nothing_in_the_bucket(scripted: Make) -> None:
    driver = scripted(**happening("upload-failed"), results=[{"files": {"a": "x"}}])
    task, without = driver.submit(resultBucket="out", buckets={"out": True}), driver.submit()
    driver.at(100)
    assert (driver.state(task), driver.state(without)) == ("Failure", "Success")
    assert only_row(driver, task)["error"]["code"] == "MOCK_UPLOAD"
    assert not [effect for effect in driver.effects() if isinstance(effect, PutObject)]


@pytest.mark.parametrize("outcome", [{"happens": "upload-failed"}, {"happens": "node-lost", "during": "upload"}])
def test_nothing_strikes_who_is_being_cancelled(scripted: Make, outcome: Any) -> None:
    driver = scripted(outcomes=[outcome], results=[{"files": {"a": "x"}}])
    task = driver.submit(resultBucket="out", buckets={"out": True}, uploadResultsOnCancellation=True)
    driver.at(8).call("task_abort", task)
    assert driver.at(9.5).state(task) == "Cancelled"
    assert only_row(driver, task)["error"] is None
    assert [effect.key for effect in driver.effects() if isinstance(effect, PutObject)] == ["a"]


@pytest.mark.parametrize("outcome", ["node-lost", "preempted", "stuck-in-dispatch", "out-of-memory"])
def test_a_task_asks_for_an_outcome_by_constant(driver: Any, outcome: str) -> None:
    task = driver.submit({"MOCK_OUTCOME": f"{outcome}:1"}, **RETRIES)
    other = driver.submit({"MOCK_OUTCOME": f"{outcome}:2"})
    driver.at(100)
    assert driver.state(other) == "Success"
    assert driver.state(task) == ("FullyDispatched" if outcome == "stuck-in-dispatch" else "Success")


def test_nonsense_in_the_constant_is_refused(driver: Any) -> None:
    rows = [{"key": "MOCK_OUTCOME", "value": "boom"}]
    assert "constants" in driver.refused("tasks_create", body=driver.definition(constants=rows)).message


def test_lines_come_evenly_over_the_execution_and_the_last_at_its_end(scripted: Make) -> None:
    text = "".join(f"line {number} of ${{INSTANCE_ID}}\n" for number in range(1, 6))
    driver = scripted(output=[{"stdout": text}])
    task = driver.submit({"DOCKER_CMD": "echo never"}, instanceCount=2)
    seen = {second: driver.at(second).stdout(task).count("of 1") for second in (5, 6.9, 7, 9, 11, 13, 14.9, 15)}
    assert seen == {5: 0, 6.9: 0, 7: 1, 9: 2, 11: 3, 13: 4, 14.9: 4, 15: 5}
    assert driver.stdout(task).splitlines()[0] == "0> line 1 of 0"


def test_a_command_that_dies_half_way_has_printed_half_of_it(scripted: Make) -> None:
    driver = scripted(**happening("exit", code=1, at=0.5), output=[{"stdout": "a\nb\nc\nd\n", "stderr": "e\nf\n"}])
    task = driver.submit()
    driver.at(100)
    assert driver.stdout(task) == "0> a\n0> b\n"
    assert driver.call("task_stderr_get", task).body == "0> e\n"


def test_every_attempt_prints_anew(scripted: Make) -> None:
    rule = {"happens": "node-lost", "for": {"attempts": 1}}
    driver = scripted(outcomes=[rule], output=[{"stdout": "${MOCK_ATTEMPT}\nb\nc\n"}])
    task = driver.submit(**RETRIES)
    driver.at(100)
    assert driver.stdout(task) == "0> 1\n0> 2\n0> b\n0> c\n"


def test_what_the_task_prints_by_constant_replaces_that_stream(scripted: Make) -> None:
    driver = scripted(output=[{"stdout": "a\nb\n", "stderr": "c\n"}])
    task = driver.submit({"MOCK_STDOUT": "mine"})
    driver.at(100)
    assert driver.stdout(task) == "0> mine\n"
    assert driver.call("task_stderr_get", task).body == "0> c\n"


def test_files_are_left_as_the_rules_say_unless_the_task_says_so_itself(scripted: Make) -> None:
    driver = scripted(results=[{"files": {"out/${INSTANCE_ID}.txt": "of ${NAME}", "big": {"size": 1000}}}])
    fields: dict[str, Any] = {"resultBucket": "out", "buckets": {"out": True}}
    driver.submit({"NAME": "me"}, **fields, resultsBucketPrefix="p/")
    driver.submit({"MOCK_RESULTS": '{"mine": "1"}'}, **fields)
    driver.at(100)
    stored = {effect.key: effect.content for effect in driver.effects() if isinstance(effect, PutObject)}
    assert stored.keys() == {"p/out/0.txt", "p/big", "mine"}
    assert (stored["p/out/0.txt"], len(stored["p/big"])) == (b"of me", 1000)


def test_a_snapshot_holds_the_files_of_the_script(scripted: Make) -> None:
    driver = scripted(results=[{"files": {"a": "x"}}])
    task = driver.submit(resultBucket="out", buckets={"out": True})
    driver.at(6).call("task_snapshot_create", task, {})
    driver.at(8)
    assert [effect.key for effect in driver.effects() if isinstance(effect, PutObject)] == ["a"]


def test_pools_prepare_as_the_rules_say_and_their_tasks_end_as_the_rules_say(scripted: Make) -> None:
    rule = {"happens": "preempted", "for": {"attempts": 1}}
    driver = scripted(durations=[{"for": {"kind": "pool"}, "environment": 30}, PLAIN], outcomes=[rule])
    pool = driver.open_pool()
    task = driver.in_pool(pool)
    assert driver.at(32.9).pool(pool)["state"] == "FullyDispatched"
    assert driver.at(33).pool(pool)["state"] == "FullyExecuting"
    driver.at(100)
    assert (driver.state(task), only_row(driver, task)["executionAttemptCount"]) == ("Success", 2)


def test_with_an_external_executor_only_what_is_simulated_is_scripted(scripted: Make) -> None:
    driver = scripted(executor="external", **happening("node-lost", during="dispatch"))
    task = driver.submit()
    assert driver.at(1.5).state(task) == "Failure"
    assert driver.effects() == ()


OUTCOMES = st.lists(
    st.fixed_dictionaries(
        {"happens": st.sampled_from(["out-of-memory", "node-lost", "preempted", "slow-upload", "upload-failed"])},
        optional={
            "probability": st.floats(0, 1),
            "each": st.sampled_from(["attempt", "instance", "task"]),
            "for": st.fixed_dictionaries({"attempts": st.sampled_from(["1", "1-3", "2"])}),
        },
    ),
    max_size=4,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(
    OUTCOMES,
    st.integers(0, 99),
    st.lists(st.tuples(st.integers(1, 3), st.booleans(), st.none() | st.integers(1, 30)), min_size=1, max_size=4),
)
def test_every_history_is_one_that_the_tables_allow(
    make_driver: Make, lifecycles: Mapping[str, Any], outcomes: Any, seed: int, tasks: Any
) -> None:
    """Whatever the rules and whenever it is aborted: transitions of spec/lifecycles.yaml only, and to the end."""
    outcomes = [{**rule, "for": rule.get("for", {"attempts": "1-5"})} for rule in outcomes]
    durations = {"execution": {"exponential": {"mean": 5}}, "queue": {"uniform": [0, 3]}}
    script = parse({"durations": durations, "outcomes": outcomes})
    ended = lifecycles["task"]["groups"]["terminal"]

    def history() -> tuple[dict[str, list[str]], Any]:
        driver = make_driver(slots=2, seed=seed, script=script)
        uuids = [driver.submit(instanceCount=count, **(RETRIES if retried else {})) for count, retried, _ in tasks]
        aborts = {uuid: second for uuid, (_, _, second) in zip(uuids, tasks, strict=True) if second is not None}
        seen = {uuid: [driver.state(uuid)] for uuid in uuids}
        for now in driver.events(10_000):
            for uuid in uuids:
                seen[uuid].append(driver.state(uuid))
                if now >= aborts.get(uuid, 10_000) and seen[uuid][-1] not in ended:
                    del aborts[uuid]
                    driver.call("task_abort", uuid)
                    seen[uuid].append(driver.state(uuid))
        return seen, driver.world.dump()

    seen, dump = history()
    assert [check_states(lifecycles["task"], each, complete=True) for each in seen.values()] == [[]] * len(tasks)
    assert {each[-1] for each in seen.values()} <= set(ended)
    assert history() == (seen, dump)
