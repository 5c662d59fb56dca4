"""Everything that the SDK raises, under one root.

    QarnotException
    ├── QarnotGenericException            the server refused, and no narrower name fits
    │   ├── ConfigurationException        the connection cannot be built from what was given
    │   ├── TransferException             some files of a transfer failed; the others are done
    │   ├── NoMatchingHardwareException   no machine satisfies the constraints (402)
    │   ├── UnexpectedAnswerException     success, but not in the form of this API
    │   └── BulkSubmitException           some tasks of a bulk were refused
    ├── UnauthorizedException             wrong token (401) or no permission (403)
    │   └── InvalidStateException         not possible in the object's present state
    ├── Missing…Exception, Max…Exception, NotEnoughCreditsException, Secret…Exception, BucketStorageUnavailableException
    ├── MissingFileException              a bucket has no such file
    ├── EmptySourceException              a synchronisation would have emptied a bucket
    ├── TransportException                no answer: ConnectionFailed, RequestTimeout
    ├── WaitException                     a wait ended badly: TaskFailed, TaskCancelled, TaskGone, WaitTimeout
    │   └── SomeFailed                    of many objects, some did not succeed
    └── NotLoaded                         an asynchronous object lacks a field that was never fetched

The documented names keep their arguments: ``QarnotGenericException(msg)``, and free arguments for the others.
What the server said travels as attributes, and the next step as a note that Python prints below the message.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

__all__ = [
    "BucketStorageUnavailableException",
    "BulkSubmitException",
    "ConfigurationException",
    "ConfigurationFileMissing",
    "ConnectionFailed",
    "EmptySourceException",
    "InvalidStateException",
    "MaxJobException",
    "MaxPoolException",
    "MaxTaskException",
    "MissingBucketException",
    "MissingFileException",
    "MissingJobException",
    "MissingPoolException",
    "MissingPoolInstanceException",
    "MissingProfileException",
    "MissingProjectException",
    "MissingTaskException",
    "MissingTaskInstanceException",
    "NoMatchingHardwareException",
    "NotEnoughCreditsException",
    "NotLoaded",
    "QarnotException",
    "QarnotGenericException",
    "RequestTimeout",
    "SecretConflictException",
    "SecretNotFoundException",
    "SomeFailed",
    "TaskCancelled",
    "TaskFailed",
    "TaskGone",
    "TransferException",
    "TransportException",
    "UnauthorizedException",
    "UnexpectedAnswerException",
    "WaitException",
    "WaitTimeout",
]


class QarnotException(Exception):
    """The root. All details are None unless known.

    ``status``: HTTP status. ``server_message``: the server's own words. ``request_id``: for the support.
    ``object_id``: uuid, shortname or name of what the request was about. ``next_step``: what a person can do
    now.
    """

    status: int | None
    server_message: str | None
    request_id: str | None
    object_id: str | None
    next_step: str | None

    def __init__(
        self,
        *args: object,
        status: int | None = None,
        server_message: str | None = None,
        request_id: str | None = None,
        object_id: str | None = None,
        next_step: str | None = None,
    ) -> None:
        # Not super(): some of these are a foreign exception as well, whose constructor wants arguments of its own.
        Exception.__init__(self, *args)
        self.status = status
        self.server_message = server_message
        self.request_id = request_id
        self.object_id = object_id
        self.next_step = next_step
        if next_step:
            self.add_note(next_step)

    def __reduce__(self) -> tuple[Callable[..., QarnotException], tuple[object, ...], dict[str, Any]]:
        """Pickle by state, not by calling the constructor again: some constructors rewrite their message."""
        return _restored, (type(self), self.args), self.__dict__


def _restored(kind: type[QarnotException], args: tuple[object, ...]) -> QarnotException:
    error = kind.__new__(kind, *args)
    error.args = args
    return error


class QarnotGenericException(QarnotException):
    """The request failed, and the message says why. The text starts with ``Error:``, as documented."""

    def __init__(
        self,
        msg: object,
        *,
        status: int | None = None,
        server_message: str | None = None,
        request_id: str | None = None,
        object_id: str | None = None,
        next_step: str | None = None,
    ) -> None:
        super().__init__(
            f"Error: {msg}",
            status=status,
            server_message=server_message,
            request_id=request_id,
            object_id=object_id,
            next_step=next_step,
        )


class ConfigurationException(QarnotGenericException):
    """A connection cannot be built from the given file, dict, arguments and environment."""


class ConfigurationFileMissing(ConfigurationException, FileNotFoundError):
    """The named configuration file does not exist."""


class NoMatchingHardwareException(QarnotGenericException):
    """No machine satisfies the hardware constraints (402 whose message speaks of a hardware constraint)."""


class TransferException(QarnotGenericException):
    """Some files of a transfer failed or were refused; all others are done. Nothing was deleted.

    ``failures``: what happened, by local path or key. ``report``: what was done.
    """

    failures: Mapping[str, Exception] = MappingProxyType({})
    report: object = None


class UnexpectedAnswerException(QarnotGenericException, ValueError):
    """The server answered with success, but not in the form of this API: probably something else answered."""


class BulkSubmitException(QarnotGenericException):
    """Some tasks of a bulk submit were refused; the others are submitted.

    ``refusals`` pairs each refused task with its :class:`~qarnot_hl.task.BulkTaskResponse`, in the order of
    the request.
    """

    refusals: Sequence[tuple[object, object]] = ()


class BucketStorageUnavailableException(QarnotException):
    """The cluster has no bucket storage."""


class UnauthorizedException(QarnotException):
    """The token is wrong (401), or it does not permit the request (403)."""


class InvalidStateException(UnauthorizedException):
    """The object's present state does not allow the request: aborting a finished task, a snapshot of one that
    does not run.

    A kind of :class:`UnauthorizedException`, because the server answers 403 and that is the documented name
    for it.
    """


class MissingProfileException(QarnotException):
    """The profile does not exist."""


class MissingTaskInstanceException(QarnotException):
    """The task has no such instance."""


class MissingTaskException(QarnotException):
    """The task does not exist."""


class MissingBucketException(QarnotException):
    """The bucket does not exist."""


class MissingFileException(QarnotException, ValueError):
    """The bucket has no such file. A ``ValueError``, as documented."""


class EmptySourceException(QarnotException, ValueError):
    """The source of a synchronisation is empty, so that it would only have deleted files from the bucket."""


class MissingPoolInstanceException(QarnotException):
    """The pool has no such instance."""


class MissingPoolException(QarnotException):
    """The pool does not exist."""


class MissingProjectException(QarnotException):
    """The project does not exist."""


class MissingJobException(QarnotException):
    """The job does not exist."""


class MaxTaskException(QarnotException):
    """The account holds as many tasks as it may."""


class MaxPoolException(QarnotException):
    """The account holds as many pools as it may."""


class MaxJobException(QarnotException):
    """The account holds as many jobs as it may."""


class NotEnoughCreditsException(QarnotException):
    """The account has no credits left (402)."""


class SecretNotFoundException(QarnotException):
    """The secret does not exist."""


class SecretConflictException(QarnotException):
    """A secret of that key exists already."""


class TransportException(QarnotException):
    """No usable answer came. Whether the server acted is unknown, unless the message says that it was never
    reached.

    ``may_pass``: whether it may go away by itself, as an untrusted certificate does not.
    """

    may_pass: bool = True


class ConnectionFailed(TransportException, ConnectionError):
    """The server could not be reached, or it dropped the connection."""


class RequestTimeout(TransportException, TimeoutError):
    """The server did not answer within the timeout."""


class WaitException(QarnotException):
    """A wait did not end in success. ``subject`` is the object waited for, ``errors`` its errors, ``output``
    last lines, ``exit_codes`` those of the failed instances by instance id, where the server names them.
    """

    subject: object = None
    errors: Sequence[object] = ()
    exit_codes: Mapping[int, int] = MappingProxyType({})
    output: str = ""


class TaskFailed(WaitException):
    """The task ended in failure."""


class TaskCancelled(WaitException):
    """The task was cancelled."""


class TaskGone(WaitException):
    """The task was deleted while it was waited for."""


class WaitTimeout(WaitException, TimeoutError):
    """The time allowed for waiting is over; what was waited for goes on. Of many objects ``subject`` has those."""


class SomeFailed(WaitException):
    """Of many objects that were waited for, some did not end in success. ``failures`` has an exception for each, with
    its ``subject``; the others are done.
    """

    failures: Sequence[WaitException] = ()


class NotLoaded(QarnotException):
    """The field was not part of the answer that made this object; the message names the call that fetches
    it.
    """
