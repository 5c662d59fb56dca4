"""The import machinery behind ``import qarnot``: each ``qarnot.x`` is the very module ``qarnot_hl.x``.

It also answers ``importlib.metadata`` for the name ``qarnot``. It must never import the official package.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.metadata import Distribution, DistributionFinder
from importlib.util import find_spec
from types import ModuleType

from qarnot_hl._version import __version__

OFFICIAL = "qarnot"
OURS = "qarnot_hl"
VERSION = f"2.23.0+hl.{__version__}"
"""What ``importlib.metadata.version("qarnot")`` answers: 2.23.0 when compared, with ours as its local label."""
LOADED_BY_THE_OFFICIAL_PACKAGE = (
    *("advanced_bucket", "bucket", "budget", "carbon_facts", "computing_quotas", "connection", "credits_client"),
    *("dependency", "error", "exceptions", "forced_constant", "forced_network_rule", "hardware_constraint", "helper"),
    *("job", "multi_slots_settings", "paginate", "pool", "privileges", "project", "retry_settings", "scaling"),
    *("scheduling_type", "secrets", "snapshot", "status", "storage", "task"),
)
"""The submodules that are in ``sys.modules`` after a plain ``import qarnot`` of 2.23.0."""


def our_name(official: str) -> str | None:
    """The module that a name of the official package stands for; None for other names."""
    if official == OFFICIAL or official.startswith(OFFICIAL + "."):
        return OURS + official.removeprefix(OFFICIAL)
    return None


class AliasFinder(MetaPathFinder):
    """Finds ``qarnot`` and what is below it, as modules and as an installed distribution."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """A spec that loads our module; None for other names, and for what we do not have, so that the import fails."""
        ours = our_name(fullname)
        found = find_spec(ours) if ours else None
        if ours is None or found is None:
            return None
        is_package = found.submodule_search_locations is not None
        return ModuleSpec(fullname, AliasLoader(ours), origin=found.origin, is_package=is_package)

    def find_distributions(self, context: DistributionFinder.Context | None = None) -> Iterator[Distribution]:
        """The stand-in for the distribution ``qarnot``, before any that is installed."""
        if context is None or context.name is None or context.name.lower() == OFFICIAL:
            yield StandInDistribution()


class AliasLoader(Loader):
    """Hands out a module of ours under its other name; the module keeps its own name and spec."""

    def __init__(self, ours: str) -> None:
        self._ours = ours
        self._spec: ModuleSpec | None = None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = importlib.import_module(self._ours)
        self._spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self._spec  # the import system has just put the alias there
        if self._ours == OURS:
            for name in LOADED_BY_THE_OFFICIAL_PACKAGE:
                if find_spec(f"{OURS}.{name}") is not None:
                    sys.modules[f"{OFFICIAL}.{name}"] = importlib.import_module(f"{OURS}.{name}")


class StandInDistribution(Distribution):
    """What ``importlib.metadata`` sees as the distribution ``qarnot``: a name and a version, no files."""

    FILES = {  # noqa: RUF012  (a constant table)
        "METADATA": f"Metadata-Version: 2.1\nName: {OFFICIAL}\nVersion: {VERSION}\nRequires-Dist: qarnot-hl\n",
        "top_level.txt": f"{OFFICIAL}\n",
    }

    def read_text(self, filename: str) -> str | None:
        return self.FILES.get(filename)

    def locate_file(self, path: object) -> object:  # type: ignore[override]
        raise FileNotFoundError(f"{OFFICIAL} is {OURS} here and has no file {path}")
