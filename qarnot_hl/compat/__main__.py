"""The command line of the compatibility runner; it reads its own options only, all that follows is the script's."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from qarnot_hl.compat import install
from qarnot_hl.compat.running import run_module, run_script, run_text

USAGE = """\
usage: python -m qarnot_hl.compat SCRIPT [ARGS...]
       python -m qarnot_hl.compat -m MODULE [ARGS...]
       python -m qarnot_hl.compat -c TEXT [ARGS...]

Runs a program written for the qarnot package, unedited, on qarnot_hl: in it, and in its multiprocessing
children, `import qarnot` means qarnot_hl."""
RUNNERS = {"-m": run_module, "-c": run_text}


def main(arguments: Sequence[str]) -> None:
    """Run what the arguments name. Raises ``SystemExit(2)`` for a command line that names nothing."""
    first, *rest = arguments or [""]
    if first in ("-h", "--help"):
        print(USAGE)
        return
    named = first in RUNNERS
    if first == "" or (named and not rest) or (not named and first != "-" and first.startswith("-")):
        print(USAGE, file=sys.stderr)
        raise SystemExit(2)
    install()
    if named:
        RUNNERS[first](rest[0], rest[1:])
    else:
        run_script(first, rest)


if __name__ == "__main__":
    main(sys.argv[1:])
