"""``python -m qarnot_mock``: the same as the console script."""

from __future__ import annotations

import sys

from qarnot_mock.cli import main

if __name__ == "__main__":
    sys.exit(main())
