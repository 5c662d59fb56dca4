"""Documented module ``secrets``: which secrets tasks may read. Re-exports only."""

from __future__ import annotations

from qarnot_hl._core.access_rights import SecretAccessRightByPrefix, SecretAccessRightBySecret, SecretsAccessRights

__all__ = ["SecretAccessRightByPrefix", "SecretAccessRightBySecret", "SecretsAccessRights"]
