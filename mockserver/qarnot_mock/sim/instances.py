"""What the instances of tasks do: each phase schedules the event that ends it, or asks the external executor to."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from qarnot_mock.sim import echo, printing, results
from qarnot_mock.sim.effects import (
    ForgetInstance,
    InstanceKey,
    RefreshResources,
    StartInstance,
    StopInstance,
    UploadFiles,
)
from qarnot_mock.sim.environment import profile_of, template_variables, variables
from qarnot_mock.sim.moves import change, error, run_phase, wait
from qarnot_mock.sim.state import State
from qarnot_mock.sim.tasks import Task, may_retry
from qarnot_mock.sim.workloads import Instance

_ENDING = {"success": "succeed", "failure": "fail", "cancelled": "cancel"}
_PROCESS_PHASES = frozenset({"download", "environment", "execution", "upload"})


def key(task: Task, instance: Instance) -> InstanceKey:
    """The name of the current run for an external executor."""
    return InstanceKey(task.uuid, instance.id, instance.attempt)


def end_phase(state: State, task: Task, instance: Instance) -> None:
    """A phase whose length the simulation decides is over."""
    _AFTER[instance.state](state, task, instance)


def _after_dispatch(state: State, task: Task, instance: Instance) -> None:
    change(state, task, instance, "dispatched")
    if not state.external:
        run_phase(state, task, instance)
        return
    environment = variables(state, task, instance)
    command = environment.get("DOCKER_CMD", "")
    laid_out = results.laid_out(state, task)
    state.effects.append(StartInstance(key(task, instance), profile_of(state, task), command, environment, laid_out))


def _after_download(state: State, task: Task, instance: Instance) -> None:
    change(state, task, instance, "downloaded")
    run_phase(state, task, instance)


def _after_environment(state: State, task: Task, instance: Instance) -> None:
    begin_execution(state, task, instance)
    environment = variables(state, task, instance)
    if "MOCK_STDOUT" not in task.constants and instance.runs[-1].script.stdout is None:
        command = environment.get("DOCKER_CMD", "")
        text = echo.simulate(command, environment)
        task.outputs["stdout"].write(instance.id, echo.placeholder(command) if text is None else text)
    printing.begin(state, task, instance)
    run_phase(state, task, instance)


def begin_execution(state: State, task: Task, instance: Instance) -> None:
    """The command of an instance starts to run."""
    change(state, task, instance, "ready")


def report_started(state: State, task: Task, instance: Instance) -> None:
    """The external executor has laid out the resources and started the process."""
    change(state, task, instance, "downloaded")
    begin_execution(state, task, instance)


def _after_execution(state: State, task: Task, instance: Instance) -> None:
    printing.finish(state, task, instance)
    given = variables(state, task, instance) if "MOCK_EXIT_CODE" in task.constants else {}
    exited(state, task, instance, int(given.get("MOCK_EXIT_CODE") or 0), None, 0)


def exited(
    state: State,
    task: Task,
    instance: Instance,
    exit_code: int,
    reason: str | None,
    peak_memory_mb: int,
    error_code: str = "MOCK_EXIT",
) -> None:
    """The command of an instance has ended: it is run again, or its results are uploaded."""
    task.finish_outputs(instance)
    instance.peak_memory_mb = max(instance.peak_memory_mb, peak_memory_mb)
    failed = exit_code != 0 or bool(reason)
    if failed and may_retry(task, instance):
        _retry(state, task, instance)
        return
    if failed:
        message = reason or f"Instance {instance.id} exited with code {exit_code}"
        instance.error = error(error_code, message)
    instance.outcome = "failure" if failed else "success"
    change(state, task, instance, "exited")
    _begin_upload(state, task, instance)


def lost(state: State, task: Task, instance: Instance, code: str, message: str) -> None:
    """The run of an instance has been lost: it is run again, or it has failed with nothing to upload."""
    task.finish_outputs(instance)
    if instance.state != "upload" and may_retry(task, instance):
        _retry(state, task, instance)
        return
    instance.error = error(code, message)
    instance.outcome = "failure"
    _forget(state, task, instance)
    change(state, task, instance, "lost")


def _retry(state: State, task: Task, instance: Instance) -> None:
    task.retries_used += 1
    _forget(state, task, instance)
    change(state, task, instance, "retry")
    wait(state, task, instance)


def _begin_upload(state: State, task: Task, instance: Instance) -> None:
    if not (state.external and task.result_bucket):
        run_phase(state, task, instance)
        return
    instance.upload = state.new_uuid("upload")
    filter_ = results.result_filter(task)
    prefix = task.text("resultsBucketPrefix")
    state.effects.append(
        UploadFiles(instance.upload, key(task, instance), task.result_bucket, prefix, filter_, final=True)
    )


def _after_upload(state: State, task: Task, instance: Instance) -> None:
    if task.result_bucket and not state.external:
        prefix = task.text("resultsBucketPrefix")
        files = results.made_up_files(task, instance, template_variables(state, task, instance))
        stored = results.objects(files, results.result_filter(task), task.result_bucket, prefix)
        state.effects.extend(stored)
        instance.results = [f"s3://{_host(state)}/{each.bucket}/{each.key}" for each in stored]
    _end_upload(state, task, instance)


def uploaded(state: State, task: Task, instance: Instance, keys: list[str], reason: str | None) -> None:
    """The external executor has uploaded the results of an instance, or could not."""
    instance.results = [f"s3://{_host(state)}/{task.result_bucket}/{name}" for name in keys]
    if reason:
        instance.error = error("MOCK_UPLOAD", reason)
        instance.outcome = "failure" if instance.outcome == "success" else instance.outcome
    _end_upload(state, task, instance)


def _end_upload(state: State, task: Task, instance: Instance) -> None:
    instance.upload = ""
    _forget(state, task, instance)
    change(state, task, instance, _ENDING[instance.outcome])


def abort(state: State, task: Task, instance: Instance) -> None:
    """Stop one instance, whatever it does; one that has ended stays as it is."""
    life = state.lifecycles.instance
    if life.among(instance.state, "terminal") or instance.state == "shutdown":
        return
    keeps_results = bool(task.definition.get("uploadResultsOnCancellation") and task.result_bucket)
    if instance.state == "upload" and keeps_results:
        return
    _stop(state, task, instance)
    task.finish_outputs(instance)
    instance.outcome, instance.upload = "cancelled", ""
    if instance.state == "execution" and keeps_results:
        change(state, task, instance, "abort_and_upload")
        _begin_upload(state, task, instance)
        return
    change(state, task, instance, "abort")
    if instance.state == "shutdown":
        run_phase(state, task, instance)


def refresh(state: State, task: Task) -> None:
    """Let what executes outside see new and changed files of its resource buckets."""
    if state.external:
        laid_out = results.laid_out(state, task)
        for instance in task.in_states("execution"):
            state.effects.append(RefreshResources(key(task, instance), laid_out))


def withdraw(state: State, task: Task, instance: Instance) -> None:
    """Whatever an external executor does for an instance ends, with no report."""
    _stop(state, task, instance)
    _forget(state, task, instance)


def _stop(state: State, task: Task, instance: Instance) -> None:
    if state.external and instance.state in _PROCESS_PHASES:
        state.effects.append(StopInstance(key(task, instance)))


def _after_shutdown(state: State, task: Task, instance: Instance) -> None:
    _forget(state, task, instance)
    change(state, task, instance, "stopped")


def restart(state: State, task: Task, instance: Instance) -> None:
    """Begin again after the end (task_restart); runs and outputs of the past are kept."""
    instance.outcome, instance.error, instance.results = "", None, []
    instance.first_run, instance.preemptions = len(instance.runs), 0
    change(state, task, instance, "restart")


def expire(state: State, task: Task) -> None:
    """maxTimeQueueSeconds is over: what has never had a node fails."""
    for instance in task.in_states("waiting"):
        if not instance.begun:
            instance.outcome = "failure"
            instance.error = error("MOCK_QUEUE_TIME", f"Instance {instance.id} was not dispatched in time")
            change(state, task, instance, "expire")


def _forget(state: State, task: Task, instance: Instance) -> None:
    was_started = instance.state == "download" or "download" in instance.runs[-1].spent
    if state.external and was_started:
        state.effects.append(ForgetInstance(key(task, instance)))


def _host(state: State) -> str:
    return state.settings.storage_url.split("://")[-1].rstrip("/")


_AFTER: Mapping[str, Callable[[State, Task, Instance], None]] = {
    "dispatch": _after_dispatch,
    "download": _after_download,
    "environment": _after_environment,
    "execution": _after_execution,
    "upload": _after_upload,
    "shutdown": _after_shutdown,
}
