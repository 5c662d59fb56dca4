"""Signature V2 of presigned URLs against the example that AWS publishes."""

from __future__ import annotations

from qarnot_mock.storage import sigv2


def test_the_published_example_is_reproduced():
    text = sigv2.string_to_sign("GET", "/awsexamplebucket1/photos/puppy.jpg", "", {}, "1175139620")
    assert text == "GET\n\n\n1175139620\n/awsexamplebucket1/photos/puppy.jpg"
    older = sigv2.string_to_sign("GET", "/johnsmith/photos/puppy.jpg", "", {}, "1175139620")
    assert sigv2.sign("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", older) == "NpgCjnDzrM+WFzoENXmpNDUsSn8="


def test_only_subresources_are_signed_in_order_and_decoded():
    query = "uploadId=a%20b&x=free&acl&partNumber=2&versionId="
    text = sigv2.string_to_sign("PUT", "/b/k", query, {"content-type": "t", "x-amz-meta-z": " 1 "}, "9")
    assert text == "PUT\n\nt\n9\nx-amz-meta-z:1\n/b/k?acl&partNumber=2&uploadId=a b&versionId="
