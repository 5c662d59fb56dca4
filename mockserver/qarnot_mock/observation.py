"""What a cloud shows to those who watch it: each exchange of the REST port as a plain value, in the order of its steps.

Nothing is judged or kept here. A cloud that nobody watches pays nothing for it.
"""

from __future__ import annotations

from collections.abc import Callable

import attrs

from qarnot_mock.messages import Request, Response
from qarnot_mock.sim.commands import Instant


@attrs.frozen
class Observation:
    """One request with its answer, at an instant of the cloud's time.

    ``account`` stands for the account that asked, from its birth to its reset: the same object as long as its tasks are
    the same ones. None when the request came without a token that is let in. ``faulty``: the cloud never saw the
    request; the answer, of status 0 when none was sent, is a fault that was asked for.
    """

    at: Instant
    account: object | None
    request: Request
    response: Response
    faulty: bool = False


Observer = Callable[[Observation], None]

RECORDS = "QARNOT_MOCK_CONTRACT_RECORDS"
"""The variable that names the file to which a mock in a process of its own appends its verdicts, a JSON line each."""
