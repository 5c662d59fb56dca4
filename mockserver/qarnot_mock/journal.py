"""What a tenant's world was told, in order: enough to tell it again, and nothing that identifies who asked.

No headers and no tokens get here; the commands that only look are left out. An entry holds its command as it was, but
shows neither secrets nor write-only constants.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping

import attrs

from qarnot_mock.sim.commands import Command, Instant, Json
from qarnot_mock.sim.confidential import shown

PURE_READS = frozenset(
    {
        "service_ping", "info_get", "profiles_list", "profile_get",
        "tasks_list", "tasks_search", "tasks_paginate", "task_summaries_list", "task_summaries_paginate",
        "task_get", "task_stdout_get", "task_stderr_get", "task_instance_stdout_get",
        "task_instance_stderr_get", "task_snapshot_get", "task_carbon_facts", "task_credits",
        "task_port_forward", "scaling_check",
        "pools_list", "pools_search", "pools_paginate", "pool_summaries_list", "pool_summaries_paginate",
        "pool_get", "pool_scaling_get", "pool_jobs_list", "pool_tasks_list", "pool_stdout_get", "pool_stderr_get",
        "pool_instance_stdout_get", "pool_instance_stderr_get", "pool_carbon_facts", "pool_credits",
        "jobs_list", "jobs_search", "jobs_paginate", "job_get", "job_tasks_list",
        "hardware_constraints_list", "cpu_model_constraints_search", "user_quotas_get", "organization_quotas_get",
        "account_credits_get", "project_budgets_list", "secret_get", "secrets_search",
    }
)  # fmt: skip
"""Operations after which the world is what it was. A fresh read of an output is not one: it consumes."""


@attrs.frozen
class Entry:
    """One accepted command: its place from 0, the instant it was applied at, and the command itself."""

    order: int
    at: Instant
    command: Command

    def to_json(self) -> Mapping[str, Json]:
        """The entry as plain data, confidential values hidden."""
        command = attrs.asdict(self.command, recurse=False)
        return {"order": self.order, "at": self.at, **command, "body": shown(self.command.body)}

    def canonical(self) -> str:
        """One line of JSON, the same for the same entry in every process."""
        return json.dumps(self.to_json(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


class Journal:
    """The accepted commands of one world, oldest first. ``write`` is told of each that is added to those given."""

    def __init__(self, entries: Iterable[Entry] = (), write: Callable[[Entry], None] | None = None) -> None:
        self._entries = list(entries)
        self._write = write

    def accept(self, command: Command, at: Instant) -> None:
        """Append a command that the world has accepted, unless it only looked."""
        if command.operation not in PURE_READS:
            entry = Entry(len(self._entries), at, command)
            self._entries.append(entry)
            if self._write is not None:
                self._write(entry)

    def __len__(self) -> int:
        return len(self._entries)

    def since(self, order: int = 0) -> tuple[Entry, ...]:
        """The entries from ``order`` on."""
        return tuple(self._entries[order:])
