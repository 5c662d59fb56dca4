"""The one table of what may be sent again: for each operation its class and why, for each class the failures after
which a repeat is safe. Data only; ``docs/retries.md`` is made from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from attrs import frozen


class Failure(Enum):
    """What became of a request that did not succeed."""

    UNREACHED = "the server was not reached"
    BUSY = "429 or 503"
    UNKNOWN = "the connection broke, no answer came in time, or 500, 502, 504"
    GARBLED = "an answer that is not HTTP"
    FINAL = "anything else: another status, an untrusted certificate"


class Repeatable(Enum):
    """What a second sending of the same request could do."""

    READ = "nothing"
    REPEAT = "the same once more, without further effect"
    GUARDED = "make a second object, so it carries a nonce, and a look comes before it"
    ONCE = "act twice"


REPEATED: Mapping[Repeatable, frozenset[Failure]] = {
    Repeatable.READ: frozenset({Failure.UNREACHED, Failure.BUSY, Failure.UNKNOWN, Failure.GARBLED}),
    Repeatable.REPEAT: frozenset({Failure.UNREACHED, Failure.BUSY, Failure.UNKNOWN}),
    Repeatable.GUARDED: frozenset({Failure.UNREACHED, Failure.BUSY, Failure.UNKNOWN, Failure.GARBLED}),
    Repeatable.ONCE: frozenset({Failure.UNREACHED, Failure.BUSY}),
}


@frozen
class Rule:
    """``gone_is_done``: after a failure that leaves open whether the server acted, a 404 says that it did."""

    kind: Repeatable
    why: str
    gone_is_done: bool = False


READS = Rule(Repeatable.READ, "reads only")
CHECKS = Rule(Repeatable.READ, "checks what it is sent and keeps nothing")
SETS = Rule(Repeatable.REPEAT, "sets values; setting the same ones again changes nothing")
SYNCHRONISES = Rule(Repeatable.REPEAT, "makes machines look at the buckets, twice at worst")
REMOVES = Rule(Repeatable.REPEAT, "removes by name; what is gone stays gone", gone_is_done=True)
CREATES = Rule(Repeatable.ONCE, "makes a new object each time")
SUBMITS = Rule(Repeatable.GUARDED, "makes a new object, but one of each [nonce](#exactly-once-submit)")
CONFLICTS = Rule(Repeatable.ONCE, "a second creation would be refused as a conflict with the first, and look failed")
CONSUMES = Rule(Repeatable.ONCE, "consumes what it gives; a repeat would hide that lines were lost")
ENDS = Rule(Repeatable.ONCE, "a late second one is refused, or ends what somebody restarted in between")
RESTARTS = Rule(Repeatable.ONCE, "a late second one throws away what the first has begun")

GROUPS: Mapping[Rule, str] = {
    READS: """
        service_ping settings_get versions_list info_get
        tasks_list tasks_search tasks_paginate task_summaries_list task_summaries_paginate task_get
        task_stdout_get task_stderr_get task_instance_stdout_get task_instance_stderr_get
        task_snapshot_get task_carbon_facts task_credits task_port_forward
        pools_list pools_search pools_paginate pool_summaries_list pool_summaries_paginate pool_get
        pool_scaling_get pool_jobs_list pool_tasks_list pool_stdout_get pool_stderr_get
        pool_instance_stdout_get pool_instance_stderr_get pool_carbon_facts pool_credits
        jobs_list jobs_search jobs_paginate job_get job_tasks_list
        profiles_list profile_get hardware_constraints_list cpu_model_constraints_search
        user_quotas_get organization_quotas_get account_credits_get project_budgets_list
        secret_get secrets_search""",
    CHECKS: "scaling_check",
    SETS: "task_update pool_update pool_scaling_update secret_update task_snapshot_periodic",
    SYNCHRONISES: "task_resources_update pool_resources_update",
    REMOVES: "task_delete pool_delete job_delete secret_delete",
    SUBMITS: "tasks_create pools_create jobs_create",
    CREATES: """
        tasks_force_create task_snapshot_create task_clone task_retry task_resume task_recover pool_clone""",
    CONFLICTS: "secret_create",
    CONSUMES: """
        task_stdout_fresh task_stderr_fresh task_instance_stdout_fresh task_instance_stderr_fresh
        pool_stdout_fresh pool_stderr_fresh pool_instance_stdout_fresh pool_instance_stderr_fresh""",
    ENDS: "task_abort pool_close job_terminate",
    RESTARTS: "task_restart",
}
RULES: Mapping[str, Rule] = {name: rule for rule, names in GROUPS.items() for name in names.split()}
UNLISTED = Rule(Repeatable.ONCE, "not in the table, so nothing is known of it")


def rule_of(operation: str) -> Rule:
    """The row of an operationId; the most careful one where there is none."""
    return RULES.get(operation, UNLISTED)


def unguarded(kind: Repeatable) -> Repeatable:
    """The class of a request that is sent without its guard."""
    return Repeatable.ONCE if kind is Repeatable.GUARDED else kind
