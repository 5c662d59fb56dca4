"""Scenarios: what a cloud does on some kind of day; written in YAML, checked, applied to the settings of worlds."""

from __future__ import annotations

from qarnot_mock.scenario.scenarios import Scenario, ScenarioError, load, load_from_library, names, parse, read_text

__all__ = ["Scenario", "ScenarioError", "load", "load_from_library", "names", "parse", "read_text"]
