"""Real processes behind the effects: what runs, what is reported, what is uploaded, and how it ends."""

from __future__ import annotations

import os
import threading

import pytest

from qarnot_mock.executors.local import Unconfined
from qarnot_mock.sim.effects import CreateBucket, InstanceKey, RefreshResources, Resource, StartInstance


def test_a_command_runs_and_its_output_and_exit_are_reported_in_order(either):
    exited = either.run("echo hello world from 3!")
    assert either.operations() == ["executor_started", "executor_output", "executor_exited"]
    assert either.output() == "hello world from 3!\n"
    assert exited.arguments == {"task": "task", "instanceId": 0, "attempt": 1}
    assert exited.body["exitCode"] == 0
    assert exited.body["error"] is None
    assert exited.body["peakMemoryMB"] > 0


def test_an_exit_code_is_reported_as_it_is(either):
    assert either.run("sh -c 'exit 42'").body["exitCode"] == 42


def test_a_death_by_signal_is_128_and_its_number(either):
    assert either.run("sh -c 'kill -KILL $$'").body["exitCode"] == 137


def test_stdout_and_stderr_stay_apart(either):
    either.run("sh -c 'echo out; echo err >&2'")
    assert (either.output("stdout"), either.output("stderr")) == ("out\n", "err\n")


def test_a_last_line_without_an_end_is_reported(driver):
    driver.run("printf 'one\\ntwo'")
    assert driver.output() == "one\ntwo"


def test_undecodable_output_becomes_replacement_characters(driver):
    driver.run(r"""sh -c 'printf "caf\351\n"'""")
    assert driver.output() == "caf\ufffd\n"


def test_a_lot_of_output_arrives_complete(driver):
    driver.run("sh -c 'seq 1 60000'")
    assert driver.output() == "".join(f"{number}\n" for number in range(1, 60001))


def test_output_is_reported_while_the_process_runs(driver):
    key = driver.start("sh -c 'echo early; exec tail -f /dev/null'")
    driver.wait_for("executor_output", "early")
    driver.stop(key)
    driver.forget(key)


def test_nothing_expands_without_a_shell_and_the_instance_is_told(driver):
    driver.run("echo $HOME *")
    assert driver.output() == "$HOME *\n"
    assert "contains $ *" in driver.output("stderr")


def test_a_shell_expands_and_there_is_no_warning(driver):
    driver.run("""sh -c 'echo "$INSTANCE_ID of $INSTANCE_COUNT"'""", INSTANCE_ID="2", INSTANCE_COUNT="8")
    assert (driver.output(), driver.output("stderr")) == ("2 of 8\n", "")


def test_the_environment_is_the_constants_and_a_base_but_nothing_of_the_server(either, monkeypatch):
    monkeypatch.setenv("QARNOT_CLIENT_TOKEN", "very-secret")
    either.run("env", COLOUR="blue", INSTANCE_ID="0")
    variables = dict(line.split("=", 1) for line in either.output().splitlines())
    assert "very-secret" not in either.output()
    assert (variables["COLOUR"], variables["INSTANCE_ID"]) == ("blue", "0")
    assert set(variables) - {"PWD", "OLDPWD", "SHLVL", "_"} == {
        "COLOUR", "INSTANCE_ID", "PATH", "HOME", "LANG", "TMPDIR", "TASK_PATH", "QARNOT_RESOURCES_DIRECTORY",
        "QARNOT_RESULTS_DIRECTORY", "TMP_PATH", "TMP_RAMFS_PATH", "DOCKER_WORKDIR",
    }  # fmt: skip


def test_the_documented_directories_exist_and_the_command_starts_in_the_first(either):
    script = 'cd "$TMP_PATH" && cd "$QARNOT_RESULTS_DIRECTORY" && test "$OLDPWD" = "$TMP_PATH"'
    exited = either.run(f"""sh -c 'test "$PWD" = "$TASK_PATH" && test "$PWD" = "$DOCKER_WORKDIR" && {script}'""")
    assert exited.body["exitCode"] == 0


