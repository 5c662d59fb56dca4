"""Documented module ``secrets``: texts that tasks may be allowed to read. Re-exports only."""

from __future__ import annotations

from qarnot_hl._core.access_rights import SecretAccessRightByPrefix, SecretAccessRightBySecret, SecretsAccessRights
from qarnot_hl._sync.secrets import Secrets

__all__ = ["SecretAccessRightByPrefix", "SecretAccessRightBySecret", "Secrets", "SecretsAccessRights"]
