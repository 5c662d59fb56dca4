"""What a request costs in virtual time, so that a loop that polls without sleeping ends. Pure."""

from __future__ import annotations

import attrs

from qarnot_mock.clock import SECOND
from qarnot_mock.messages import Request
from qarnot_mock.sim.commands import Instant

TOLL: Instant = SECOND // 1000
HIGHEST: Instant = 10 * SECOND


@attrs.frozen
class Toll:
    """The cost of the latest request: a millisecond, doubled for each repetition of one that only asks, up to 10 s.

    A thousand polls of one object so cover more than two hours, while a script that does something each time hardly
    moves the clock.
    """

    asked: tuple[str, str, bytes] = ("", "", b"")
    cost: Instant = TOLL

    def after(self, request: Request) -> Toll:
        """The toll of the request that follows."""
        asked = (request.method, request.path, request.body)
        repeats = asked == self.asked and request.method in ("GET", "HEAD")
        return Toll(asked, min(2 * self.cost, HIGHEST) if repeats else TOLL)
