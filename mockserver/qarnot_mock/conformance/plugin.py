"""Contract mode of pytest: every exchange with a mock is judged, a violation fails its test, coverage is counted.

Registered by ``qarnot_mock.pytest_plugin`` when ``--qarnot-contract`` or the ini option asks for it. Mocks in processes
that a test starts are judged there; their verdicts come back through a file.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from qarnot_mock import contract
from qarnot_mock.cloud import Cloud
from qarnot_mock.conformance.coverage import Coverage, declared, report, to_json
from qarnot_mock.conformance.verdict import EXPECTABLE, Verdict
from qarnot_mock.conformance.watch import Watch, watch
from qarnot_mock.observation import RECORDS

OUTPUT = "qarnot_contract"
BROKEN = "the Qarnot contract was not kept (a test that means to says so: @pytest.mark.qarnot_contract(word)):"
MOST = 10
"""Problems shown of one test."""


class ContractMode:
    """The part of the plugin that is there when contract mode is on; one per process of a session."""

    def __init__(self, config: pytest.Config) -> None:
        self.coverage = Coverage()
        self.expected: frozenset[str] = frozenset()
        self._config = config
        self._problems: dict[str, list[str]] = {}
        self._directory = tempfile.TemporaryDirectory(prefix="qarnot-contract-")
        self._records = Path(self._directory.name, "records.jsonl")
        self._read = 0

    def pytest_sessionstart(self) -> None:
        """Watch every cloud from here on, also those of processes that are started."""
        Cloud.observed_by.append(self._watch)
        os.environ[RECORDS] = str(self._records)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Stop watching; a worker of pytest-xdist hands over what it counted."""
        Cloud.observed_by.remove(self._watch)
        os.environ.pop(RECORDS, None)
        self._read_records()
        self._directory.cleanup()
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput[OUTPUT] = json.dumps(self.coverage.to_json())

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take over what a worker counted."""
        self.coverage.merge(json.loads(getattr(node, "workeroutput", {}).get(OUTPUT, "{}")))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        """Fail a test that would have passed."""
        result = yield
        self._settle(item)
        return result

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, object, object]:
        """The same for what its fixtures did afterwards; and begin anew."""
        try:
            result = yield
            self._settle(item)
            return result
        finally:
            self._problems = {}

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Show the coverage, and write it down, when that is asked for."""
        path = self._config.getoption("--qarnot-contract-report")
        if path and not hasattr(self._config, "workerinput"):
            there_is = declared(contract.load())
            terminalreporter.section("coverage of the Qarnot contract")
            terminalreporter.write_line(report(self.coverage, there_is))
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            Path(path).write_text(json.dumps(to_json(self.coverage, there_is), indent=1) + "\n", encoding="utf-8")

    @contextlib.contextmanager
    def expecting(self, *words: str) -> Iterator[None]:
        """Within the block, exchanges may be what the marker's words say."""
        before, self.expected = self.expected, self.expected | _checked(words)
        try:
            yield
        finally:
            self.expected = before

    def take(self, verdict: Verdict) -> None:
        """Count one exchange, and keep what is wrong with it."""
        self.coverage.add(verdict)
        for word, texts in verdict.problems().items():
            if word not in self.expected:
                self._problems.setdefault(word, []).extend(f"{verdict}: {text}" for text in texts)

    def _watch(self) -> Watch:
        return watch(self.take)

    def _settle(self, item: pytest.Item) -> None:
        self._read_records()
        expected = _checked(word for mark in item.iter_markers(OUTPUT) for word in mark.args)
        problems, self._problems = self._problems, {}
        lines = [f"{word}: {text}" for word in problems.keys() - expected for text in problems[word]]
        if lines:
            more = [f"... and {len(lines) - MOST} more"] if len(lines) > MOST else []
            pytest.fail("\n".join([BROKEN, *lines[:MOST], *more]), pytrace=False)

    def _read_records(self) -> None:
        """The verdicts that mocks in other processes have completely written since the last look."""
        if not self._records.exists():
            return
        with self._records.open("rb") as file:
            file.seek(self._read)
            lines = file.read()
        complete = lines[: lines.rfind(b"\n") + 1]
        self._read += len(complete)
        for line in complete.splitlines():
            value: Mapping[str, Any] = json.loads(line)
            self.take(Verdict.from_json(value))


def _checked(words: Any) -> frozenset[str]:
    wanted = frozenset(words)
    if unknown := wanted - set(EXPECTABLE):
        names = ", ".join(sorted(map(repr, unknown)))
        raise pytest.UsageError(f"@pytest.mark.qarnot_contract knows {', '.join(EXPECTABLE)}, not {names}")
    return wanted
