"""Faults on demand, at every boundary of the REST API and of S3. What is done is decided by pure plans."""

from __future__ import annotations

from qarnot_mock.faults.fault import Fault, FaultError, parse, parse_all
from qarnot_mock.faults.kinds import KINDS, Kind

__all__ = ["KINDS", "Fault", "FaultError", "Kind", "parse", "parse_all"]
