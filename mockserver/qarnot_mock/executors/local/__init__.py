"""The local executor: instances as real processes of this machine, opt-in (``--executor local``).

Pure decisions live in ``command``, ``environment``, ``layout``, ``changes``, ``filters`` and ``lines``; files,
processes and threads in the other modules, of which ``executor`` is the entrance. Container images are not run.
"""

from __future__ import annotations

from qarnot_mock.executors.local.confinement import Bubblewrap, Confinement, Unconfined, detect_confinement
from qarnot_mock.executors.local.executor import LocalExecutor

__all__ = ["Bubblewrap", "Confinement", "LocalExecutor", "Unconfined", "detect_confinement"]
