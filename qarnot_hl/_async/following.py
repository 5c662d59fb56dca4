"""What a followed task says, told to the connection's loggers: each change of state, each line, once.

One fetch a stream and round. Fresh output is consumed by reading it, so after an answer was lost the whole buffer is
read instead, from then on, and what was told before is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from qarnot_hl._core.logs import LineMerger
from qarnot_hl.exceptions import QarnotException, TransportException

if TYPE_CHECKING:
    from qarnot_hl._async.output import AsyncOutput

Say = Callable[[str], None]


class AsyncFollowedStream:
    """One of a task's two outputs, told line by line. ``name`` is ``stdout`` or ``stderr``."""

    def __init__(self, task: AsyncOutput, name: str, say: Say) -> None:
        self._task, self._name, self._say = task, name, say
        self._merger = LineMerger()
        self._lossy = False

    async def advance(self) -> None:
        """Tell the lines that came since the last time."""
        for line in await self._lines():
            self._say(line)

    def finish(self) -> None:
        """Tell what was held back because its line did not end."""
        for line in self._merger.rest():
            self._say(line)

    async def _lines(self) -> list[str]:
        if not self._lossy:
            try:
                return self._merger.feed(await self._task._output(f"{self._name}_fresh", None))
            except QarnotException as error:
                if not answer_may_be_lost(error):
                    raise
                self._lossy = True
        return self._merger.catch_up(await self._task._output(f"{self._name}_get", None))


class AsyncFollowing:
    """All that is followed of one task during one wait. ``known``: a state that is not told again."""

    def __init__(self, task: AsyncOutput, state: bool, stdout: bool, stderr: bool, known: str | None = None) -> None:
        logger, errors = task._connection.logger, task._connection.logger_stderr
        self._say_state: Say | None = (lambda text: logger.info("** State| %s", text)) if state else None
        self._last_state = known
        self._streams: list[AsyncFollowedStream] = []
        if stdout:
            self._streams.append(AsyncFollowedStream(task, "stdout", lambda line: logger.info("** Stdout| %s", line)))
        if stderr:
            self._streams.append(
                AsyncFollowedStream(task, "stderr", lambda line: errors.warning("** Stderr| %s", line))
            )

    async def advance(self, state: str) -> None:
        """Tell a new state, then new output. Output fetched after a final state is all there will be."""
        if self._say_state and state != self._last_state:
            self._say_state(state)
        self._last_state = state
        for stream in self._streams:
            await stream.advance()

    def finish(self) -> None:
        """Tell what is still held back."""
        for stream in self._streams:
            stream.finish()


def answer_may_be_lost(error: QarnotException) -> bool:
    """Whether the server may have handed out lines that did not arrive."""
    return isinstance(error, TransportException) or (error.status or 0) >= 500