def test_a_directory_variable_in_the_command_is_substituted(either):
    either.run("ls -d ${TASK_PATH}")
    assert either.output().strip().endswith("/job")


def test_python_is_always_there(either):
    either.run("python3 -c 'import sys; print(sys.version_info[0])'")
    assert either.output() == "3\n"


def test_docker_workdir_below_job_is_made_and_used(either):
    either.run("sh -c 'basename $PWD'", DOCKER_WORKDIR="/job/deep/er")
    assert either.output() == "er\n"


def test_docker_workdir_elsewhere_is_refused_with_a_warning(driver):
    driver.run("sh -c 'basename $PWD'", DOCKER_WORKDIR="/opt/tool")
    assert driver.output() == "job\n"
    assert "DOCKER_WORKDIR /opt/tool is outside /job" in driver.output("stderr")


def test_an_unconfined_command_that_names_job_gets_a_warning(driver):
    driver.run("ls -d /job")
    assert "names /job" in driver.output("stderr")


@pytest.mark.parametrize(
    ("command", "code", "text"),
    [
        ("no-such-program --x", "CommandNotFound", "'no-such-program'"),
        ("./missing.sh", "CommandNotFound", "'./missing.sh'"),
        ("/etc", "CommandNotExecutable", "126"),
        ("", "EmptyCommand", "DOCKER_CMD is empty"),
        ("echo 'open", "InvalidCommand", "check its quotes"),
    ],
)
def test_a_command_that_cannot_start_fails_the_instance_and_says_why(either, command, code, text):
    either.start(command)
    failed = either.wait_for("executor_failed")
    assert failed.body["code"] == code
    assert text in failed.body["message"]
    assert text in either.output("stderr")
    assert "executor_started" not in either.operations()


def test_a_missing_resource_bucket_fails_the_instance(driver):
    driver.start("true", resources=(Resource("nowhere"),))
    failed = driver.wait_for("executor_failed")
    assert failed.body["code"] == "ResourcesUnavailable"
    assert "nowhere" in failed.body["message"]


def test_resources_are_laid_out_and_the_later_bucket_wins(either, store):
    store.fill("first", {"a.txt": "old", "in/deep/b.txt": "b", "void/": ""})
    store.fill("second", {"data/a.txt": "new", "other/c.txt": "no"})
    either.run(
        "sh -c 'cat a.txt in/deep/b.txt; test -d void && ls'",
        resources=(Resource("first"), Resource("second", "data/", "data/")),
    )
    assert either.output() == "newba.txt\nin\nvoid\n"


def test_keys_that_would_leave_the_directory_are_refused_and_reported(driver, store, tmp_path):
    store.fill("evil", {"../up.txt": "x", "/abs.txt": "x", "in/../../y": "x", "good.txt": "fine"})
    driver.run("ls", resources=(Resource("evil"),))
    assert driver.output() == "good.txt\n"
    assert driver.output("stderr").count("is not laid out") == 3
    assert not list(tmp_path.rglob("up.txt"))


def test_created_and_changed_files_are_uploaded_and_untouched_resources_are_not(either, store):
    store.fill("in", {"keep.txt": "keep", "edit.txt": "one", "touched.txt": "same"})
    store.fill("out", {})
    either.run(
        "sh -c 'echo two > edit.txt; touch touched.txt; mkdir sub; echo new > sub/new.txt; echo n > $TMP_PATH/n'",
        resources=(Resource("in"),),
    )
    uploaded = either.upload(InstanceKey("task", 0, 1), "out", prefix="run/")
    assert store.texts("out") == {"run/edit.txt": "two\n", "run/sub/new.txt": "new\n"}
    assert uploaded.body == {
        "upload": "upload-1", "keys": ["run/edit.txt", "run/sub/new.txt"], "sizeBytes": 8, "error": None,
    }  # fmt: skip


def test_a_change_that_keeps_the_size_is_seen(driver, store):
    store.fill("in", {"flag": "0"})
    store.fill("out", {})
    driver.run("sh -c 'printf 1 > flag'", resources=(Resource("in"),))
    driver.upload(InstanceKey("task", 0, 1), "out")
    assert store.texts("out") == {"flag": "1"}


