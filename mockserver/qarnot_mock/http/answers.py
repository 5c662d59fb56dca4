"""Holds an answer against what the spec declares for its operation: the status, the media type, the body.

Used by the mock on its own answers, and by those who judge what they have seen of any cloud. Nothing is changed.
"""

from __future__ import annotations

from qarnot_mock.http.document import Document, Operation
from qarnot_mock.http.validate import Validators
from qarnot_mock.messages import Response
from qarnot_mock.sim.commands import Json


class AnswerCheck:
    """What one document says about answers. An object has no other keys than the declared ones."""

    def __init__(self, document: Document) -> None:
        self._validators = Validators(document, strict=True)

    def fault(self, operation: Operation, response: Response, body: Json) -> str | None:
        """Why an answer with this body, decoded when it is JSON, breaks the contract; None when it keeps it."""
        what = f"{operation.id} answered {response.status}"
        declared = operation.responses.get(str(response.status))
        if declared is None:
            return f"{what}, which the spec does not declare"
        media = response.header("content-type").partition(";")[0]
        if not media:
            return f"{what} without a body" if declared else None
        if media not in declared:
            return f"{what} as {media}, which the spec does not declare"
        schema = declared[media]
        found = self._validators.violations(schema, body) if schema and "json" in media else ()
        return f"{what} with {'; '.join(map(str, found))}" if found else None
