"""The small decisions: conditions, ranges, names, routes, XML, paths, dates, listing pages."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qarnot_mock.storage import conditions, dates, listing, names, ranges, routes, uri, xmlio
from qarnot_mock.storage.errors import STATUS, S3Error
from qarnot_mock.storage.handler import OPERATIONS
from qarnot_mock.storage.store import ObjectInfo

INFO = ObjectInfo("k", 3, "abc", 1_700_000_000_500_000)
THEN, LATER, EARLIER = (dates.http_date(INFO.last_modified + shift * 1_000_000) for shift in (0, 5, -5))


@pytest.mark.parametrize(
    ("headers", "verdict"),
    [
        ({}, "proceed"),
        ({"if-match": '"abc"'}, "proceed"),
        ({"if-match": '"x", abc'}, "proceed"),
        ({"if-match": "*"}, "proceed"),
        ({"if-match": '"x"'}, "PreconditionFailed"),
        ({"if-match": '"abc"', "if-unmodified-since": EARLIER}, "proceed"),
        ({"if-unmodified-since": THEN}, "proceed"),
        ({"if-unmodified-since": EARLIER}, "PreconditionFailed"),
        ({"if-unmodified-since": "nonsense"}, "proceed"),
        ({"if-none-match": 'W/"abc"'}, "not modified"),
        ({"if-none-match": '"x"'}, "proceed"),
        ({"if-none-match": '"x"', "if-modified-since": LATER}, "proceed"),
        ({"if-modified-since": THEN}, "not modified"),
        ({"if-modified-since": EARLIER}, "proceed"),
        ({"if-modified-since": "nonsense"}, "proceed"),
    ],
)
def test_read_conditions(headers, verdict):
    if verdict == "PreconditionFailed":
        with pytest.raises(S3Error) as refused:
            conditions.check_read(headers, INFO)
        assert refused.value.elements["Condition"] in headers
    else:
        assert conditions.check_read(headers, INFO) == verdict


@pytest.mark.parametrize(
    ("headers", "current", "code"),
    [
        ({}, INFO, None),
        ({"if-none-match": "*"}, None, None),
        ({"if-none-match": "*"}, INFO, "PreconditionFailed"),
        ({"if-none-match": '"x"'}, INFO, None),
        ({"if-match": '"abc"'}, INFO, None),
        ({"if-match": '"x"'}, INFO, "PreconditionFailed"),
        ({"if-match": '"abc"'}, None, "NoSuchKey"),
    ],
)
def test_write_conditions(headers, current, code):
    if code is None:
        conditions.check_write(headers, current)
        return
    with pytest.raises(S3Error) as refused:
        conditions.check_write(headers, current)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("value", "applies"), [(None, True), ('"abc"', True), ('"x"', False), (THEN, True), (LATER, False)]
)
def test_if_range(value, applies):
    assert conditions.range_applies({} if value is None else {"if-range": value}, INFO) is applies


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-0", (0, 1)), ("bytes=2-", (2, 10)), ("bytes=-3", (7, 10)), ("bytes=-99", (0, 10)),
        ("bytes=5-99", (5, 10)), ("bytes= 1 - 2", (1, 3)),
        ("bytes=3-2", None), ("bytes=-", None), ("bytes=0-1,3-4", None), ("lines=0-1", None), ("", None),
    ],
)  # fmt: skip
def test_ranges(header, expected):
    assert ranges.parse_range(header, 10) == expected


@pytest.mark.parametrize(
    ("header", "size"), [("bytes=10-", 10), ("bytes=10-20", 10), ("bytes=-0", 10), ("bytes=-1", 0)]
)
def test_a_range_without_a_byte_is_refused(header, size):
    with pytest.raises(S3Error, match=f"{size} bytes") as refused:
        ranges.parse_range(header, size)
    assert STATUS[refused.value.code] == 416


@pytest.mark.parametrize(
    ("header", "code"),
    [("bytes=0-", "InvalidArgument"), ("bytes=-1", "InvalidArgument"), ("x", "InvalidArgument"),
     ("bytes=2-1", "InvalidArgument"), ("bytes=0-10", "InvalidRange")],
)  # fmt: skip
def test_a_copy_range_must_lie_inside(header, code):
    assert ranges.parse_copy_range("bytes=0-9", 10) == (0, 10)
    with pytest.raises(S3Error) as refused:
        ranges.parse_copy_range(header, 10)
    assert refused.value.code == code


@pytest.mark.parametrize("name", ["abc", "a-b.c", "0" * 63, "1.2.3"])
def test_good_bucket_names(name):
    names.check_bucket_name(name)


@pytest.mark.parametrize(
    "name", ["", "ab", "a" * 64, "Abc", "a_b", "-ab", "ab-", ".ab", "a..b", "1.2.3.4", "a b", "é12", "abc\n"]
)
def test_bad_bucket_names_are_refused(name):
    with pytest.raises(S3Error, match="not valid") as refused:
        names.check_bucket_name(name)
    assert refused.value.code == "InvalidBucketName"


def test_keys_are_measured_in_bytes():
    names.check_key("é" * 512)
    with pytest.raises(S3Error, match="1026 bytes"):
        names.check_key("é" * 513)


@pytest.mark.parametrize(
    ("method", "level", "flags", "copies", "operation"),
    [
        ("GET", "service", "", False, "ListBuckets"),
        ("GET", "bucket", "prefix", False, "ListObjects"),
        ("GET", "bucket", "list-type prefix", False, "ListObjectsV2"),
        ("GET", "bucket", "uploads", False, "ListMultipartUploads"),
        ("POST", "bucket", "delete", False, "DeleteObjects"),
        ("PUT", "object", "", True, "CopyObject"),
        ("PUT", "object", "partNumber uploadId", False, "UploadPart"),
        ("PUT", "object", "partNumber uploadId", True, "UploadPartCopy"),
        ("GET", "object", "versionId", False, "GetObject"),
        ("POST", "object", "uploads", False, "CreateMultipartUpload"),
    ],
)
def test_routes(method, level, flags, copies, operation):
    assert routes.route(method, level, dict.fromkeys(flags.split(), ""), copies) == operation


def test_every_route_leads_to_an_operation_and_every_operation_is_reached():
    routed = {name for row in routes.ROUTES.values() for _, name in row} | set(routes.COPIES.values())
    assert routed == set(OPERATIONS)


@pytest.mark.parametrize(
    ("method", "level", "flags", "code", "match"),
    [
        ("GET", "object", "tagging", "NotImplemented", r"GET \?tagging on an object"),
        ("PUT", "bucket", "versioning", "NotImplemented", "versioning"),
        ("PUT", "bucket", "acl", "NotImplemented", "acl"),
        ("DELETE", "bucket", "policy", "NotImplemented", "policy"),
        ("GET", "object", "partNumber", "NotImplemented", "partNumber"),
        ("POST", "bucket", "", "NotImplemented", "form"),
        ("POST", "object", "restore", "NotImplemented", "restore"),
        ("PATCH", "object", "", "MethodNotAllowed", "PATCH"),
        ("PUT", "service", "", "MethodNotAllowed", "PUT"),
    ],
)
def test_what_is_not_here_is_refused_by_name(method, level, flags, code, match):
    with pytest.raises(S3Error, match=match) as refused:
        routes.route(method, level, dict.fromkeys(flags.split(), ""), False)
    assert refused.value.code == code


@given(st.text())
def test_escaped_text_survives_an_xml_parser_unless_xml_has_no_such_character(value):
    import xml.etree.ElementTree as ET

    document = xmlio.document("Root", [xmlio.text("Key", value)])
    try:
        parsed = xmlio.parse(document, "Root").child_text("Key")
    except S3Error:
        assert any(ord(character) < 32 or character in "\ufffe\uffff" for character in value)
        with pytest.raises(ET.ParseError):
            ET.fromstring(document)
    else:
        assert parsed == value


@pytest.mark.parametrize(
    "body",
    [
        b"", b"<Root>", b"<Other/>", b"\xff\xfe<", b"<Root>&x;</Root>",
        b'<!DOCTYPE r [<!ENTITY x "y">]><Root>&x;</Root>',
        '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE r><Root/>'.encode("utf-16"),
    ],
)  # fmt: skip
def test_bad_xml_is_refused(body):
    with pytest.raises(S3Error) as refused:
        xmlio.parse(body, "Root")
    assert refused.value.code == "MalformedXML"


@pytest.mark.parametrize(
    ("path", "host", "bucket", "key"),
    [
        ("/", "h", "", ""), ("/b", "h", "b", ""), ("/b/", "h", "b", ""), ("/b//", "h", "b", "/"),
        ("/b//a/../c", "h", "b", "/a/../c"), ("/b/%2e%2e/%C3%BC+%2B", "h", "b", "../ü++"),
        ("/k/x", "data.localhost:80", "data", "k/x"), ("/", "data.localhost", "data", ""),
        ("/b", "localhost:80", "b", ""),
        ("/k/x", "data.storage.qarnot.com", "data", "k/x"), ("/b", "storage.qarnot.com:443", "b", ""),
        ("/b", "api.qarnot.com", "b", ""),
    ],
)  # fmt: skip
def test_paths_become_bucket_and_key(path, host, bucket, key):
    target = uri.parse_target(path, host)
    assert (target.bucket, target.key) == (bucket, key)


@pytest.mark.parametrize(("path", "code"), [("/b/%ff", "InvalidURI"), ("//k", "InvalidBucketName")])
def test_a_path_without_meaning_is_refused(path, code):
    with pytest.raises(S3Error) as refused:
        uri.parse_target(path, "")
    assert refused.value.code == code


def test_dates_have_milliseconds_in_xml_and_seconds_in_headers():
    assert dates.iso(1_700_000_000_123_456) == "2023-11-14T22:13:20.123Z"
    assert dates.http_date(1_700_000_000_999_999) == "Tue, 14 Nov 2023 22:13:20 GMT"
    assert dates.parse_http_date("Tue, 14 Nov 2023 22:13:20 GMT") == 1_700_000_000


@attrs.frozen
class Entry:
    key: str


WORDS = st.text(st.sampled_from("ab/\U0010ffff"), max_size=5)


def naive_page(keys, prefix, delimiter, after, limit):
    shown = []
    for key in sorted(key for key in keys if key.startswith(prefix)):
        cut = key.find(delimiter, len(prefix)) if delimiter else -1
        name = key if cut < 0 else key[: cut + len(delimiter)]
        if name > after and (name, cut < 0) not in shown:
            shown.append((name, cut < 0))
    return shown[:limit], len(shown) > limit


@given(
    keys=st.sets(WORDS.filter(bool)), prefix=WORDS, after=WORDS, limit=st.integers(1, 4),
    delimiter=st.sampled_from(["", "/", "a", "a/"]),
)  # fmt: skip
def test_a_page_is_what_rolling_up_every_key_gives(keys, prefix, after, limit, delimiter):
    def scan(position):
        return (Entry(key) for key in sorted(keys) if key.startswith(prefix) and key > position)

    page = listing.page(scan, prefix, delimiter, after, limit)
    shown = sorted([(entry.key, True) for entry in page.entries] + [(name, False) for name in page.common_prefixes])
    expected, truncated = naive_page(keys, prefix, delimiter, after, limit)
    assert (shown, page.truncated) == (sorted(expected), truncated)
    if truncated:
        assert page.last == expected[-1][0]
