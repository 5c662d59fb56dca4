"""A bucket that is missing when it is retrieved: our exception and the documented one in one object."""

from __future__ import annotations

import pickle

import pytest
from botocore.exceptions import ClientError

from qarnot_hl import exceptions as ex
from qarnot_hl._s3.documented import MissingBucketClientError, translated_for_retrieve

MISSING = {"Error": {"Code": "404", "Message": "Not Found"}, "ResponseMetadata": {"HTTPStatusCode": 404}}


def refused() -> MissingBucketClientError:
    with pytest.raises(MissingBucketClientError) as caught, translated_for_retrieve("gone"):
        raise ClientError(MISSING, "HeadBucket")  # type: ignore[arg-type]
    return caught.value


def test_both_kinds_of_scripts_catch_it() -> None:
    error = refused()
    assert isinstance(error, ex.MissingBucketException)
    assert isinstance(error, ClientError)
    assert (error.object_id, error.status, error.operation_name) == ("gone", 404, "HeadBucket")
    assert error.response["Error"]["Code"] == "404"
    assert "gone" in str(error)
    assert "404" in str(error)


def test_it_survives_pickling() -> None:
    error = refused()
    twin = pickle.loads(pickle.dumps(error))
    assert (str(twin), twin.response, twin.object_id) == (str(error), error.response, "gone")


def test_another_refusal_stays_what_it_is() -> None:
    denied = {"Error": {"Code": "AccessDenied", "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": 403}}
    with pytest.raises(ex.UnauthorizedException), translated_for_retrieve("gone"):
        raise ClientError(denied, "HeadBucket")  # type: ignore[arg-type]
