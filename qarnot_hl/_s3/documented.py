"""The one storage error that the documentation names by botocore's class: a bucket that is not there, when it
is retrieved.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import ClientError

from qarnot_hl._s3.errors import translated
from qarnot_hl.exceptions import MissingBucketException


class MissingBucketClientError(MissingBucketException, ClientError):
    """A :class:`MissingBucketException` that scripts written for ``botocore.exceptions.ClientError`` catch as
    well.
    """

    def __init__(self, missing: MissingBucketException, original: ClientError) -> None:
        MissingBucketException.__init__(
            self,
            f"{missing} (HTTP 404)",
            status=missing.status,
            server_message=missing.server_message,
            request_id=missing.request_id,
            object_id=missing.object_id,
            next_step=missing.next_step,
        )
        self.response = original.response
        self.operation_name = original.operation_name


@contextmanager
def translated_for_retrieve(bucket: str) -> Iterator[None]:
    """Within: botocore's errors become ours, a missing bucket both."""
    try:
        with translated("retrieve", bucket):
            yield
    except MissingBucketException as missing:
        if isinstance(missing.__cause__, ClientError):
            raise MissingBucketClientError(missing, missing.__cause__) from missing.__cause__
        raise
