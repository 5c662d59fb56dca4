"""Writes ``docs/retries.md`` from the retry table in ``qarnot_hl/_core``; ``--check`` compares."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from qarnot_hl._core.retry import BUDGET, DEADLINE, LONGEST_PAUSE, RetryPolicy
from qarnot_hl._core.retry_budget import PER_SECOND, PER_SUCCESS
from qarnot_hl._core.retry_table import REPEATED, RULES, Failure, Repeatable
from qarnot_hl._core.submission import LABEL, PREFIX
from scripts.derived import ROOT, parser, settle
from scripts.lifecycle_docs import markdown_table

INVENTORY = ROOT / "spec" / "operations.txt"
TARGET = ROOT / "docs" / "retries.md"
INTRODUCTION = """\
# Retries

Made from `qarnot_hl/_core/retry_table.py` by `scripts/retry_docs.py` (`make generate`); do not edit. Each REST call of
`qarnot_hl` obeys it. The clients of `generated_client()` repeat nothing, and transfers of files have rules of their own
([sync.md](sync.md)).

## After which failure a request is sent again

A class of operations is named by what a second sending could do.
"""
SETTINGS = f"""\
## When, and how often

| `Connection(...)` | default | meaning |
| --- | --- | --- |
| `retry_count` | {RetryPolicy().count} | repeats after the first attempt; 0: none |
| `retry_wait` | {RetryPolicy().wait:g} s | the longest first pause; it doubles, up to {LONGEST_PAUSE:g} s. 0: none |
| `retry_deadline` | {DEADLINE:g} s | repeats start within this time after the first attempt; 0: no limit |
| `retry_budget` | {BUDGET} | repeats that all calls together have in hand. 0: no limit |
| `cluster_timeout` | 10 s to connect, 60 s for the rest | each request by itself; 0: no limit |

- The pause is drawn at random between 0 and its longest ("full jitter"), so that clients that failed together do not
  come back together.
- `Retry-After`, in seconds or as a date, is never undercut. Where it leads past the deadline the call ends at once.
- The budget refills by {PER_SECOND:g} a second and {PER_SUCCESS:g} for each call that the server answers, up to
  its size. While a server is down, a connection adds at most that much to its load, whatever the number of threads.
- The first attempt has its whole `cluster_timeout`, also where that is longer than the deadline; a repeat ends with the
  deadline. `cluster_timeout` is that of a silent server: an answer that comes drop by drop can outlast it.
- `connection.limits(...)` changes `retry_count`, `retry_wait` and the timeout for a block, and gives all in it together
  a deadline that nothing outlasts ([waiting.md](waiting.md#deadlines)).
- After a failure that leaves open whether the server acted, a deletion that meets a 404 counts as done.
- What is not repeated is raised. The error says whether the server may have acted.

## Exactly-once submit

The API has no idempotency keys, but a shortname is unique in the account, and an object is found by it. So each submit
carries a nonce, and the table's GUARDED operations are sent again as `qarnot_hl/_core/submission.py` decides.

| submit of | the nonce is | before the first sending |
| --- | --- | --- |
| a task, pool or job without a shortname | in a generated shortname, `{PREFIX}` and 32 hexadecimal digits | nothing |
| a task or pool with a shortname | in the label `{LABEL}` | nothing |
| a job with a shortname (jobs have no labels) | nowhere | a look, of which nothing may come |
| anything with `submit(submit_id="...")` | your id, instead of the digits | a look |

- After a failure that leaves open whether the server acted, and after a refusal because of the shortname, the object is
  looked for. With the nonce it is adopted; where there is none, the creation is sent again with the same nonce; a plain
  duplicate is refused in the server's words. If requests for one go on arriving late, only one of them can succeed.
- A submit that ends in doubt, because looking failed too, raises. The next `submit()` of the same object continues it,
  also after a pickle. A program that died continues with `submit(submit_id=...)`, an id of up to 48 letters, digits and
  hyphens that it kept; a job with a shortname cannot carry one. What is adopted is shown as it was first sent.
- `submit_tasks` does the same for each entry; `submit_tasks(tasks, submit_id=...)` numbers the entries in their order.
- Generated shortnames read back as the uuid, and the label is not shown among `labels`. Both are seen by other clients.
- `Connection(..., exactly_once=False)` adds nothing to a submit, except where a `submit_id` is given. A submit in doubt
  is then raised.
- Not covered: `clone`, `retry`, `recover`, `resume_cancelled`, which are sent once. And where another program makes a
  job of the same shortname in the very moment in which the answer to ours is lost, theirs is taken for ours.

## Each operation
"""


def document() -> str:
    """The whole page."""
    header = ("class: a second sending could…", *(failure.value for failure in Failure))
    lines = [INTRODUCTION, *markdown_table(header, classes()), "", SETTINGS]
    return "\n".join([*lines, *markdown_table(("operation", "request", "class", "why"), operations()), ""])


def classes() -> Iterator[tuple[str, ...]]:
    """Rows: what each class does after each kind of failure."""
    for kind in Repeatable:
        yield f"{kind.name}: {kind.value}", *("again" if failure in REPEATED[kind] else "stop" for failure in Failure)


def operations() -> Iterator[tuple[str, ...]]:
    """Rows: each operation in the order of the inventory."""
    for line in INVENTORY.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            _, operation, method, path = line.split()
            rule = RULES[operation]
            yield f"`{operation}`", f"{method} `{path}`", rule.kind.name, rule.why


def main() -> int:
    """Write or check; 1 when the committed file is stale."""
    return settle(TARGET, document(), check=parser(__doc__).parse_args().check)


if __name__ == "__main__":
    sys.exit(main())
