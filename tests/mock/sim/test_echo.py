"""What the simulated executor prints."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from qarnot_mock.sim.echo import simulate

ENVIRONMENT = {"INSTANCE_ID": "7", "NAME": "Ada"}


@pytest.mark.parametrize(
    ("command", "printed"),
    [
        ("echo hello", "hello\n"),
        ("echo 'a  b' c", "a  b c\n"),
        ("echo", "\n"),
        ("echo -n x", "x"),
        ("echo $INSTANCE_ID", "$INSTANCE_ID\n"),
        ('sh -c "echo $INSTANCE_ID"', "7\n"),
        ("sh -c 'echo ${NAME}_$INSTANCE_ID.'", "Ada_7.\n"),
        ("""bash -c "echo '$NAME'" """, "$NAME\n"),
        ("""sh -c 'echo "$NAME  x" y' """, "Ada  x y\n"),
        ("""sh -c 'echo \\$NAME "\\$NAME"'""", "$NAME $NAME\n"),
        ("sh -c 'echo [$UNSET]'", None),
        ("sh -c 'echo a$UNSET'", "a\n"),
        ("sh -c 'echo a; echo b'", None),
        ("sh -c 'echo a > file'", None),
        ("sh -c 'echo $(date)'", None),
        ("sh -c 'echo *'", None),
        ("python x.py", None),
        ("echo 'unclosed", None),
        ("", None),
    ],
)
def test_only_a_plain_echo_is_simulated(command: str, printed: str | None) -> None:
    assert simulate(command, ENVIRONMENT) == printed


def test_the_platform_substitutes_braced_names_without_a_shell(driver: Any) -> None:
    constants = {"DOCKER_CMD": "echo ${INSTANCE_ID}/${INSTANCE_COUNT} ${FRAME_ID} ${WHO} ${UNKNOWN} $WHO", "WHO": "me"}
    task = driver.submit(constants, instanceCount=2)
    driver.at(10)
    assert driver.stdout(task) == "0> 0/2 0 me ${UNKNOWN} $WHO\n1> 1/2 1 me ${UNKNOWN} $WHO\n"


def test_anything_else_is_marked_as_not_run(driver: Any) -> None:
    task = driver.submit({"DOCKER_CMD": "python simulate.py"})
    driver.at(10)
    assert driver.stdout(task) == "0> [qarnot-mock] simulated executor, not run: python simulate.py\n"
    assert driver.state(task) == "Success"


def test_the_constants_of_the_mock_decide_outcome_and_output(driver: Any) -> None:
    task = driver.submit(
        {"MOCK_STDOUT": "out ${INSTANCE_ID}\ntwo", "MOCK_STDERR": "err", "MOCK_EXIT_CODE": "4", "MOCK_DURATION": "2.5"}
    )
    driver.at(7.4)
    assert (driver.state(task), driver.stdout(task)) == ("FullyExecuting", "")
    driver.at(7.5)
    assert driver.stdout(task) == "0> out 0\n0> two\n"
    assert driver.call("task_stderr_get", task).body == "0> err\n"
    assert driver.call("task_instance_stdout_get", task, instanceId=0).body == "out 0\ntwo"
    driver.at(9)
    assert driver.state(task) == "Failure"


def test_a_duration_of_zero_still_shows_every_state(make_driver: Callable[..., Any]) -> None:
    driver = make_driver()
    task = driver.submit({"MOCK_DURATION": "0"})
    seen = [driver.state(task) for _ in driver.events(20)]
    assert [state for i, state in enumerate(seen) if state not in seen[:i]] == [
        "FullyDispatched", "FullyExecuting", "UploadingResults", "Success",
    ]  # fmt: skip


def test_constants_of_the_profile_are_defaults(driver: Any) -> None:
    task = driver.submit({"DOCKER_CMD": "echo ${DOCKER_REPO}:${DOCKER_TAG}", "DOCKER_TAG": "22.04"})
    driver.at(10)
    assert driver.stdout(task) == "0> library/ubuntu:22.04\n"
