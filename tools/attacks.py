"""What an attacker on the link can send: a segment forged, altered or replayed, over real MQTT.

Rules
1. Each starts from a captured segment, as an attacker's would.
2. Nothing here knows a node's key; a forger signs with a key of their own.
"""

import hashlib
import socket

from nacl.signing import SigningKey

from cargoseal_wire import mqtt
from cargoseal_wire.segment import Segment, decode_segment, seal_digest, seal_statement
from cargoseal_wire.statement import decode_statement

_TIMEOUT_S = 20.0


def forge(captured: bytes, seed: bytes) -> bytes:
    """A segment that would follow the captured one, in its node's name, signed with another key."""
    segment = decode_segment(captured)
    statement = decode_statement(segment.statement)
    statement.previous = seal_digest(segment.seal)
    statement.counter += 1
    statement.start_ms += statement.duration_ms
    statement.uptime_ms += statement.duration_ms
    encoded = statement.encode()
    key = SigningKey(seed)
    seal = seal_statement(encoded, statement.node, lambda message: key.sign(message).signature)
    return Segment(seal, encoded, segment.claim, segment.readings, segment.location).encode()


def alter(captured: bytes) -> bytes:
    """The captured segment with one bit of its readings changed."""
    segment = decode_segment(captured)
    if segment.readings is None:
        raise ValueError("expected a segment with its readings, got one without")
    readings = bytearray(segment.readings)
    readings[-1] ^= 1
    return Segment(
        segment.seal, segment.statement, segment.claim, bytes(readings), segment.location
    ).encode()


def publish(host: str, port: int, node: bytes, payload: bytes) -> None:
    """Publishes to the node's segment topic at QoS 1 and waits for the PUBACK.

    Raises OSError when the endpoint hangs up or does not answer.
    """
    name = "attacker-" + hashlib.sha256(payload).hexdigest()[:8]
    reader = mqtt.PacketReader()
    with socket.create_connection((host, port), timeout=_TIMEOUT_S) as connection:
        connection.sendall(mqtt.encode_connect(name, 30, clean=True))
        _wait_for(connection, reader, mqtt.CONNACK)
        connection.sendall(mqtt.encode_publish(mqtt.topic(node, "segment"), payload, 1, 1))
        _wait_for(connection, reader, mqtt.PUBACK)
        connection.sendall(mqtt.encode_disconnect())


def _wait_for(connection: socket.socket, reader: mqtt.PacketReader, kind: int) -> None:
    while True:
        data = connection.recv(4096)
        if not data:
            raise ConnectionError("expected an answer, got the end of the connection")
        if any(packet.type == kind for packet in reader.feed(data)):
            return
