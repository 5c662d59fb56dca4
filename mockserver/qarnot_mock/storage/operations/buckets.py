"""Operations on buckets, except listings of what is in them."""

from __future__ import annotations

from qarnot_mock.messages import Response
from qarnot_mock.storage import xmlio
from qarnot_mock.storage.accounts import Account
from qarnot_mock.storage.call import Call
from qarnot_mock.storage.dates import iso
from qarnot_mock.storage.errors import S3Error
from qarnot_mock.storage.names import check_bucket_name
from qarnot_mock.storage.xmlio import element, text

XML = (("content-type", "application/xml"),)
_XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"'


def xml_response(root: str, children: list[str]) -> Response:
    """A 200 answer with an XML document."""
    return Response(200, XML, xmlio.document(root, children))


def owner(account: Account, name: str = "Owner") -> str:
    """The account as an owner or initiator; the e-mail is both id and display name."""
    return element(name, [text("ID", account.access_key), text("DisplayName", account.access_key)])


def list_buckets(call: Call) -> Response:
    buckets = (
        element("Bucket", [text("Name", bucket.name), text("CreationDate", iso(bucket.created))])
        for bucket in call.store.buckets()
    )
    return xml_response("ListAllMyBucketsResult", [owner(call.account), element("Buckets", buckets)])


def create_bucket(call: Call) -> Response:
    """An own existing bucket is a success (reference 6: the SDKs rely on it); any location is accepted."""
    check_bucket_name(call.bucket)
    if call.body.strip():
        xmlio.parse(call.body, "CreateBucketConfiguration")
    buckets = call.store.bucket_names()
    if len(buckets) >= call.account.max_buckets and call.bucket not in buckets:
        raise S3Error(
            "TooManyBuckets",
            f"The account has {len(buckets)} buckets and may have {call.account.max_buckets}: delete one first.",
            BucketName=call.bucket,
        )
    call.store.create_bucket(call.bucket, call.now)
    return Response(200, (("location", f"/{call.bucket}"),))


def head_bucket(call: Call) -> Response:
    """With the gateway's usage headers, which the C# SDK reads (reference 6)."""
    bucket = call.store.bucket(call.bucket)
    usage = (
        ("x-rgw-object-count", str(bucket.object_count)),
        ("x-rgw-bytes-used", str(bucket.bytes_used)),
    )
    return Response(200, usage)


def delete_bucket(call: Call) -> Response:
    """Unfinished uploads go with the bucket, as on the gateway."""
    call.store.delete_bucket(call.bucket)
    call.account.uploads.drop_bucket(call.bucket)
    return Response(204)


def get_bucket_versioning(call: Call) -> Response:
    call.store.bucket(call.bucket)
    return xml_response("VersioningConfiguration", [])


def get_bucket_location(call: Call) -> Response:
    call.store.bucket(call.bucket)
    return xml_response("LocationConstraint", [])


def get_bucket_acl(call: Call) -> Response:
    call.store.bucket(call.bucket)
    return _acl(call)


def get_object_acl(call: Call) -> Response:
    call.store.head(call.bucket, call.key)
    return _acl(call)


def _acl(call: Call) -> Response:
    """The one grant there is: the owner may do everything."""
    user = text("ID", call.account.access_key) + text("DisplayName", call.account.access_key)
    grantee = f"<Grantee {_XSI}>{user}</Grantee>"
    grant = element("Grant", [grantee, text("Permission", "FULL_CONTROL")])
    return xml_response("AccessControlPolicy", [owner(call.account), element("AccessControlList", [grant])])
