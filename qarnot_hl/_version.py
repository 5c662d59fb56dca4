"""The version of the installed distribution, without importing anything costly until asked."""

from __future__ import annotations

__version__ = "0.1.0"
