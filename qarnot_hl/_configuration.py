"""Reads what a connection's settings come from, the configuration file and the environment, and hands them to
the pure resolution in ``_core.settings``. No network.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from pathlib import Path

from attrs import asdict

from qarnot_hl._core.settings import Settings, SettingsError, from_conf, from_dict, resolve, uses_old_auth
from qarnot_hl.exceptions import ConfigurationException, ConfigurationFileMissing


def load_settings(
    fileconf: str | os.PathLike[str] | Mapping[str, object] | None, arguments: Mapping[str, object]
) -> Settings:
    """The settings of a new connection. ``arguments`` are keyed by the names of ``Settings``.

    Raises :class:`ConfigurationException` (:class:`ConfigurationFileMissing` for a file that is not there).
    """
    try:
        settings = resolve(arguments, os.environ, _file_values(fileconf))
        _check_certificates(settings)
    except SettingsError as error:
        raise ConfigurationException(str(error), next_step=error.next_step) from None
    return settings


def _file_values(fileconf: str | os.PathLike[str] | Mapping[str, object] | None) -> Mapping[str, object]:
    if fileconf is None:
        return {}
    if isinstance(fileconf, Mapping):
        return from_dict(fileconf)
    text = _read(Path(fileconf))
    values = from_conf(text, str(fileconf))
    if uses_old_auth(text):
        warnings.warn(f"{fileconf}: write token= instead of auth= in [client]", DeprecationWarning, stacklevel=5)
    return values


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise ConfigurationFileMissing(
            f"there is no configuration file {path}",
            object_id=str(path),
            next_step=f"The path is taken relative to the working directory, {Path.cwd()}.",
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationException(
            f"the configuration file {path} cannot be read: {error}",
            object_id=str(path),
            next_step="It must be a text file in UTF-8 that you may read.",
        ) from error


def _check_certificates(settings: Settings) -> None:
    """Fail now, with the path, and not at the first request with a message about an SSL context."""
    for name in ("cluster_custom_certificate", "storage_custom_certificate"):
        path = getattr(settings, name)
        if path and not os.access(path, os.R_OK):
            raise SettingsError(
                f"{name} {path!r} cannot be read", "Give the path of a PEM file with the certificates to trust."
            )


def resettle(settings: Settings, conf_path: str | None) -> Settings:
    """Complete settings that travelled without their token, from the environment or the file, where they
    arrive.
    """
    arguments = {name: value for name, value in asdict(settings).items() if name != "token"}
    return load_settings(conf_path if conf_path and Path(conf_path).exists() else None, arguments)
