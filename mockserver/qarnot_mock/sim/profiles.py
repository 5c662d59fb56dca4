"""The catalogue of profiles: templates whose constants have default values (reference 7.1)."""

from __future__ import annotations

import attrs

from qarnot_mock.sim.commands import Json


@attrs.frozen
class Profile:
    """A profile; ``constants`` are (name, value, description)."""

    name: str
    constants: tuple[tuple[str, str, str], ...]

    def wire(self) -> Json:
        """The ``Profile`` schema."""
        rows: list[Json] = [{"name": name, "value": value, "description": text} for name, value, text in self.constants]
        return {"name": self.name, "constants": rows, "licenses": []}


_DOCKER = (
    ("DOCKER_SRV", "", "URL of the registry that holds the image; empty means the default one"),
    ("DOCKER_REPO", "library/ubuntu", "Image to run; official images need the library/ part"),
    ("DOCKER_TAG", "latest", "Tag of the image"),
    ("DOCKER_CMD", "", "Command, appended to the entry point of the image"),
    ("DOCKER_REGISTRY_LOGIN", "", "Login of a private registry"),
    ("DOCKER_REGISTRY_PASSWORD", "", "Password of a private registry"),
    ("DOCKER_USER", "", "User the command runs as; empty means the user of the image"),
    ("DOCKER_HOST", "", "Host name inside the container"),
    ("DOCKER_WORKDIR", "${DOCKER_WORKDIR}", "Working directory of the container"),
)
_PROGRESS = tuple((f"DOCKER_PROGRESS{i}", "", "Regex that finds the progress in the output") for i in (1, 2, 3))
_NETWORK = (("QARNOT_DISABLE_CPU_BOOST", "false", "true for a steadier CPU speed"),)
_SSH = (("DOCKER_SSH", "", "Public key to put into the container"),)
_CLUSTER = (("SETUP_CLUSTER_NB_SLOTS", "", "Slots of the cluster"),)
_SOFTWARE = (("DOCKER_TAG", "latest", "Version of the software"),)
_VNC = (("VNC_PASSWORD", "", "Password of the remote desktop, at most 8 characters"),)
_BLENDER = (("BLEND_FILE", "", "Scene to render"),)
_FDS = (("FDS_CMD", "", "Command line of the solver"),)
_LSDYNA = (("LSDYNA_CMD", "", "Command line of the solver"), ("SLOTS", "1", "Slots per node"))

DEFAULT_PROFILES = (
    Profile("docker-batch", _DOCKER + _PROGRESS),
    Profile("docker-batch-smt", _DOCKER + _PROGRESS),
    Profile("docker-network", _DOCKER + _NETWORK),
    Profile("docker-network-ssh", _DOCKER + _NETWORK + _SSH),
    Profile("docker-nvidia-batch", _DOCKER + _PROGRESS),
    Profile("docker-cluster", _DOCKER + _CLUSTER),
    Profile("docker-cluster-network", _DOCKER + _CLUSTER + _NETWORK),
    Profile("docker-cluster-network-ssh", _DOCKER + _CLUSTER + _NETWORK + _SSH),
    Profile("docker-cluster-roce", _DOCKER + _CLUSTER),
    Profile("docker-cluster-roce-network-ssh", _DOCKER + _CLUSTER + _NETWORK + _SSH),
    Profile("blender", _SOFTWARE + _BLENDER),
    Profile("python", _DOCKER),
    Profile("houdini", _SOFTWARE),
    Profile("meshroom", _SOFTWARE),
    Profile("openfoam-ssh", _DOCKER + _SSH),
    Profile("fds-vnc", _SOFTWARE + _FDS + _VNC),
    Profile("ls-dyna-multislots-qarnot-vnc", _SOFTWARE + _LSDYNA + _VNC),
    Profile("ubuntu", _DOCKER),
)
