"""Writes ``tests/hl/documented/names.json``: every documented class, method, property, parameter and default.

The table below is the documentation this project was asked to implement, name by name. Its text form lost the fields
of the value objects, so those are completed by introspecting the official package, from which no code is taken. The
file is committed; run this again only to renew it (it needs ``qarnot==2.23.0``, a test dependency).
"""

from __future__ import annotations

import importlib
import inspect
import json
import sys
from pathlib import Path
from typing import Any

TARGET = Path(__file__).resolve().parent.parent / "tests" / "hl" / "documented" / "names.json"

# module.Class → "method(parameter=default, ...)" or "property". The text names create_job and the two exceptions about
# jobs without describing them: theirs are the parameters of the official package.
SEED: dict[str, str] = {
    "connection.Connection": """
        __init__(fileconf=None, client_token=None, cluster_url=None, cluster_unsafe=False, cluster_timeout=None,
        storage_url=None, storage_unsafe=False, retry_count=5, retry_wait=1.0, cluster_custom_certificate=None,
        storage_custom_certificate=None); s3client; s3resource; user_info; buckets();
        pools(summary=True, tags_intersect=None); tasks(tags=None, summary=True, tags_intersect=None); jobs();
        retrieve_pool(uuid); retrieve_task(uuid); retrieve_job(uuid); retrieve_or_create_bucket(uuid);
        retrieve_bucket(uuid); create_pool(name, profile, instancecount=1, shortname=None);
        create_elastic_pool(name, profile, minimum_total_slots=0, maximum_total_slots=1, minimum_idle_slots=0,
        minimum_idle_time_seconds=0, resize_factor=1, resize_period=90, shortname=None);
        create_job(name, pool=None, shortname=None, useDependencies=False);
        create_task(name, profile_or_pool=None, instancecount_or_range=1, shortname=None, job=None);
        submit_tasks(tasks); profiles(); retrieve_profile(name); create_bucket(name)""",
    "connection.UserInfo": "__init__(info)",
    "connection.Profile": "__init__(info)",
    "task.Task": """
        __init__(connection, name, profile_or_pool=None, instancecount_or_range=1, shortname=None, job=None);
        run(output_dir=None, job_timeout=None, live_progress=False, results_progress=None);
        resume(output_dir, job_timeout=None, live_progress=False, results_progress=None);
        submit(); abort(); update_resources(); delete(purge_resources=False, purge_results=False);
        update(flushcache=False); from_json(connection, json_task, is_summary=False); commit();
        wait(timeout=None, live_progress=False); snapshot(interval); instant(); state; resources; results;
        download_results(output_dir, progress=None); stdout(); fresh_stdout(); stderr(); fresh_stderr(); uuid; name;
        shortname; tags; pool; profile; instancecount; running_core_count; running_instance_count; advanced_range;
        snapshot_whitelist; snapshot_blacklist; results_whitelist; results_blacklist; status; completed_instances;
        creation_date; errors; constants; constraints; wait_for_pool_resources_synchronization; auto_update;
        update_cache_time; auto_delete; completion_ttl""",
    "task.CompletedInstance": "__init__(json)",
    "job.Job": """
        __init__(connection, name, pool=None, shortname=None, use_dependencies=False); auto_update; update_cache_time;
        state; use_dependencies; uuid; name; shortname; max_wall_time; pool; from_json(connection, payload); submit();
        update(flushcache=False); terminate(); delete(forceAbort=False); auto_delete; completion_ttl""",
    "pool.Pool": """
        __init__(connection, name, profile, instancecount=1, shortname=None);
        from_json(connection, json_pool, is_summary=False); submit(); update(flushcache=False); commit();
        setup_elastic(minimum_total_slots=0, maximum_total_slots=1, minimum_idle_slots=0, minimum_idle_time_seconds=0,
        resize_factor=1, resize_period=90); delete(purge_resources=False); close(); uuid; state; resources; name;
        shortname; tags; profile; instancecount; running_core_count; running_instance_count; errors; creation_date;
        status; auto_update; update_cache_time; is_elastic; elastic_minimum_slots; elastic_maximum_slots;
        elastic_minimum_idle_slots; elastic_minimum_idle_time; elastic_resize_factor; elastic_resize_period;
        preparation_command_line; constants; constraints; tasks_default_wait_for_pool_resources_synchronization;
        auto_delete; completion_ttl""",
    "status.Status": "__init__(json)",
    "status.RunningInstancesInfo": "__init__(json)",
    "status.PerRunningInstanceInfo": "__init__(json)",
    "status.TaskActiveForward": "__init__(json)",
    "status.TaskVpnConnection": "__init__(json)",
    "storage.Storage": """
        get_all_files(output_dir, progress=None); list_files(); get_file(remote, local=None, progress=None);
        add_directory(local, remote); add_file(local_or_file, remote); delete_file(remote)""",
    "bucket.Bucket": """
        __init__(connection, name, create=True); list_files(); directory(directory='');
        sync_directory(directory, verbose=False, remote=None); sync_files(files, verbose=False, remote=None);
        add_file(local_or_file, remote=None); get_all_files(output_dir, progress=None);
        get_file(remote, local=None, progress=None); add_directory(local, remote=''); update(flush=False);
        delete_file(remote); uuid; description""",
    "exceptions.QarnotException": "",
    "exceptions.QarnotGenericException": "__init__(msg)",
    "exceptions.BucketStorageUnavailableException": "",
    "exceptions.UnauthorizedException": "",
    "exceptions.MissingTaskException": "",
    "exceptions.MissingBucketException": "",
    "exceptions.MissingPoolException": "",
    "exceptions.MissingJobException": "",
    "exceptions.MaxTaskException": "",
    "exceptions.MaxPoolException": "",
    "exceptions.MaxJobException": "",
    "exceptions.NotEnoughCreditsException": "",
}
# Classes whose fields the text form lost, with the least JSON the official constructors accept.
VALUE_OBJECTS = [
    "connection.UserInfo",
    "connection.Profile",
    "task.CompletedInstance",
    "status.Status",
    "status.RunningInstancesInfo",
    "status.PerRunningInstanceInfo",
    "status.TaskActiveForward",
    "status.TaskVpnConnection",
]


