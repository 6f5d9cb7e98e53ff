"""MQTT 3.1.1: packets to bytes. WireError when a field does not fit the packet."""

from cargoseal_wire.errors import OversizedError, WireError
from cargoseal_wire.mqtt_packets import (
    CONNACK,
    CONNECT,
    DISCONNECT,
    MAX_LENGTH,
    PINGREQ,
    PINGRESP,
    PROTOCOL,
    PUBACK,
    PUBLISH,
    SUBACK,
    SUBSCRIBE,
    UNSUBACK,
)


def encode_connect(
    client_id: str,
    keep_alive_s: int,
    username: str | None = None,
    password: bytes | None = None,
    clean: bool = False,
) -> bytes:
    """A CONNECT without a will. A password needs a user name."""
    if password is not None and username is None:
        raise WireError("mqtt.connect", "a user name with the password", "none")
    flags = (2 if clean else 0) | (0x80 if username is not None else 0)
    body = bytearray(PROTOCOL)
    body.append(flags | (0x40 if password is not None else 0))
    body.extend(_uint16(keep_alive_s, 0, "mqtt.keep_alive"))
    body.extend(_text(client_id))
    if username is not None:
        body.extend(_text(username))
    if password is not None:
        body.extend(_chunk(password))
    return _packet(CONNECT, 0, body)


def encode_connack(session_present: bool, code: int) -> bytes:
    return _packet(CONNACK, 0, bytes((1 if session_present else 0, code)))


def encode_publish(
    topic: str,
    payload: bytes,
    qos: int = 0,
    packet_id: int = 0,
    dup: bool = False,
    retain: bool = False,
) -> bytes:
    """A PUBLISH of QoS 0 or 1; QoS 1 needs a packet id."""
    if qos not in (0, 1):
        raise WireError("mqtt.publish.qos", "0 or 1", str(qos))
    body = bytearray(_text(topic))
    if qos:
        body.extend(_uint16(packet_id, 1, "mqtt.packet_id"))
    body.extend(payload)
    return _packet(PUBLISH, (8 if dup else 0) | qos << 1 | (1 if retain else 0), body)


def encode_puback(packet_id: int) -> bytes:
    return _packet(PUBACK, 0, _uint16(packet_id, 1, "mqtt.packet_id"))


def encode_subscribe(packet_id: int, filters: list[tuple[str, int]]) -> bytes:
    """A SUBSCRIBE for (topic filter, QoS) pairs."""
    body = bytearray(_uint16(packet_id, 1, "mqtt.packet_id"))
    for pattern, qos in filters:
        body.extend(_text(pattern))
        body.append(qos)
    return _packet(SUBSCRIBE, 2, body)


def encode_suback(packet_id: int, codes: list[int]) -> bytes:
    return _packet(SUBACK, 0, _uint16(packet_id, 1, "mqtt.packet_id") + bytes(codes))


def encode_unsuback(packet_id: int) -> bytes:
    return _packet(UNSUBACK, 0, _uint16(packet_id, 1, "mqtt.packet_id"))


def encode_pingreq() -> bytes:
    return _packet(PINGREQ, 0, b"")


def encode_pingresp() -> bytes:
    return _packet(PINGRESP, 0, b"")


def encode_disconnect() -> bytes:
    return _packet(DISCONNECT, 0, b"")


def _packet(type: int, flags: int, body: bytes | bytearray) -> bytes:
    length = len(body)
    if length > MAX_LENGTH:
        raise OversizedError("mqtt", "at most " + str(MAX_LENGTH) + " bytes", str(length))
    out = bytearray((type << 4 | flags,))
    while length > 127:
        out.append(length & 127 | 128)
        length >>= 7
    out.append(length)
    out.extend(body)
    return bytes(out)


def _uint16(value: int, low: int, where: str) -> bytes:
    if not low <= value <= 0xFFFF:
        raise WireError(where, str(low) + " … 65535", str(value))
    return bytes((value >> 8, value & 0xFF))


def _chunk(data: bytes) -> bytes:
    return _uint16(len(data), 0, "mqtt.length") + data


def _text(text: str) -> bytes:
    return _chunk(text.encode("utf-8"))
