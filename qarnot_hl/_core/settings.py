"""Resolution of a connection's settings: explicit argument, then environment, then file, then default.

Pure: reading the file and the environment is the caller's business (``qarnot_hl._configuration``).
"""

from __future__ import annotations

import configparser
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from attrs import asdict, field, frozen

from qarnot_hl._core.retry import BUDGET, DEADLINE

DEFAULT_CLUSTER_URL = "https://api.qarnot.com"
TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
FALSE_WORDS = frozenset({"0", "false", "no", "off", ""})

ON_INTERRUPT = ("detach", "abort", "ask")

NO_TOKEN = "no API token was given"
NO_TOKEN_STEP = (
    "Give the token in one of three ways: Connection(client_token=...), the environment variable "
    "QARNOT_CLIENT_TOKEN, or `token=` in section [client] of the configuration file."
)


class SettingsError(ValueError):
    """A setting is missing or unusable; ``next_step`` says what to do about it."""

    def __init__(self, message: str, next_step: str) -> None:
        super().__init__(message)
        self.next_step = next_step


@frozen
class Settings:
    """What a connection needs to know. The token never shows in ``repr``.

    ``cluster_timeout``: seconds per request; None is the default of the HTTP layer, 0 means no limit.
    ``retry_count`` and ``retry_wait`` (seconds): repeats after the first attempt, and the first pause,
    doubled each time; 0 means none. ``retry_deadline``: seconds that a call may spend on repeats;
    ``retry_budget``: repeats that all calls together have in hand; 0 means no limit of either.
    ``exactly_once``: submits carry a nonce. ``on_interrupt``: ``detach``, ``abort`` or ``ask``.
    ``storage_url`` None: ask the cluster.
    """

    cluster_url: str = DEFAULT_CLUSTER_URL
    token: str = field(default="", repr=False)
    cluster_unsafe: bool = False
    cluster_timeout: float | None = None
    cluster_custom_certificate: str | None = None
    storage_url: str | None = None
    storage_unsafe: bool = False
    storage_custom_certificate: str | None = None
    retry_count: int = 5
    retry_wait: float = 1.0
    retry_deadline: float = DEADLINE
    retry_budget: int = BUDGET
    exactly_once: bool = True
    on_interrupt: str = "detach"
    sanitize_bucket_paths: bool = True
    show_bucket_warnings: bool = True

    def __getstate__(self) -> dict[str, object]:
        """Everything but the token: a pickle is a file that others may read."""
        return {name: value for name, value in asdict(self).items() if name != "token"}

    def __setstate__(self, state: Mapping[str, object]) -> None:
        for name, value in {**state, "token": ""}.items():
            object.__setattr__(self, name, value)


def resolve(arguments: Mapping[str, object], environment: Mapping[str, str], file: Mapping[str, object]) -> Settings:
    """The settings that the three sources give together. Raises :class:`SettingsError`.

    All three are keyed by the names of ``Settings``; ``from_environment``, ``from_conf`` and ``from_dict``
    make them so. A None counts as not given; so does an ``…_unsafe=False``, because the documented signature
    cannot tell it from the default.
    """
    layers = (given(arguments), from_environment(environment), file)
    chosen: dict[str, Any] = {}
    for layer in reversed(layers):
        chosen.update({name: READERS[name](name, value) for name, value in layer.items() if value is not None})
    if not chosen.get("token"):
        raise SettingsError(NO_TOKEN, NO_TOKEN_STEP)
    return Settings(**chosen)


def given(arguments: Mapping[str, object]) -> dict[str, object]:
    """The arguments that differ from not having been written."""
    return {
        name: value
        for name, value in arguments.items()
        if not (value is None or (name.endswith("_unsafe") and value is False))
    }


def from_environment(environment: Mapping[str, str]) -> dict[str, object]:
    """The documented variables that are set and not empty."""
    return {name: environment[variable] for variable, name in ENVIRONMENT.items() if environment.get(variable)}


def from_conf(text: str, origin: str) -> dict[str, object]:
    """Read the INI form; ``origin`` names it in errors. Unknown sections and options are ignored."""
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(text, source=origin)
    except configparser.Error as error:
        raise SettingsError(
            f"{origin} is not a configuration file: {error.message.splitlines()[0]}",
            "The file has sections in brackets, [cluster], [client] and [storage], with one `name=value` per line.",
        ) from None
    return {
        name: parser.get(section, option).strip()
        for (section, option), name in reversed(CONF.items())
        if parser.has_option(section, option)
    }


