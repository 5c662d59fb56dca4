"""Imported first by a script that drives the official package: notes what is called and what it asks of the cloud.

A profile hook sees the calls, so the package runs as it was installed. Each request is credited to the public methods
of the package on the stack, or in a transfer thread to those that the main thread entered last. ``report()`` prints one
JSON object: the package's URL table, the entries that its own code used and those that a script asked for, and for each
method its requests (method, path, status, rules).
"""

import inspect
import json
import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit

import qarnot
import requests
from botocore.client import BaseClient

PACKAGE = str(Path(qarnot.__file__).parent)
URL_TABLE = qarnot.get_url.__code__
SEND = requests.Session.send.__code__
S3_CALL = inspect.unwrap(BaseClient._make_api_call).__code__
TOLERATED = "x-qarnot-mock-tolerated"

templates = set()
borrowed = set()
table = set()
called = {}
current = []


def name_of(code):
    """``task.Task.submit`` for a public function or property of a public class; None for anything else."""
    name = code.co_qualname
    public = "." in name and not any(part.startswith(("_", "<")) for part in name.split("."))
    return f"{Path(code.co_filename).stem}.{name}" if public and code.co_filename.startswith(PACKAGE) else None


def on_stack(frame):
    found = []
    while frame is not None:
        found.append(name_of(frame.f_code))
        frame = frame.f_back
    return [name for name in found if name]


def credit(frame, request):
    in_transfer = threading.current_thread() is not threading.main_thread()
    for name in on_stack(frame) or (current if in_transfer else ()):
        called.setdefault(name, set()).add(request)


def note(frame, event, value):
    code = frame.f_code
    if event == "call":
        if code is URL_TABLE:
            own = frame.f_back is not None and frame.f_back.f_code.co_filename.startswith(PACKAGE)
            (templates if own else borrowed).add(frame.f_locals["key"])
        elif code is S3_CALL:
            credit(frame, ("S3", frame.f_locals["operation_name"], 0, ""))
        elif name_of(code):
            called.setdefault(name_of(code), set())
            if threading.current_thread() is threading.main_thread():
                current[:] = on_stack(frame)
    elif event == "return" and code is URL_TABLE:
        table.update(frame.f_locals["urls"])
    elif event == "return" and code is SEND and value is not None:
        path = urlsplit(value.request.url).path
        credit(frame, (value.request.method, path, value.status_code, value.headers.get(TOLERATED, "")))


def report():
    """Stop watching and print what was seen."""
    sys.setprofile(None)
    threading.setprofile(None)
    seen = {name: sorted(requests) for name, requests in called.items()}
    urls = {"templates": sorted(templates), "borrowed": sorted(borrowed), "table": sorted(table)}
    json.dump({**urls, "called": seen}, sys.stdout)


threading.setprofile(note)
sys.setprofile(note)