def test_filters_choose_results_and_the_blacklist_wins(driver, store):
    store.fill("out", {})
    driver.run("touch a.png a.tmp.png b.txt")
    driver.upload(InstanceKey("task", 0, 1), "out", whitelist=r"(?<stem>\w+).*\.png$", blacklist="tmp")
    assert list(store.texts("out")) == ["a.png"]


def test_a_filter_that_is_no_regular_expression_is_an_upload_error(driver, store):
    store.fill("out", {})
    driver.run("touch a")
    assert "whitelist '('" in driver.upload(InstanceKey("task", 0, 1), "out", whitelist="(").body["error"]


def test_a_missing_result_bucket_is_an_upload_error(driver):
    driver.run("touch a")
    assert "nowhere" in driver.upload(InstanceKey("task", 0, 1), "nowhere").body["error"]


def test_an_upload_from_an_instance_nobody_knows_is_answered_with_an_error(driver):
    assert "not on this machine" in driver.upload(InstanceKey("task", 5, 1), "out").body["error"]


def test_a_symbolic_link_is_not_followed_and_said(driver, store, tmp_path):
    (tmp_path / "secret").write_text("secret")
    store.fill("out", {})
    driver.run(f"sh -c 'ln -s {tmp_path}/secret leak; ln -s {tmp_path} all; echo ok > fine'")
    driver.upload(InstanceKey("task", 0, 1), "out")
    assert store.texts("out") == {"fine": "ok\n"}
    assert "leak is not uploaded: it is a symbolic link" in driver.output("stderr")


def test_a_snapshot_uploads_while_the_process_runs(driver, store):
    store.fill("snap", {})
    key = driver.start("sh -c 'echo half > state; echo ready; exec tail -f /dev/null'")
    driver.wait_for("executor_output", "ready")
    assert driver.upload(key, "snap", final=False).body["keys"] == ["state"]
    assert driver.executor.busy
    driver.stop(key)
    driver.forget(key)


def test_refresh_brings_new_and_changed_objects_and_deletes_nothing(driver, store):
    store.fill("in", {"a": "1", "b": "1", "c": "1"})
    store.fill("out", {})
    key = driver.start("sh -c 'echo mine > c; echo up; exec tail -f /dev/null'", resources=(Resource("in"),))
    driver.wait_for("executor_output", "up")
    store.fill("in", {"b": "2", "d": "new"})
    store.delete("in", "a")
    driver.perform(RefreshResources(key, (Resource("in"),)))
    driver.upload(key, "out", final=False)
    assert store.texts("out") == {"c": "mine\n"}  # b and d are resources, c was written here
    driver.stop(key)


def test_refresh_does_not_write_through_a_link_of_the_process(driver, store, tmp_path):
    target = tmp_path / "outside"
    target.mkdir()
    store.fill("in", {})
    store.fill("out", {})
    key = driver.start(f"sh -c 'ln -s {target} data; echo up; exec tail -f /dev/null'", resources=(Resource("in"),))
    driver.wait_for("executor_output", "up")
    store.fill("in", {"data/x": "x"})
    driver.perform(RefreshResources(key, (Resource("in"),)))
    driver.wait_for("executor_output", "not fully updated")
    assert list(target.iterdir()) == []
    driver.stop(key)


def test_stop_kills_the_whole_group_and_reports_no_exit(driver, store, tmp_path):
    fifo = tmp_path / "alive"
    os.mkfifo(fifo)
    key = driver.start(f"sh -c 'exec 3> {fifo}; sleep 1000 & echo up; wait'")
    with fifo.open("rb") as alive:
        driver.wait_for("executor_output", "up")
        driver.stop(key)
        driver.stop(key)
        assert alive.read() == b""  # end of file: nobody of the group is left
    store.fill("out", {})
    driver.upload(key, "out")
    assert "executor_exited" not in driver.operations()


