"""The decoders of `cargoseal_wire` at a fraction of their cost, for the host's busiest way.

Rules
1. `cargoseal_wire` is the definition. Each function here takes only the shape that a node's encoder
   makes, checked byte for byte, and gives None for every other and for everything it is not sure
   of: the caller then asks the definition, which accepts it or finds the words for what is wrong.
2. What is given is what the definition gives (tests hold them together, hostile bytes included).
3. Deterministic CBOR has one encoding per value, so that comparing a fixed head as bytes is the
   strict check.
"""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from cargoseal.verify import fast_columns
from cargoseal_wire import columns
from cargoseal_wire.constants import (
    CLOCK_ERROR_UNKNOWN,
    CLOCK_NONE,
    MAX_CHANNELS,
    MAX_CLAIM_BYTES,
    MAX_DURATION_MS,
    MAX_LOCATION_BYTES,
    MAX_MODEL_INPUT_BYTES,
    MAX_READINGS_BYTES,
    MAX_SEGMENT_BYTES,
    MAX_STATEMENT_BYTES,
)
from cargoseal_wire.errors import WireError
from cargoseal_wire.seal import Seal, signed_bytes
from cargoseal_wire.sections import Claim, Location, Readings, decode_readings
from cargoseal_wire.segment import FULL_HEAD, SHORT_HEAD, Segment
from cargoseal_wire.statement import _NUMBERS, Statement

_SEAL = Seal(bytes(8), bytes(32), bytes(64)).encode()
_NODE_IN_SEAL = _SEAL.index(b"\xa1\x04\x48") + 3
_SEAL_HEAD = _SEAL[:_NODE_IN_SEAL]
_SIGNED_HEAD = signed_bytes(Seal(bytes(8), bytes(32), bytes(64)))[:-32]
_PAYLOAD_HEAD = b"\x58\x20"
_SIGNATURE_HEAD = b"\x58\x40"
_COMPACT_HEAD = b"\x86\x02\x58\x40"
_SHORT_START = SHORT_HEAD + b"\x01\x58\x20"  # version, audience
_SHORT_NUMBERS_AT = 113  # in a statement without its digests
_SALT_HEAD = 0x50
MIN_BATCH = 4  # fewer sections than this are decoded one by one: it costs less

_RANGES = tuple((low, high) for _, low, high in _NUMBERS)


class Opened(NamedTuple):
    """A compact segment's parts; its sections are what the statement commits to by construction."""

    segment: Segment
    seal: Seal
    statement: Statement
    seal_digest: bytes


class _Other(Exception):  # noqa: N818 - never leaves this module
    """Not the shape that is handled here."""


def open_compact(data: bytes) -> Opened | None:
    """The parts of a segment in compact form, as decode_segment, decode_seal, decode_statement."""
    if len(data) > MAX_SEGMENT_BYTES or not data.startswith(_COMPACT_HEAD):
        return None
    try:
        return _open_compact(data)
    except (_Other, IndexError):
        return None


def signed(payload: bytes) -> bytes:
    """What a seal with this payload signs, as `signed_bytes`."""
    return _SIGNED_HEAD + payload


def decode_claim(data: bytes) -> Claim | None:
    try:
        if len(data) > MAX_CLAIM_BYTES or data[0] != 0x83 or data[1] != _SALT_HEAD:
            return None
        model_input, at = _bytes(data, 18)
        score, at = _uint(data, at)
    except (_Other, IndexError):
        return None
    if at != len(data) or len(model_input) > MAX_MODEL_INPUT_BYTES or score >> 32:
        return None
    return Claim(data[2:18], model_input, score)


def decode_location(data: bytes) -> Location | None:
    """Only a location without a fix; one with a fix is rare."""
    if len(data) == 19 and data[:2] == b"\x82\x50" and data[18] == 0x80:
        return Location(data[2:18], [])
    return None


def decode_readings_many(
    batch: Sequence[tuple[bytes, int]],
) -> list[Readings | WireError]:
    """What `decode_readings` gives or raises for each (section, count); columns go side by side."""
    outcomes: list[Readings | WireError | None] = [None] * len(batch)
    if len(batch) >= MIN_BATCH:
        split = [(place, _split_readings(*one)) for place, one in enumerate(batch)]
        opened = [(place, one) for place, one in split if one is not None]
        lanes = [lane for _, one in opened for lane in one.lanes]
        unpacked = iter(fast_columns.unpack_many(lanes))
        for place, one in opened:
            outcomes[place] = _assembled(one, [next(unpacked) for _ in one.lanes])
    return [
        _by_definition(*one) if outcome is None else outcome
        for one, outcome in zip(batch, outcomes, strict=True)
    ]


