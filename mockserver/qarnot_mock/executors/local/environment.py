"""The environment variables of one instance: constants, documented variables, and a base that a container would have.

Nothing of the server's own environment is ever taken over, because it holds tokens. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath

import attrs

JOB = "/job"
"""The working directory on the cloud (reference 7.2)."""

DOCKER_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_VARIABLE = re.compile(r"\$\{([A-Za-z0-9_.-]+)\}")


@attrs.frozen
class Directories:
    """The directories of an instance as its own process sees them, absolute."""

    job: str
    tmp: str


def directory_variables(directories: Directories) -> dict[str, str]:
    """The documented variables that name directories (reference 7.2)."""
    return {
        "TASK_PATH": directories.job,
        "QARNOT_RESOURCES_DIRECTORY": directories.job,
        "QARNOT_RESULTS_DIRECTORY": directories.job,
        "TMP_PATH": directories.tmp,
        "TMP_RAMFS_PATH": directories.tmp,
    }


def substitute(text: str, variables: Mapping[str, str]) -> str:
    """Replace ``${NAME}`` for the names in ``variables``; leave every other one as it is."""
    return _VARIABLE.sub(lambda found: variables.get(found[1], found[0]), text)


def working_directory(constants: Mapping[str, str]) -> str | None:
    """The directory below ``/job`` that ``DOCKER_WORKDIR`` asks for, relative (``""`` is ``/job``).

    None when it lies outside ``/job``, where only a container could go. Unset is the literal ``${DOCKER_WORKDIR}``.
    """
    wanted = constants.get("DOCKER_WORKDIR", "")
    if wanted in ("", "${DOCKER_WORKDIR}"):
        return ""
    path = PurePosixPath(wanted)
    if ".." in path.parts or not path.is_relative_to(JOB):
        return None
    relative = path.relative_to(JOB).as_posix()
    return "" if relative == "." else relative


def instance_environment(
    constants: Mapping[str, str], directories: Directories, workdir: str, interpreter_directory: str
) -> dict[str, str]:
    """The complete environment: base, then constants with directories substituted, then the directories.

    ``interpreter_directory`` comes first on the PATH, so that ``python`` and ``python3`` always name something.
    ``HOME`` is the temporary directory, because what tools drop there is no result.
    """
    named = directory_variables(directories)
    base = {
        "PATH": f"{interpreter_directory}:{DOCKER_PATH}",
        "HOME": directories.tmp,
        "TMPDIR": directories.tmp,
        "LANG": "C.UTF-8",
    }
    given = {name: substitute(value, named) for name, value in constants.items()}
    where = f"{directories.job}/{workdir}" if workdir else directories.job
    return base | given | named | {"DOCKER_WORKDIR": where}
