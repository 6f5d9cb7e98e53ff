"""MQTT 3.1.1: a packet's body to its fields. What the standard forbids is a WireError."""

from cargoseal_wire.errors import OversizedError, TruncatedError, WireError
from cargoseal_wire.mqtt_packets import (
    CONNACK,
    CONNECT,
    MAX_FILTERS,
    NOT_AUTHORIZED,
    PROTOCOL,
    PUBACK,
    PUBLISH,
    REFUSED_SUBSCRIPTION,
    SUBACK,
    SUBSCRIBE,
    UNSUBACK,
    UNSUBSCRIBE,
    Connack,
    Connect,
    Packet,
    Puback,
    Publish,
    Suback,
    Subscribe,
    Unsubscribe,
)
from cargoseal_wire.utf8 import decode_text


class _Body:
    """Reads a packet's body from its start."""

    def __init__(self, packet: Packet, type: int, where: str) -> None:
        if packet.type != type:
            raise WireError(where, "type " + str(type), "type " + str(packet.type))
        self.data = packet.body
        self.at = 0
        self.where = where

    def take(self, size: int) -> bytes:
        if self.at + size > len(self.data):
            raise TruncatedError(self.where, str(size) + " bytes", str(len(self.data) - self.at))
        self.at += size
        return self.data[self.at - size : self.at]

    def uint8(self) -> int:
        return self.take(1)[0]

    def uint16(self) -> int:
        pair = self.take(2)
        return pair[0] << 8 | pair[1]

    def packet_id(self) -> int:
        number = self.uint16()
        if number == 0:
            raise WireError(self.where + ".packet_id", "1 … 65535", "0")
        return number

    def chunk(self) -> bytes:
        return self.take(self.uint16())

    def text(self) -> str:
        data = self.chunk()
        if 0 in data:
            raise WireError(self.where, "text without U+0000", "U+0000")
        return decode_text(data, self.where)

    def more(self) -> bool:
        return self.at < len(self.data)

    def end(self) -> None:
        if self.more():
            raise WireError(self.where, "the end", str(len(self.data) - self.at) + " bytes")


def parse_connect(packet: Packet) -> Connect:
    """A CONNECT of MQTT 3.1.1."""
    body = _Body(packet, CONNECT, "mqtt.connect")
    if body.take(len(PROTOCOL)) != PROTOCOL:
        raise WireError("mqtt.connect.protocol", "MQTT level 4", "another")
    flags = body.uint8()
    has_will, will_qos = flags & 4, flags >> 3 & 3
    if flags & 1 or will_qos == 3 or (flags & 0x38 and not has_will) or flags & 0xC0 == 0x40:
        raise WireError("mqtt.connect.flags", "flags of section 3.1.2.3", hex(flags))
    keep_alive_s = body.uint16()
    client_id = body.text()
    clean = flags & 2 != 0
    if not client_id and not clean:
        raise WireError("mqtt.connect.client_id", "a name for a kept session", "none")
    will = None
    if has_will:
        will = (_topic_name(body), body.chunk(), will_qos, flags & 0x20 != 0)
    username = body.text() if flags & 0x80 else None
    password = body.chunk() if flags & 0x40 else None
    body.end()
    return Connect(client_id, keep_alive_s, clean, username, password, will)


def parse_connack(packet: Packet) -> Connack:
    body = _Body(packet, CONNACK, "mqtt.connack")
    present, code = body.uint8(), body.uint8()
    body.end()
    if present > 1 or code > NOT_AUTHORIZED or (present and code):
        raise WireError(
            "mqtt.connack", "flag 0 or 1 and code 0 … 5", str(present) + ", " + str(code)
        )
    return Connack(present == 1, code)


def parse_publish(packet: Packet) -> Publish:
    body = _Body(packet, PUBLISH, "mqtt.publish")
    qos = packet.flags >> 1 & 3
    name = _topic_name(body)
    packet_id = body.packet_id() if qos else 0
    payload = body.take(len(body.data) - body.at)
    return Publish(name, payload, qos, packet_id, packet.flags & 8 != 0, packet.flags & 1 != 0)


def parse_puback(packet: Packet) -> Puback:
    return Puback(_only_packet_id(packet, PUBACK, "mqtt.puback"))


def parse_unsuback(packet: Packet) -> int:
    """The packet id that an UNSUBACK answers."""
    return _only_packet_id(packet, UNSUBACK, "mqtt.unsuback")


def parse_subscribe(packet: Packet) -> Subscribe:
    body = _Body(packet, SUBSCRIBE, "mqtt.subscribe")
    packet_id = body.packet_id()
    return Subscribe(packet_id, _filters(body, True))


def parse_unsubscribe(packet: Packet) -> Unsubscribe:
    body = _Body(packet, UNSUBSCRIBE, "mqtt.unsubscribe")
    packet_id = body.packet_id()
    return Unsubscribe(packet_id, [pattern for pattern, _ in _filters(body, False)])


def parse_suback(packet: Packet) -> Suback:
    body = _Body(packet, SUBACK, "mqtt.suback")
    packet_id = body.packet_id()
    codes = list(body.take(len(body.data) - body.at))
    if not codes or len(codes) > MAX_FILTERS:
        raise WireError("mqtt.suback", "1 … " + str(MAX_FILTERS) + " codes", str(len(codes)))
    for code in codes:
        if code > 2 and code != REFUSED_SUBSCRIPTION:
            raise WireError("mqtt.suback.code", "0, 1, 2 or 128", str(code))
    return Suback(packet_id, codes)


def _only_packet_id(packet: Packet, type: int, where: str) -> int:
    body = _Body(packet, type, where)
    packet_id = body.packet_id()
    body.end()
    return packet_id


def _topic_name(body: _Body) -> str:
    name = body.text()
    if not name or "+" in name or "#" in name:
        raise WireError(body.where + ".topic", "a topic without wildcards", "another text")
    return name


def _filters(body: _Body, with_qos: bool) -> list[tuple[str, int]]:
    filters: list[tuple[str, int]] = []
    while body.more():
        if len(filters) == MAX_FILTERS:
            raise OversizedError(body.where, "at most " + str(MAX_FILTERS) + " filters", "more")
        pattern = body.text()
        qos = body.uint8() if with_qos else 0
        if not pattern or qos > 2:
            raise WireError(body.where, "a topic filter and QoS 0 … 2", "QoS " + str(qos))
        filters.append((pattern, qos))
    if not filters:
        raise WireError(body.where, "a topic filter", "none")
    return filters
