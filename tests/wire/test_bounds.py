"""A hostile input costs a decoder neither much time nor much memory."""

import contextlib
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from cargoseal_wire import cbor, columns, mqtt
from cargoseal_wire import constants as c
from cargoseal_wire.errors import WireError
from cargoseal_wire.sections import decode_location, decode_readings
from cargoseal_wire.segment import decode_segment

MAX_SECONDS = 1.0
MAX_MEMORY = 8 << 20
SALT, SENSORS = bytes(16), bytes(8)
ZEROS = b"\x01\x00"  # a constant column


def _readings(column: bytes, channels: int = c.MAX_CHANNELS) -> bytes:
    """Readings whose every column, times included, is the same bytes."""
    return cbor.encode([SALT, SENSORS, 0, ZEROS, {at: column for at in range(channels)}])


def _deep_column() -> bytes:
    """1,024 residuals of 44 bits each, all escaped."""
    bits = "000" + "000" + "1" * 11 + "000" + ("1" * 8 + "1" * 44) * 1024
    bits += "0" * (-len(bits) % 8)
    return b"\x11" + int(bits, 2).to_bytes(len(bits) // 8, "big")


ATTACKS: dict[str, tuple[Callable[[bytes], Any], bytes]] = {
    "text of 2^64": (cbor.decode, b"\x7b" + b"\xff" * 8),
    "array of 2^60": (cbor.decode, b"\x9b\x0f" + b"\xff" * 7),
    "map of 2^63": (cbor.decode, b"\xbb\x7f" + b"\xff" * 7),
    "arrays in arrays": (decode_segment, b"\x81" * c.MAX_SEGMENT_BYTES),
    "arrays of 8": (decode_segment, b"\x88" * c.MAX_SEGMENT_BYTES),
    "tags in tags": (decode_segment, b"\xc0" * c.MAX_SEGMENT_BYTES),
    "as many items as bytes": (decode_segment, b"\x99\x2f\xfd" + bytes(c.MAX_SEGMENT_BYTES - 3)),
    "an oversized segment": (decode_segment, b"\x86" + bytes(1 << 20)),
    "constant columns of most readings": (
        lambda data: decode_readings(data, c.MAX_READINGS),
        _readings(ZEROS),
    ),
    "gaps only": (
        lambda data: decode_readings(data, c.MAX_READINGS),
        _readings(b"\x09" + b"\xff" * 9),
    ),
    "unary without end": (
        lambda data: decode_readings(data, c.MAX_READINGS),
        _readings(b"\x11" + b"\xff" * 240),
    ),
    "columns of huge residuals": (
        lambda data: columns.unpack(data, c.MAX_READINGS, None, columns.TIME_LIMIT),
        _deep_column(),
    ),
    "fixes without end": (decode_location, cbor.encode([SALT, [[0, 0, 0, 0, 1]] * 60])),
    "an MQTT packet of 256 MB": (
        lambda data: mqtt.PacketReader().feed(data),
        b"\x30\xff\xff\xff\x7f",
    ),
    "an MQTT stream of empty packets": (
        lambda data: mqtt.PacketReader().feed(data),
        b"\xc0\x00" * 20000,
    ),
    "a CONNECT of nothing but lengths": (
        lambda data: mqtt.parse_connect(mqtt.Packet(mqtt.CONNECT, 0, data)),
        b"\x00\x04MQTT\x04\xc6\x00\x00" + b"\xff" * 4000,
    ),
}


@pytest.mark.parametrize("name", sorted(ATTACKS))
def test_an_attack_is_cheap_to_answer(name: str) -> None:
    decode, data = ATTACKS[name]
    started = time.process_time()
    _try(decode, data)
    assert time.process_time() - started < MAX_SECONDS
    tracemalloc.start()
    _try(decode, data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < MAX_MEMORY


def _try(decode: Callable[[bytes], Any], data: bytes) -> None:
    with contextlib.suppress(WireError):
        decode(data)


def test_a_slow_sender_does_not_make_the_reader_copy_again_and_again() -> None:
    reader = mqtt.PacketReader(c.MAX_SEGMENT_BYTES + 100)
    data = mqtt.encode_publish("t", bytes(c.MAX_SEGMENT_BYTES), 1, 1)
    started = time.process_time()
    packets = [packet for at in range(len(data)) for packet in reader.feed(data[at : at + 1])]
    assert len(packets) == 1
    assert time.process_time() - started < MAX_SECONDS