def _open_compact(data: bytes) -> Opened | None:
    signature = data[4:68]
    short, at = _bytes(data, 68)
    claim, at = _bytes(data, at)
    readings, at = _bytes(data, at)
    location, at = _bytes(data, at)
    if at != len(data):
        return None
    if (
        len(claim) > MAX_CLAIM_BYTES
        or len(readings) > MAX_READINGS_BYTES
        or len(location) > MAX_LOCATION_BYTES
        or len(short) > MAX_STATEMENT_BYTES - 102
        or short[:4] != _SHORT_START
        or short[36] != 0x48
        or short[45:47] != b"\x58\x20"
        or short[79:81] != b"\x58\x20"
    ):
        return None
    sha = hashlib.sha256
    claim_digest, readings_digest = sha(claim).digest(), sha(readings).digest()
    location_digest = sha(location).digest()
    whole = b"".join(
        (
            FULL_HEAD,
            short[1:_SHORT_NUMBERS_AT],
            b"\x58\x20",
            claim_digest,
            b"\x58\x20",
            readings_digest,
            b"\x58\x20",
            location_digest,
            short[_SHORT_NUMBERS_AT:],
        )
    )
    node = short[37:45]
    statement = Statement(
        short[4:36],
        node,
        short[47:79],
        short[81:113],
        claim_digest,
        readings_digest,
        location_digest,
        *_numbers(short, _SHORT_NUMBERS_AT),
    )
    if statement.clock_source == CLOCK_NONE and (
        statement.clock_error_ms != CLOCK_ERROR_UNKNOWN or statement.start_ms
    ):
        return None
    payload = sha(whole).digest()
    seal = b"".join((_SEAL_HEAD, node, _PAYLOAD_HEAD, payload, _SIGNATURE_HEAD, signature))
    return Opened(
        Segment(seal, whole, claim, readings, location),
        Seal(node, payload, signature),
        statement,
        sha(seal).digest(),
    )


class _Split(NamedTuple):
    """A readings section whose columns are still packed: the times, then the channels'."""

    salt: bytes
    sensors: bytes
    faults: int
    channels: list[int]
    lanes: list[fast_columns.Packed]


def _split_readings(data: bytes, count: int) -> _Split | None:
    try:
        if len(data) > MAX_READINGS_BYTES or data[0] != 0x85 or data[1] != _SALT_HEAD:
            return None
        if data[18] != 0x48:
            return None
        faults, at = _uint(data, 27)
        times, at = _bytes(data, at)
        head = data[at]
        if faults >> 32 or not 0xA0 <= head < 0xB8:
            return None
        at += 1
        channels: list[int] = []
        lanes = [fast_columns.Packed(times, count, columns.TIME_LIMIT)]
        last = -1
        for _ in range(head - 0xA0):
            channel, at = _uint(data, at)
            if not last < channel < MAX_CHANNELS:
                return None
            packed, at = _bytes(data, at)
            channels.append(channel)
            lanes.append(fast_columns.Packed(packed, count))
            last = channel
    except (_Other, IndexError):
        return None
    if at != len(data):
        return None
    return _Split(data[2:18], data[19:27], faults, channels, lanes)


def _assembled(split: _Split, unpacked: list[list[int] | None]) -> Readings | None:
    offsets = unpacked[0]
    if (
        offsets is None
        or offsets[0]
        or offsets[-1] >= MAX_DURATION_MS
        or offsets != sorted(offsets)
    ):
        return None
    found: dict[int, list[int | None]] = {}
    like: list[int | None] | None = None
    lanes = zip(split.channels, split.lanes[1:], unpacked[1:], strict=True)
    for channel, lane, values in lanes:
        if values is None:
            try:
                column = columns.unpack(lane.data, lane.length, like)
            except WireError:
                return None
        else:
            column = values  # type: ignore[assignment]  # a list of int is one of int or None
        found[channel] = like = column
    return Readings(split.salt, split.sensors, split.faults, offsets, found)


def _by_definition(data: bytes, count: int) -> Readings | WireError:
    try:
        return decode_readings(data, count)
    except WireError as error:
        return error


def _bytes(data: bytes, at: int) -> tuple[bytes, int]:
    """A byte string of less than 64 KiB at `at`, and where the next item starts."""
    head = data[at]
    if head == 0x58:
        size = data[at + 1]
        start = at + 2
        if size < 24:
            raise _Other
    elif 0x40 <= head < 0x58:
        size = head - 0x40
        start = at + 1
    elif head == 0x59:
        size = data[at + 1] << 8 | data[at + 2]
        start = at + 3
        if size < 256:
            raise _Other
    else:
        raise _Other
    end = start + size
    if end > len(data):
        raise _Other
    return data[start:end], end


def _uint(data: bytes, at: int) -> tuple[int, int]:
    """An unsigned int at `at`, and where the next item starts."""
    head = data[at]
    if head < 24:
        return head, at + 1
    if head > 27:
        raise _Other
    width = 1 << (head - 24)
    end = at + 1 + width
    if end > len(data):
        raise _Other
    value = int.from_bytes(data[at + 1 : end], "big")
    if value < 24 or (width > 1 and not value >> (4 * width)):
        raise _Other
    return value, end


def _numbers(short: bytes, at: int) -> list[int]:
    """The numbers at the end of a statement, each within its range."""
    numbers = []
    for low, high in _RANGES:
        head = short[at]
        if head < 24:
            value = head
            at += 1
        else:
            value, at = _uint(short, at)
        if not low <= value <= high:
            raise _Other
        numbers.append(value)
    if at != len(short):
        raise _Other
    return numbers
