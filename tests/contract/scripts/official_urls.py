"""Entries of the official package's URL table that no code of the package uses, sent through its own transport.

Run by test_official_methods.py under ``qarnot-mock run``; prints what watched.py saw.
"""

import qarnot
import watched

conn = qarnot.connection.Connection()
for key in ("tasks search", "pools search", "jobs search"):
    assert conn._post(qarnot.get_url(key), json={"equals": None}).ok
assert conn._post(qarnot.get_url("task force"), json={"name": "f", "profile": "docker-batch", "instanceCount": 1}).ok
watched.report()
