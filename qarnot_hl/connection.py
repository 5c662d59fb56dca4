"""Documented module ``connection``: the way to a cluster, the account on it and its profiles. Re-exports only."""

from __future__ import annotations

from qarnot_hl._core.user_info import Profile, UserInfo
from qarnot_hl._sync.connection import Connection

__all__ = ["Connection", "Profile", "UserInfo"]