def test_a_process_that_ignores_sigterm_is_killed_after_the_grace(make_driver, store):
    driver = make_driver(grace_seconds=0.05)
    key = driver.start("sh -c 'trap \"\" TERM; echo up; while :; do sleep 1000; done'")
    driver.wait_for("executor_output", "up")
    driver.stop(key)
    store.fill("out", {})
    driver.upload(key, "out")  # a final upload waits for the end
    assert "executor_exited" not in driver.operations()


def test_what_the_command_left_in_the_background_dies_with_it(driver, tmp_path):
    fifo = tmp_path / "alive"
    os.mkfifo(fifo)
    driver.start(f"sh -c 'mkfifo go; (exec 3> {fifo}; echo up > go; exec sleep 1000) & read word < go'")
    with fifo.open("rb") as alive:
        driver.wait_for("executor_exited")
        assert alive.read() == b""


def test_forget_removes_the_directory_and_the_instance_is_unknown_then(driver, tmp_path):
    driver.run("sh -c 'mkdir -p locked/in && chmod 0 locked'")
    key = InstanceKey("task", 0, 1)
    assert list(tmp_path.glob("*/instance-0-*/job"))
    thread = next(thread for thread in threading.enumerate() if thread.name == "instance-0")
    driver.forget(key)
    driver.forget(key)
    thread.join(60)
    assert not list(tmp_path.glob("*/instance-0-*"))
    assert not driver.executor.busy
    driver.stop(key)


def test_busy_until_the_exit_is_reported(driver):
    assert not driver.executor.busy
    busy: list[bool] = []
    done = threading.Event()

    def report(command):
        busy.append(driver.executor.busy)
        if command.operation == "executor_exited":
            done.set()

    driver.executor.perform(StartInstance(InstanceKey("t", 0, 1), "p", "true", {}, ()), driver.store, report)
    assert done.wait(60)
    assert busy == [True, True]


def test_close_kills_removes_and_silences_and_may_be_repeated(driver, tmp_path):
    driver.start("sh -c 'trap \"\" TERM; echo up; exec tail -f /dev/null'")
    driver.wait_for("executor_output", "up")
    driver.executor.close()
    driver.executor.close()
    assert list(tmp_path.iterdir()) == []
    assert not driver.executor.busy
    driver.start("echo late", instance=1)
    assert list(tmp_path.iterdir()) == []
    assert driver.operations() == ["executor_started", "executor_output"]


def test_starting_the_same_instance_twice_runs_it_once(driver):
    driver.start("sh -c 'echo once; exec tail -f /dev/null'")
    driver.start("echo twice")
    driver.wait_for("executor_output", "once")
    driver.executor.close()
    assert driver.output() == "once\n"


def test_what_is_not_run_is_said_once(driver):
    driver.run("true", DOCKER_REPO="library/python")
    driver.start("true", instance=1, DOCKER_REPO="library/python")
    driver.wait_for("executor_exited")
    image, warning = driver.notices
    assert "container images (here library/python) are not run" in image
    assert "run only tasks that you trust" in warning


def test_effects_of_the_shell_are_refused(driver):
    with pytest.raises(TypeError, match="CreateBucket"):
        driver.perform(CreateBucket("b"))


def test_instances_have_directories_of_their_own(driver, store):
    store.fill("out", {})
    keys = [driver.start(f"touch file-{number}", instance=number) for number in range(4)]
    for _ in keys:
        driver.wait_for("executor_exited")
    for number, key in enumerate(keys):
        assert driver.upload(key, "out").body["keys"] == [f"file-{number}"]


def test_a_confined_batch_instance_sees_job_but_no_network_and_no_files_of_the_user(
    make_driver, working_confinement, tmp_path
):
    if isinstance(working_confinement, Unconfined):
        pytest.skip(working_confinement.reason)
    driver = make_driver(working_confinement)
    (tmp_path / "private").write_text("private")
    prying = f"cat {tmp_path}/private 2>/dev/null; ls {tmp_path.parent} 2>/dev/null"
    driver.run(f"sh -c 'pwd; grep -c : /proc/net/dev; {prying}; true'")
    assert driver.output() == "/job\n1\n"  # the loopback interface alone
    assert driver.notices[1:] == []
