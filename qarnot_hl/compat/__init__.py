"""Runs scripts written for the official package, unedited: ``python -m qarnot_hl.compat SCRIPT [ARGS]``.

:func:`install` makes ``qarnot`` and its submodules resolve to this package's modules, the same objects under both
names, in this process and in its multiprocessing children. Importing this changes nothing until it is called.
"""

from __future__ import annotations

import sys

from qarnot_hl.compat import children
from qarnot_hl.compat.aliases import AliasFinder


def install() -> None:
    """Let ``qarnot`` mean this package from now on, whether the official one is installed or not. Repeats do nothing.

    Raises ``RuntimeError`` when the official package has been imported already: its classes and ours do not mix.
    """
    if any(isinstance(finder, AliasFinder) for finder in sys.meta_path):
        return
    if "qarnot" in sys.modules:
        raise RuntimeError("qarnot has been imported already: call qarnot_hl.compat.install() before that")
    sys.meta_path.insert(0, AliasFinder())
    children.follow()
