"""The machines of the simulated cloud: kinds of nodes, how many there are, and which hardware constraints they meet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import cast

import attrs

from qarnot_mock.sim.commands import Json


@attrs.frozen
class NodeKind:
    """One machine specification; ``count`` nodes of it exist, each with ``slots`` places for an instance.

    Those with a ``reservation`` are kept for reserved tasks, and known to them by that name.
    """

    specification_key: str
    cpu_model: str
    core_count: int
    memory_mb: int
    max_frequency_ghz: float
    count: int = 1
    slots: int = 1
    ssd: bool = False
    gpu: bool = False
    clock_ratio: float = 1.0
    reservation: str = ""

    @property
    def memory_core_ratio(self) -> float:
        """GB of memory for each core."""
        return self.memory_mb / 1000 / self.core_count


# Keys: reference 3.11. How many there are is ours: few enough to see queueing.
DEFAULT_NODES = (
    NodeKind("8c-32g-amd-rz3700x", "AMD Ryzen 7 3700X 8-Core Processor", 8, 32_000, 3.6, count=16),
    NodeKind(
        "28c-128g-intel-dual-xeon2680v4-ssd",
        "Intel(R) Xeon(R) CPU E5-2680 v4 @ 2.40GHz",
        28, 128_000, 2.4, count=8, ssd=True,
    ),
    NodeKind(
        "32c-128g-amd-tr2990wx-ssd",
        "AMD Ryzen Threadripper 2990WX 32-Core Processor",
        32, 128_000, 3.0, count=4, ssd=True,
    ),
    NodeKind(
        "96c-512g-amd-epyc9654-ssd", "AMD EPYC 9654 96-Core Processor", 96, 512_000, 2.4, count=2, ssd=True
    ),
    NodeKind(
        "32c-128g-amd-tr2990wx-ssd",
        "AMD Ryzen Threadripper 2990WX 32-Core Processor",
        32, 128_000, 3.0, count=2, ssd=True, reservation="mock-reservation",
    ),
)  # fmt: skip


Fleet = Sequence[tuple[NodeKind, Sequence[int]]]
"""The nodes in service: each kind with the indexes of its nodes, in the order in which they are tried."""


Constraint = Mapping[str, Json]


def _number(constraint: Constraint, key: str) -> float:
    return float(cast(float, constraint[key]))


def _text(constraint: Constraint, key: str) -> str:
    return str(constraint[key]).lower()


# reference 3.11; a kind that is not listed here is one the server added later: it restricts nothing.
_MEETS: Mapping[str, Callable[[NodeKind, Constraint], bool]] = {
    "MinimumCoreHardwareConstraint": lambda node, c: node.core_count >= _number(c, "coreCount"),
    "MaximumCoreHardwareConstraint": lambda node, c: node.core_count <= _number(c, "coreCount"),
    "MinimumRamCoreRatioHardwareConstraint": lambda node, c: (
        node.memory_core_ratio >= _number(c, "minimumMemoryGBCoreRatio")
    ),
    "MaximumRamCoreRatioHardwareConstraint": lambda node, c: (
        node.memory_core_ratio <= _number(c, "maximumMemoryGBCoreRatio")
    ),
    "MinimumRamHardwareConstraint": lambda node, c: node.memory_mb >= _number(c, "minimumMemoryMB"),
    "MaximumRamHardwareConstraint": lambda node, c: node.memory_mb <= _number(c, "maximumMemoryMB"),
    "SpecificHardwareConstraint": lambda node, c: _text(c, "specificationKey") in node.specification_key.lower(),
    "CpuModelHardwareConstraint": lambda node, c: all(
        word in node.cpu_model.lower() for word in _text(c, "cpuModel").split()
    ),
    "GpuHardwareConstraint": lambda node, c: node.gpu,
    "NoGpuHardwareConstraint": lambda node, c: not node.gpu,
    "SSDHardwareConstraint": lambda node, c: node.ssd,
    "NoSSDHardwareConstraint": lambda node, c: not node.ssd,
}


def meets(node: NodeKind, constraints: Sequence[Constraint]) -> bool:
    """Whether a node satisfies every constraint (they are and-ed)."""
    return all(
        _MEETS[str(constraint.get("discriminator"))](node, constraint)
        for constraint in constraints
        if constraint.get("discriminator") in _MEETS
    )
