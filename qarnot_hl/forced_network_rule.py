"""Documented module ``forced_network_rule``: traffic into and out of instances. Needs a permission."""

from __future__ import annotations

from attrs import define, field

from qarnot_hl._core.json_types import Json, JsonObject
from qarnot_hl._core.wired import MutableWired, keyed

__all__ = ["ForcedNetworkRule"]


@define
class ForcedNetworkRule(MutableWired):
    """A rule. Ports and priority are texts, as in the API (reference 3.11).

    ``inbound``: whether it is about traffic into the instance. ``proto``: ``tcp`` or ``udp``. ``port``: of the instance
    (inbound). ``to``: from where (inbound). ``public_host``, ``public_port``: to where (outbound). ``forwarder``: its
    kind, like ``common``. ``priority``: the server's default is ``1000``. ``to_qbox``, ``to_payload``: which end.
    ``application_type``: a hint like ``ssh``.
    """

    inbound: bool = field(metadata=keyed("inbound"))
    proto: str = field(metadata=keyed("proto"))
    port: str | None = field(default=None, metadata=keyed("port", optional=True))
    to: str | None = field(default=None, metadata=keyed("to", optional=True))
    public_host: str | None = field(default=None, metadata=keyed("publicHost", optional=True))
    public_port: str | None = field(default=None, metadata=keyed("publicPort", optional=True))
    forwarder: str | None = field(default=None, metadata=keyed("forwarder", optional=True))
    priority: str | None = field(default=None, metadata=keyed("priority", optional=True))
    description: str | None = field(default=None, metadata=keyed("description", optional=True))
    to_qbox: bool | None = field(default=None, metadata=keyed("toQBox", optional=True))
    to_payload: bool | None = field(default=None, metadata=keyed("toPayload", optional=True))
    name: str | None = field(default=None, metadata=keyed("name", optional=True))
    application_type: str | None = field(default=None, metadata=keyed("applicationType", optional=True))

    @classmethod
    def from_json(cls, json: JsonObject) -> ForcedNetworkRule:
        """Reads the wire form."""
        return cls._read(json)

    def to_json(self) -> dict[str, Json]:
        """The wire form; what is None is left out."""
        return self._write()
