"""Imported first by a script under ``qarnot-mock run --time x100``: its sleeps pass at the mock's pace, not the wall's.

The official package polls every ten seconds. It is not modified; the interpreter it runs in sleeps faster.
"""

import time

_sleep = time.sleep
time.sleep = lambda seconds: _sleep(seconds / 100)
