"""MQTT 3.1.1: a stream of bytes cut into packets.

Rules
1. A packet's size is checked as soon as its length has come, before its body is kept.
2. After a WireError the reader takes nothing more, and the connection must be closed (section 4.8).
"""

from cargoseal_wire.errors import OversizedError, WireError, describe
from cargoseal_wire.mqtt_packets import (
    DISCONNECT,
    MAX_PACKET_BYTES,
    PINGREQ,
    PINGRESP,
    PUBLISH,
    SUBSCRIBE,
    UNSUBSCRIBE,
    Packet,
)

_FLAGS = {SUBSCRIBE: 2, UNSUBSCRIBE: 2}  # of the fixed header, 0 for the rest but PUBLISH
_EMPTY = (PINGREQ, PINGRESP, DISCONNECT)
_KNOWN = (1, 2, 3, 4, 8, 9, 10, 11, 12, 13, 14)


class PacketReader:
    """Cuts a stream into packets. `max_packet` bounds a whole packet in bytes."""

    def __init__(self, max_packet: int = MAX_PACKET_BYTES) -> None:
        self.max_packet = max_packet
        self._buffer = bytearray()
        self._broken = False

    def feed(self, data: bytes) -> list[Packet]:
        """The packets that `data` completes. WireError for a stream that is not MQTT (rule 3)."""
        if self._broken:
            raise WireError("mqtt", "no more bytes on a broken connection", describe(data))
        self._buffer.extend(data)
        packets = []
        at = 0
        try:
            while True:
                packet, end = self._take(at)
                if packet is None:
                    break
                packets.append(packet)
                at = end
        except WireError:
            self._broken = True
            self._buffer = bytearray()
            raise
        if at:
            self._buffer = self._buffer[at:]
        return packets

    def _take(self, at: int) -> tuple[Packet | None, int]:
        """The packet at `at` and where it ends; None when it is not complete."""
        buffer = self._buffer
        if at == len(buffer):
            return None, at
        type, flags = buffer[at] >> 4, buffer[at] & 15
        _check_header(type, flags)
        length, body = self._length(at + 1)
        if length < 0:
            return None, at
        if body - at + length > self.max_packet:
            raise OversizedError("mqtt", "at most " + str(self.max_packet) + " bytes", str(length))
        if length and type in _EMPTY:
            raise WireError("mqtt", "an empty body of type " + str(type), str(length) + " bytes")
        if len(buffer) < body + length:
            return None, at
        return Packet(type, flags, bytes(buffer[body : body + length])), body + length

    def _length(self, at: int) -> tuple[int, int]:
        """(remaining length, where the body starts); a length of -1 is not complete."""
        length = 0
        for i in range(4):
            if at + i == len(self._buffer):
                return -1, at
            byte = self._buffer[at + i]
            length |= (byte & 127) << (7 * i)
            if byte < 128:
                return length, at + i + 1
        raise WireError("mqtt.length", "at most 4 bytes", "more")


def _check_header(type: int, flags: int) -> None:
    if type not in _KNOWN:
        raise WireError("mqtt.type", "a packet of QoS 0 or 1", "type " + str(type))
    if type == PUBLISH:
        if flags & 6 > 2:
            raise WireError("mqtt.publish.qos", "0 or 1", str(flags >> 1 & 3))
        if flags & 14 == 8:
            raise WireError("mqtt.publish.dup", "no DUP at QoS 0", "DUP")
    elif flags != _FLAGS.get(type, 0):
        raise WireError("mqtt.flags", str(_FLAGS.get(type, 0)), str(flags))
