"""Identifiers as a pure function of (seed, tenant, kind, counter): a replay gives the same ones, tenants never meet."""

from __future__ import annotations

import hashlib

_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"


def digest(seed: int, tenant: str, kind: str, counter: int) -> bytes:
    """32 bytes that nothing but the four arguments decides."""
    return hashlib.sha256(f"{seed}\0{tenant}\0{kind}\0{counter}".encode()).digest()


def uuid_text(seed: int, tenant: str, kind: str, counter: int) -> str:
    """A lower-case RFC 4122 version 4 uuid, 36 characters."""
    raw = bytearray(digest(seed, tenant, kind, counter)[:16])
    raw[6] = raw[6] & 0x0F | 0x40
    raw[8] = raw[8] & 0x3F | 0x80
    text = raw.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def short_text(seed: int, tenant: str, kind: str, counter: int, length: int = 4) -> str:
    """A few lower-case letters and digits, as the end of a snapshot id has them (reference 3.11)."""
    raw = digest(seed, tenant, kind, counter)
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in raw[:length])
