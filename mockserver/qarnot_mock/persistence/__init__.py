"""Worlds and stores that survive their process: a directory of tenants, and the replay that brings them back."""

from __future__ import annotations

from qarnot_mock.persistence.data import DataDirectory
from qarnot_mock.persistence.tenant_file import DataError, TenantFile

__all__ = ["DataDirectory", "DataError", "TenantFile"]
