"""The open window as bytes, so that it goes on over a deep sleep in the chip's RTC memory.

    length 2, head, readings, CRC-32 of all before

Rules
1. What does not fit is not kept: `encode` says so, and the window is closed and sealed before the
   chip sleeps. A reading of five channels takes 52 bytes: 1,900 hold 35 of them.
2. Damaged bytes are no window: its readings are lost, like those of a power cut.
3. A reading comes back as it was, its clock included: nothing is re-stamped.
"""

import binascii
import struct

from node.reading import Reading
from node.window import Window

# length of all; window's flags; last reading with a wall clock: uptime, wall clock, source, error;
# readings
_HEAD = ">HIqqBIB"
_READING = ">qqBIIBB"  # uptime, wall clock, source, error, faults; values; whether there is a fix
_VALUE = ">Bi"
_FIX = ">iiIB"


def encode(window: Window, last: Reading | None, most: int) -> bytes | None:
    """The open window and the last reading that had a wall clock (Sampler.hold); None when they
    take more than `most` bytes."""
    count = window.count()
    if count > 255:
        return None
    clock = (0, 0, 0, 0)
    if last is not None:
        clock = (last.uptime_ms, last.wall_ms or 0, last.clock_source, last.clock_error_ms)
    body = b""
    for reading in window.readings:
        body += _encode_reading(reading)
        if len(body) > most:
            return None
    size = struct.calcsize(_HEAD) + len(body) + 4
    if size > most:
        return None
    data = struct.pack(_HEAD, size, window.flags, *clock, count) + body
    return data + struct.pack(">I", binascii.crc32(data))


def decode(data: bytes) -> tuple[Window, Reading | None] | None:
    """What `encode` gave, from the start of `data`; None as in rule 2."""
    at = struct.calcsize(_HEAD)
    if len(data) < at + 4:
        return None
    size, flags, uptime_ms, wall_ms, source, error_ms, count = struct.unpack_from(_HEAD, data)
    if not at + 4 <= size <= len(data):
        return None
    if struct.unpack_from(">I", data, size - 4)[0] != binascii.crc32(data[: size - 4]):
        return None
    window = Window(flags)
    for _ in range(count):
        reading, at = _decode_reading(data, at)
        window.add(reading, 0)
    last = Reading(uptime_ms, {}, wall_ms, source, error_ms) if source else None
    return window, last


def _encode_reading(reading: Reading) -> bytes:
    fix = reading.fix
    out = struct.pack(
        _READING,
        reading.uptime_ms,
        reading.wall_ms or 0,
        reading.clock_source,
        reading.clock_error_ms,
        reading.faults,
        len(reading.values),
        0 if fix is None else 1,
    )
    for channel, value in reading.values.items():
        out += struct.pack(_VALUE, channel, value)
    return out if fix is None else out + struct.pack(_FIX, *fix)


def _decode_reading(data: bytes, at: int) -> tuple[Reading, int]:
    """(a reading, where the next one begins)"""
    uptime_ms, wall_ms, source, error_ms, faults, count, fixed = struct.unpack_from(
        _READING, data, at
    )
    at += struct.calcsize(_READING)
    values = {}
    for _ in range(count):
        channel, value = struct.unpack_from(_VALUE, data, at)
        values[channel] = value
        at += struct.calcsize(_VALUE)
    fix = None
    if fixed:
        fix = struct.unpack_from(_FIX, data, at)
        at += struct.calcsize(_FIX)
    return Reading(uptime_ms, values, wall_ms, source, error_ms, faults, fix), at
