"""Names of the MQTT topics: cargoseal/v1/<node id as 16 lower-case hex digits>/<what>."""

import binascii

from cargoseal_wire import fields
from cargoseal_wire.constants import NODE_BYTES
from cargoseal_wire.errors import WireError

PREFIX = "cargoseal/v1/"
NAMES = ("segment", "receipt", "release", "wish")
_DIGITS = "0123456789abcdef"


def topic(node_id: bytes, name: str) -> str:
    """The topic of a node, for one of NAMES."""
    fields.bstr(node_id, NODE_BYTES, "topic.node")
    if name not in NAMES:
        raise WireError("topic", "one of " + " ".join(NAMES), "another name")
    return PREFIX + binascii.hexlify(node_id).decode() + "/" + name


def parse_topic(text: str) -> tuple[bytes, str]:
    """(node id, name) of a topic, else WireError."""
    parts = text[len(PREFIX) :].split("/") if text.startswith(PREFIX) else []
    if len(parts) != 2 or len(parts[0]) != 2 * NODE_BYTES or parts[1] not in NAMES:
        raise WireError("topic", PREFIX + "<16 hex digits>/" + "|".join(NAMES), "another topic")
    for digit in parts[0]:
        if digit not in _DIGITS:
            raise WireError("topic", "16 lower-case hex digits", "another character")
    return binascii.unhexlify(parts[0]), parts[1]
