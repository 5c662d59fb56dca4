"""Writes ``docs/faults.md`` from the table of faults in ``qarnot_mock/faults``; ``--check`` compares."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from qarnot_mock import contract
from qarnot_mock.faults import KINDS, parse
from qarnot_mock.faults.kinds import REST, S3
from qarnot_mock.faults.reach import known_operations
from qarnot_mock.http.document import Document
from scripts.derived import ROOT, parser, settle
from scripts.lifecycle_docs import markdown_table

TARGET = ROOT / "docs" / "faults.md"
INTRODUCTION = """\
# Faults on demand

Made from `mockserver/qarnot_mock/faults/kinds.py` by `scripts/fault_docs.py` (`make generate`); do not edit.

A fault stands between the mock and whoever asks it, on the REST port and on the storage port. In a test it is one line,
and clients in the same process (httpx, requests, botocore, our own engine) raise what they raise over a socket:

```python
import qarnot_hl as qarnot


def test_one_task_though_the_answer_is_lost(qarnot_cloud):
    qarnot_cloud.faults.add({"kind": "answer-lost", "operation": "tasks_create", "ordinal": 1})
    task = qarnot.Connection().create_task("render", "docker-batch", 1)
    task.submit()
    assert [hit.kind for hit in qarnot_cloud.faults.hits()] == ["answer-lost"]
    assert [found.uuid for found in qarnot.Connection().tasks()] == [task.uuid]
```

On a server the same goes through the control API, with the token of the account that the fault is to hit; in a scenario
([scenarios.md](scenarios.md)) it stands under `faults:`.

```console
$ curl -H "Authorization: $QARNOT_CLIENT_TOKEN" $QARNOT_CLUSTER_URL/_mock/faults \\
    -d '{"kind": "unavailable", "retry_after": 2, "operation": "task_*", "every": 3}'
{"number":1}
```

`GET /_mock/faults` shows what is in force and what struck, `DELETE` takes all out of force or the one of `?number=`. A
tenant's faults hit its own requests; the administrator's hit everybody's, or those of `?tenant=`.

## Kinds
"""
SELECTORS = """\

A connection that is "reset" is closed with a TCP reset. Errors are worded as the port words its own: JSON on the REST
port, XML on the storage port (where `too-many-requests` is `SlowDown`, 503). `Retry-After` is sent when `retry_after`
is there, as seconds or, with `retry_after_form: date`, as an HTTP date of the cloud's clock. A token that expires is
`expired-token` with `from`. What changes a body hits the operations whose success has one, `unknown-values` those with
a field that is one of a list of values, `extra-fields` those that answer with objects.

An answer that a fault has changed does not count as a breach of the contract, and contract mode judges the true one. In
process, waiting for what never comes costs the client's own time limit in virtual time; a client without one gets
`NeverAnsweredError` instead of hanging. Faults belong to the server and not to the accounts: they are in no journal,
and gone when it ends.

## Which exchanges are hit

All keys that are there must fit. Without any, every exchange that the kind can hit is.

| key | meaning |
| --- | --- |
| `service` | `rest` or `s3` |
| `operation` | an operationId, the name of an S3 operation, a pattern such as `task_*`, or a list of these |
| `ordinal` | the n-th exchange that fits, counted from 1 for each tenant; or a list |
| `every` | each k-th that fits |
| `probability` | the chance of each; drawn from the seed, the fault's number, the tenant and the place in its count |
| `times` | no more than so many hits |
| `exchange` | places in the order of all that the cloud was asked, from 0, REST and S3 together; or a list |
| `from`, `until` | a date, or seconds from when the fault is put in force, by the cloud's clock; `until` is excluded |
| `tenant` | a digest (`GET /_mock/tenants`), for the administrator |

Of several faults that fit, the first strikes; those behind it count the exchange all the same. The same seed and the
same requests in the same order meet the same faults.
"""


def document() -> str:
    """The whole page."""
    rows = list(kinds())
    count = sum(int(row[3]) for row in rows)
    lines = [
        INTRODUCTION,
        *markdown_table(("kind", "what happens", "options", "operations it can hit"), iter(rows)),
        "",
    ]
    known = known_operations(Document(contract.load().openapi)).operations
    there_are = f"{len(KINDS)} kinds, {len(known[REST])} operations of the API and {len(known[S3])} of S3"
    lines.append(f"{there_are}: {count} faults of one exchange.")
    return "\n".join([*lines, SELECTORS])


def kinds() -> Iterator[tuple[str, ...]]:
    """Rows: each kind, with the number of operations that it can hit."""
    known = known_operations(Document(contract.load().openapi))
    for name, kind in KINDS.items():
        fault = parse({"kind": name}, known)
        hits = sum(
            fault.concerns(service, operation) for service, names in known.operations.items() for operation in names
        )
        yield f"`{name}`", kind.does, ", ".join(f"`{option}`" for option in kind.options), str(hits)


def main() -> int:
    """Write or check; 1 when the committed file is stale."""
    return settle(TARGET, document(), check=parser(__doc__).parse_args().check)


if __name__ == "__main__":
    sys.exit(main())
