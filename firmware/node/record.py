"""Records in a log file of the spool.

    magic CA 5E | kind u8 | body length u16 | counter u64 | body | CRC-32 of all before it

Rules
1. A record counts only when it is whole and its CRC-32 is right: what a power cut left at the end
   of a file is no record.
2. Behind damage the search goes on at the next magic, so one bad block costs its own records only.
3. A LOSS is no segment: it says how many segments were dropped so far (u32), when room was made for
   the segment with this counter.
"""

import binascii
import struct

PLAIN = 0
URGENT = 1
LOSS = 2
_MAGIC = b"\xca\x5e"
_HEADER = ">2sBHQ"
_HEADER_BYTES = 13
_CRC_BYTES = 4
OVERHEAD_BYTES = _HEADER_BYTES + _CRC_BYTES


def encode(kind: int, counter: int, body: bytes) -> bytes:
    """One record; the body has at most 65,535 bytes."""
    head = struct.pack(_HEADER, _MAGIC, kind, len(body), counter) + body
    return head + struct.pack(">I", binascii.crc32(head) & 0xFFFFFFFF)


def scan(data: bytes) -> tuple[list[tuple[int, int, int]], int]:
    """((kind, counter, offset) of each whole record, bytes of damage)."""
    found = []
    damaged = 0
    at = 0
    while at < len(data):
        size = _whole(data, at)
        if size:
            _, kind, _, counter = struct.unpack_from(_HEADER, data, at)
            found.append((kind, counter, at))
            at += size
        else:
            after = data.find(_MAGIC, at + 1)
            if after < 0:
                after = len(data)
            damaged += after - at
            at = after
    return found, damaged


def body(data: bytes, counter: int, at: int = 0) -> bytes | None:
    """The body of the record at `at`, None unless it is whole, right and has this counter."""
    size = _whole(data, at)
    if not size or struct.unpack_from(_HEADER, data, at)[3] != counter:
        return None
    return data[at + _HEADER_BYTES : at + size - _CRC_BYTES]


def _whole(data: bytes, at: int) -> int:
    """The size of the whole record at `at`, 0 when there is none."""
    if at + OVERHEAD_BYTES > len(data):
        return 0
    magic, kind, length, _ = struct.unpack_from(_HEADER, data, at)
    end = at + _HEADER_BYTES + length
    if magic != _MAGIC or kind > LOSS or end + _CRC_BYTES > len(data):
        return 0
    (expected,) = struct.unpack_from(">I", data, end)
    if binascii.crc32(data[at:end]) & 0xFFFFFFFF != expected:
        return 0
    return end + _CRC_BYTES - at
