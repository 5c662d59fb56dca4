"""A mock whose account may hold a million tasks, for the load of ``rest_rate``: an ordinary one stops at a hundred.

Everything else is what ``qarnot-mock serve --port 0`` starts.
"""

from __future__ import annotations

import attrs

from qarnot_mock.options import Options
from qarnot_mock.server import open_server
from qarnot_mock.sim.settings import Quotas, WorldSettings

OPTIONS = Options("127.0.0.1", 0, 0, "real", None, "simulated", None, 1, False)
ROOMY = WorldSettings(quotas=attrs.evolve(Quotas(), max_task=1_000_000))


def main() -> None:
    """Serve until SIGTERM; the first line on stdout is ``ready URL storage URL``."""
    server = open_server(OPTIONS, None, fixed_epoch=False, world_settings=ROOMY)
    server.run(lambda: print(f"ready {server.url} storage {server.storage_url}", flush=True))


if __name__ == "__main__":
    main()
