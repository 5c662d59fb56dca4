"""The table from operationId to handler, and the handlers that read or change one task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qarnot_mock.sim import (
    account,
    dependencies,
    executor_reports,
    hardware,
    instances,
    job_operations,
    money,
    outputs,
    pool_operations,
    references,
    removal,
    render,
    scaling,
    scenario_change,
    secrets,
    snapshots,
    submission,
    usage,
    validation,
)
from qarnot_mock.sim.commands import Answer, Command
from qarnot_mock.sim.confidential import unmasked
from qarnot_mock.sim.job_operations import JOBS
from qarnot_mock.sim.pool_operations import POOLS
from qarnot_mock.sim.render_job import job_output
from qarnot_mock.sim.render_pool import pool_output, pool_summary
from qarnot_mock.sim.render_workload import execution_time
from qarnot_mock.sim.searching import Collection, Handler
from qarnot_mock.sim.state import State
from qarnot_mock.sim.tasks import Task

TASKS: Collection[Task] = Collection(
    kind="task",
    records=lambda state: state.tasks,
    fields=render.FIELDS,
    show=render.selected,
    orders={
        "creationdate": lambda state, task: task.created,
        "name": lambda state, task: task.text("name"),
        "state": lambda state, task: task.state,
        "executiontime": execution_time,
    },
)


def addressed(state: State, command: Command) -> Task:
    """The task that a command's path names, by uuid or shortname. Raises a 404 refusal."""
    return state.task(str(command.arguments["task"]))


def get(state: State, command: Command) -> Answer:
    """task_get."""
    return Answer(render.task_output(state, addressed(state, command)))


def update(state: State, command: Command) -> Answer:
    """task_update: constants and tags replace the old ones; everything else in the body is ignored (reference 3.4)."""
    task = addressed(state, command)
    state.lifecycles.task.permit("task_update", task.state, task.uuid)
    body: Mapping[str, Any] = command.body if isinstance(command.body, Mapping) else {}
    validation.refuse_invalid([*validation.tag_rule(body), *validation.constant_rule(body)])
    if body.get("constants") is not None:
        task.constants = unmasked(validation.constant_map(body["constants"]), task.constants)
    if body.get("tags") is not None:
        task.tags = list(body["tags"])
    task.modified = state.now
    return Answer(media="empty")


def update_resources(state: State, command: Command) -> Answer:
    """task_resources_update: new and changed files go to the running instances."""
    task = addressed(state, command)
    state.lifecycles.task.permit("task_resources_update", task.state, task.uuid)
    instances.refresh(state, task)
    task.modified = state.now
    return Answer(media="empty")


def restart(state: State, command: Command) -> Answer:
    """task_restart: the same task runs all its instances again (assumed; deprecated by the vendor)."""
    task = addressed(state, command)
    state.lifecycles.task.permit("task_restart", task.state, task.uuid)
    references.active_job(state, task.text("jobUuid"))
    references.open_pool(state, task.pool)
    task.cancel_requested, task.ended, task.retries_used = False, None, 0
    task.restarts += 1
    for instance in task.instances.values():
        instances.restart(state, task, instance)
    dependencies.begin(state, task)
    return Answer(media="empty")


HANDLERS: Mapping[str, Handler] = {
    "service_ping": account.ping,
    "info_get": account.info,
    "profiles_list": account.profiles,
    "profile_get": account.profile,
    "tasks_create": submission.create,
    "tasks_force_create": submission.create,
    "tasks_list": TASKS.listing(render.task_output),
    "tasks_search": TASKS.search,
    "tasks_paginate": TASKS.pages(render.task_output),
    "task_summaries_list": TASKS.listing(render.task_summary),
    "task_summaries_paginate": TASKS.pages(render.task_summary),
    "task_get": get,
    "task_update": update,
    "task_resources_update": update_resources,
    "task_delete": removal.delete,
    "task_abort": removal.abort,
    **outputs.handlers("task", State.task),
    "task_snapshot_periodic": snapshots.periodic,
    "task_snapshot_create": snapshots.create,
    "task_snapshot_get": snapshots.get,
    "task_clone": submission.clone,
    "task_retry": submission.redo,
    "task_resume": submission.redo,
    "task_recover": submission.redo,
    "task_restart": restart,
    "task_carbon_facts": account.carbon_facts,
    "task_credits": money.task_credits,
    "task_port_forward": account.port_forward,
    "jobs_create": job_operations.create,
    "jobs_list": JOBS.listing(job_output),
    "jobs_search": JOBS.search,
    "jobs_paginate": JOBS.pages(job_output),
    "job_get": job_operations.get,
    "job_delete": job_operations.delete,
    "job_terminate": job_operations.terminate,
    "job_tasks_list": job_operations.tasks,
    "pools_create": pool_operations.create,
    "pools_list": POOLS.listing(pool_output),
    "pools_search": POOLS.search,
    "pools_paginate": POOLS.pages(pool_output),
    "pool_summaries_list": POOLS.listing(pool_summary),
    "pool_summaries_paginate": POOLS.pages(pool_summary),
    "pool_get": pool_operations.get,
    "pool_update": pool_operations.update,
    "pool_resources_update": pool_operations.update_resources,
    "pool_delete": pool_operations.delete,
    "pool_close": pool_operations.close,
    "pool_clone": pool_operations.clone,
    "pool_scaling_get": pool_operations.scaling_get,
    "pool_scaling_update": pool_operations.scaling_update,
    "pool_jobs_list": pool_operations.jobs,
    "pool_tasks_list": pool_operations.tasks,
    **outputs.handlers("pool", State.pool),
    "pool_carbon_facts": account.pool_carbon_facts,
    "pool_credits": money.pool_credits,
    "hardware_constraints_list": hardware.constraints_list,
    "cpu_model_constraints_search": hardware.cpu_models_search,
    "user_quotas_get": usage.user_quotas,
    "organization_quotas_get": usage.organization_quotas,
    "account_credits_get": money.account_credits,
    "project_budgets_list": money.budgets,
    "secret_get": secrets.get,
    "secret_create": secrets.create,
    "secret_update": secrets.update,
    "secret_delete": secrets.delete,
    "secrets_search": secrets.search,
    "scaling_check": scaling.check,
    "mock_scenario": scenario_change.change,
    "executor_started": executor_reports.started,
    "executor_output": executor_reports.output,
    "executor_exited": executor_reports.exited,
    "executor_failed": executor_reports.failed,
    "executor_uploaded": executor_reports.uploaded,
}
"""Every command a world answers."""