class _Anything(dict[str, Any]):
    """JSON in which every key is present: a number that can be iterated is not needed, lists are."""

    LISTS = ("results", "perRunningInstanceInfo", "snapshotResults", "runningCoreCountByCpuModel", "activeForwards",
             "vpnConnections", "executionTimeByCpuModel", "executionTimeGhzByCpuModel")  # fmt: skip

    def __missing__(self, key: str) -> Any:
        return [] if key in self.LISTS else None

    def get(self, key: str, default: Any = None) -> Any:
        return self[key] if default is None else default

    def __contains__(self, key: object) -> bool:
        return True


def fields(path: str) -> list[str]:
    """The public instance attributes that the official constructor sets."""
    module, name = path.split(".")
    instance = getattr(importlib.import_module(f"qarnot.{module}"), name)(_Anything())
    return sorted(attribute for attribute in vars(instance) if not attribute.startswith("_"))


def parameters(text: str) -> dict[str, Any]:
    """``"a, b=1"`` → ``{"a": {"required": true}, "b": {"default": 1}}``, by letting Python parse it."""
    namespace: dict[str, Any] = {}
    exec(f"def documented({text}): ...", namespace)
    return {
        name: {"required": True} if p.default is inspect.Parameter.empty else {"default": p.default}
        for name, p in inspect.signature(namespace["documented"]).parameters.items()
    }


def members(text: str) -> dict[str, Any]:
    """One row of the table above as data."""
    found: dict[str, Any] = {}
    for item in filter(None, (" ".join(part.split()) for part in text.split(";"))):
        name, _, rest = item.partition("(")
        found[name] = {"kind": "method", "parameters": parameters(rest[:-1])} if rest else {"kind": "property"}
    return found


def documented() -> dict[str, Any]:
    """The whole list: class path → member → kind and parameters."""
    listed = {path: members(text) for path, text in SEED.items()}
    for path in VALUE_OBJECTS:
        listed[path] |= {name: {"kind": "field"} for name in fields(path)}
    return listed


def main() -> int:
    """Write the list and say how long it is."""
    listed = documented()
    TARGET.write_text(json.dumps(listed, indent=1) + "\n")
    count = sum(1 + len(names) for names in listed.values())
    print(f"{TARGET.name}: {len(listed)} classes, {count} names")
    return 0


if __name__ == "__main__":
    sys.exit(main())
