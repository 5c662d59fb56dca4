"""Result and snapshot filters: regular expressions in .NET's dialect, searched in relative POSIX paths.

Translates the few spellings that differ and are likely in a file filter; whatever else Python does not understand is
refused with the pattern and the reason. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from qarnot_mock.sim.effects import FileFilter

_DOTNET = re.compile(
    r"""
    (?P<escape>\\.(?:<(?P<reference>\w+)>|'(?P<quoted_reference>\w+)')?)
    | (?P<set>\[\^?\]?(?:\\(?:.|\Z)|[^\]\\])*(?:\]|\Z))
    | \(\?(?:<(?P<name>[A-Za-z_]\w*)>|'(?P<quoted_name>[A-Za-z_]\w*)')
    """,
    re.VERBOSE | re.DOTALL,
)
_SET_OPERATOR = re.compile(r"(\\.)|[\[&|~]", re.DOTALL)
_ESCAPES = {r"\z": r"\Z", r"\Z": r"(?=\n?\Z)", r"\e": r"\x1b"}


class FilterError(Exception):
    """A filter that Python's regular expressions do not understand."""


def translate(pattern: str) -> str:
    """A .NET pattern in Python's spelling: named groups, references to them, end-of-text anchors, sets.

    Raises :class:`FilterError` for the subtraction of sets, which Python lacks.
    """
    return _DOTNET.sub(_translate_token, pattern)


def path_selector(chosen: FileFilter) -> Callable[[str], bool]:
    """Whether a relative path is taken: found by the whitelist (or there is none) and not by the blacklist.

    The blacklist wins (inferred, reference 5). Raises :class:`FilterError`.
    """
    white = _compile("whitelist", chosen.whitelist)
    black = _compile("blacklist", chosen.blacklist)

    def selected(path: str) -> bool:
        return (white is None or white.search(path) is not None) and (black is None or not black.search(path))

    return selected


def _compile(name: str, pattern: str | None) -> re.Pattern[str] | None:
    if not pattern:
        return None
    try:
        return re.compile(translate(pattern))
    except FilterError as error:
        raise FilterError(f"the {name} {pattern!r} cannot be used: {error}") from None
    except (re.error, RecursionError, OverflowError) as error:
        raise FilterError(f"the {name} {pattern!r} is not a regular expression known here: {error}") from None


def _translate_token(found: re.Match[str]) -> str:
    if name := found["name"] or found["quoted_name"]:
        return f"(?P<{name}>"
    if found["set"]:
        return _translate_set(found["set"])
    escape = found["escape"]
    reference = found["reference"] or found["quoted_reference"]
    if reference and escape.startswith(r"\k"):
        return f"(?P={reference})"
    return _ESCAPES.get(escape[:2], escape[:2]) + escape[2:]


def _translate_set(characters: str) -> str:
    if "-[" in characters:
        raise FilterError(f"{characters!r} subtracts a set of characters, which is not supported here")
    inside = _SET_OPERATOR.sub(lambda found: found[1] or f"\\{found[0]}", characters[1:])
    return f"[{inside}"
