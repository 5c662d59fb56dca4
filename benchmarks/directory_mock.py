"""A mock whose one account keeps its objects over a directory; arguments are the folder, a token and an e-mail.

Everything else is what ``qarnot-mock serve --port 0`` starts; each request is committed before its answer leaves.
"""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

import attrs

from qarnot_mock.options import Options
from qarnot_mock.server import open_server
from qarnot_mock.storage.directory import DirectoryStore
from qarnot_mock.storage.directory_uploads import DirectoryUploads


def main(folder: Path, token: str, email: str) -> None:
    """Serve until SIGTERM; the first line on stdout is ``ready URL storage URL``."""
    options = Options("127.0.0.1", 0, 0, "real", None, "simulated", {token: email}, 1, False)
    server = open_server(options, None, fixed_epoch=False)
    tenant = server.cloud.authenticate(token)
    if tenant is None:
        raise RuntimeError("the account that was just made is not known")
    connection = sqlite3.connect(folder / "index.sqlite3", check_same_thread=False)
    connection.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF")
    store = DirectoryStore(connection, folder / "objects")
    tenant.account = attrs.evolve(tenant.account, store=store, uploads=DirectoryUploads(store), commit=store.commit)
    server.run(lambda: print(f"ready {server.url} storage {server.storage_url}", flush=True))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