def from_dict(values: Mapping[str, object]) -> dict[str, object]:
    """Read the documented dict form: the constructor's argument names, and the old ``client_auth`` for the
    token.
    """
    return {name: values[key] for key, name in reversed(DICT.items()) if values.get(key) is not None}


def uses_old_auth(file: str | Mapping[str, object]) -> bool:
    """Whether the file's text or the dict gives the token under its old name only."""
    if isinstance(file, Mapping):
        return False
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(file)
    return parser.has_option("client", "auth") and not parser.has_option("client", "token")


def as_text(name: str, value: object) -> str:
    """A text as it is; surrounding blanks would break a header or a URL."""
    return str(value).strip()


def as_url(name: str, value: object) -> str:
    """A base URL without a trailing slash, since paths start with one."""
    text = as_text(name, value).rstrip("/")
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not text.isprintable() or " " in text:
        raise SettingsError(f"{name} {text!r} is not an http(s) URL", "Write it like https://api.qarnot.com.")
    return text


def as_token(name: str, value: object) -> str:
    """A token that fits into a header; its characters are never shown."""
    text = as_text(name, value)
    if not (text.isascii() and text.isprintable()):
        raise SettingsError(
            "the API token holds characters that a header cannot carry", "Copy it again from the account page."
        )
    return text


def as_bool(name: str, value: object) -> bool:
    """True or False from a boolean or one of the usual words, in any case."""
    text = as_text(name, value).lower()
    if text in TRUE_WORDS or text in FALSE_WORDS:
        return text in TRUE_WORDS
    raise SettingsError(f"{name} {value!r} is neither true nor false", "Write true or false.")


def as_number(name: str, value: object) -> float:
    """A finite number of at least zero."""
    try:
        number = float(as_text(name, value))
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        raise SettingsError(f"{name} {value!r} is not a number of at least 0", "Write seconds, for example 30.")
    return number


def as_count(name: str, value: object) -> int:
    """A whole number of at least zero."""
    number = as_number(name, value)
    if number != int(number):
        raise SettingsError(f"{name} {value!r} is not a whole number", "Write 0, 1, 2, ...")
    return int(number)


def as_choice(name: str, value: object) -> str:
    """One of what Ctrl-C may do to a wait."""
    text = as_text(name, value).lower()
    if text not in ON_INTERRUPT:
        raise SettingsError(f"{name} {value!r} is none of {', '.join(ON_INTERRUPT)}", "Write detach, abort or ask.")
    return text


READERS: Mapping[str, Callable[[str, object], object]] = {
    "cluster_url": as_url,
    "token": as_token,
    "cluster_unsafe": as_bool,
    "cluster_timeout": as_number,
    "cluster_custom_certificate": as_text,
    "storage_url": as_url,
    "storage_unsafe": as_bool,
    "storage_custom_certificate": as_text,
    "retry_count": as_count,
    "retry_wait": as_number,
    "retry_deadline": as_number,
    "retry_budget": as_count,
    "exactly_once": as_bool,
    "on_interrupt": as_choice,
    "sanitize_bucket_paths": as_bool,
    "show_bucket_warnings": as_bool,
}

ENVIRONMENT = {
    "QARNOT_CLUSTER_URL": "cluster_url",
    "QARNOT_CLIENT_TOKEN": "token",
    "QARNOT_STORAGE_URL": "storage_url",
    "QARNOT_CLUSTER_UNSAFE": "cluster_unsafe",
    "QARNOT_CLUSTER_TIMEOUT": "cluster_timeout",
}

# Where two spellings name one setting, the first wins.
CONF = {
    ("cluster", "url"): "cluster_url",
    ("cluster", "timeout"): "cluster_timeout",
    ("cluster", "unsafe"): "cluster_unsafe",
    ("cluster", "custom_certificate"): "cluster_custom_certificate",
    ("client", "token"): "token",
    ("client", "auth"): "token",
    ("storage", "url"): "storage_url",
    ("storage", "unsafe"): "storage_unsafe",
    ("storage", "custom_certificate"): "storage_custom_certificate",
}

DICT = {
    "cluster_url": "cluster_url",
    "cluster_timeout": "cluster_timeout",
    "cluster_unsafe": "cluster_unsafe",
    "cluster_custom_certificate": "cluster_custom_certificate",
    "client_token": "token",
    "client_auth": "token",
    "storage_url": "storage_url",
    "storage_unsafe": "storage_unsafe",
    "storage_custom_certificate": "storage_custom_certificate",
}
