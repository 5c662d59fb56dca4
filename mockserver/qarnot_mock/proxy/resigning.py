"""Signs an S3 request again for another host, with the token that its own signature was verified by. Pure.

Date, scope and signed headers stay as they are: only the signature changes, and those of chunks, which follow from it.
"""

from __future__ import annotations

import attrs

from qarnot_mock.messages import Request
from qarnot_mock.storage import chunked, sigv4
from qarnot_mock.storage.authentication import Presented, Proof, v4_timestamp
from qarnot_mock.storage.handler import merged_headers
from qarnot_mock.storage.uri import parse_query


def signed_again(presented: Presented, proof: Proof, request: Request) -> Request:
    """``request`` is what ``presented`` became for its new host. A V2 signature covers no host and stays."""
    authorization = request.header("authorization")
    if authorization:
        claim = sigv4.parse_authorization(authorization, v4_timestamp(presented.headers))
    elif "X-Amz-Algorithm" in presented.parameters:
        claim = sigv4.parse_presigned(presented.parameters)
    else:
        return request
    signer = _signer(claim, proof, request)
    headers = tuple(
        (name, value.replace(claim.signature, signer.seed) if name == "authorization" else value)
        for name, value in request.headers
    )
    body = chunked.resign(request.body, signer) if proof.chunk_signer else request.body
    return attrs.evolve(
        request, headers=headers, query=request.query.replace(claim.signature, signer.seed), body=body
    )  # fmt: skip


def _signer(claim: sigv4.Claim, proof: Proof, request: Request) -> chunked.ChunkSigner:
    """What signs this request, whose own new signature is the ``seed``."""
    credential = claim.credential
    canonical = sigv4.canonical_request(
        request.method, request.path, parse_query(request.query), merged_headers(request), claim.signed_headers,
        proof.payload_hash,
    )  # fmt: skip
    key = sigv4.signing_key(proof.account.secret_key, credential.date, credential.region, credential.service)
    signature = sigv4.sign(key, sigv4.string_to_sign(claim.timestamp, credential.scope, canonical))
    return chunked.ChunkSigner(key, claim.timestamp, credential.scope, signature)
