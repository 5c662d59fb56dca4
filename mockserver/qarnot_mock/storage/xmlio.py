"""S3's XML: rendering by plain string functions, and parsing that refuses document type declarations.

Elements are rendered in the order given; nothing here knows an operation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.etree import ElementTree

from qarnot_mock.storage.errors import S3Error

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"

_SPECIAL = re.compile('[&<>"\x00-\x1f\x7f-\x9f\ufffe\uffff]')
_NAMED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}


def escape(text: str) -> str:
    """Text for an element; control characters become references as AWS writes them, though ``&#x1;`` is no XML 1.0."""
    if not _SPECIAL.search(text):
        return text
    return _SPECIAL.sub(lambda match: _NAMED.get(match[0]) or f"&#x{ord(match[0]):x};", text)


def text(name: str, value: str | int | bool) -> str:
    """``<name>value</name>``; booleans in lower case."""
    shown = str(value).lower() if isinstance(value, bool) else str(value)
    return f"<{name}>{escape(shown)}</{name}>"


def optional(name: str, value: str | int | None) -> str:
    """:func:`text`, or nothing for None."""
    return "" if value is None else text(name, value)


def element(name: str, children: Iterable[str]) -> str:
    return f"<{name}>{''.join(children)}</{name}>"


def document(name: str, children: Iterable[str], namespace: str = NAMESPACE) -> bytes:
    """A whole document in UTF-8."""
    opening = f'<{name} xmlns="{namespace}">' if namespace else f"<{name}>"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{opening}{"".join(children)}</{name}>'.encode()


class Node:
    """A parsed element, its namespace ignored."""

    def __init__(self, parsed: ElementTree.Element) -> None:
        self._parsed = parsed
        self.name = parsed.tag.rpartition("}")[2]
        self.text = parsed.text or ""

    def children(self, name: str) -> list[Node]:
        return [node for node in map(Node, self._parsed) if node.name == name]

    def child_text(self, name: str) -> str | None:
        """The text of the first child of that name, or None."""
        return next((node.text for node in self.children(name)), None)


def parse(body: bytes, root: str) -> Node:
    """Parse a body whose root element must be ``root``. Raises ``MalformedXML``."""
    try:
        decoded = body.decode("utf-8-sig")
        if "<!DOCTYPE" in decoded or "<!ENTITY" in decoded:
            raise _malformed("document type and entity declarations are refused")
        node = Node(ElementTree.fromstring(decoded))
    except (UnicodeDecodeError, ElementTree.ParseError, ValueError) as error:
        raise _malformed(str(error)) from None
    if node.name != root:
        raise _malformed(f"the root element is {node.name}, not {root}")
    return node


def _malformed(why: str) -> S3Error:
    return S3Error("MalformedXML", f"The XML of the body cannot be used: {why}.")
