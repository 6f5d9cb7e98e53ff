"""The salted sections that a statement commits to by SHA-256: claim, readings, location.

Rules
1. Each starts with 16 random bytes, so that the digest of a withheld section says nothing about it.
2. A node always makes all three; a location without a fix has an empty list.
3. Offsets are milliseconds from the statement's first reading: the first is 0, none is before the
   one ahead of it. Every column has one entry per reading, None where the channel said nothing.
4. Channels ascend, each at most once.
"""

import hashlib

from cargoseal_wire import cbor, columns, fields
from cargoseal_wire.constants import (
    FIX_CELL,
    FIX_GNSS,
    MAX_CHANNELS,
    MAX_CLAIM_BYTES,
    MAX_DURATION_MS,
    MAX_FIXES,
    MAX_LOCATION_BYTES,
    MAX_MODEL_INPUT_BYTES,
    MAX_READINGS,
    MAX_READINGS_BYTES,
    SALT_BYTES,
    SENSORS_BYTES,
)
from cargoseal_wire.errors import OversizedError, WireError, describe

_MAX_COUNT = 2**32  # of a score, an error in metres, a bit mask
_FIX = (  # offset_ms, lat_1e7, lon_1e7, error_m, source: lowest and highest
    (0, MAX_DURATION_MS - 1),
    (-900000000, 900000000),
    (-1800000000, 1800000000),
    (0, _MAX_COUNT - 1),
    (FIX_GNSS, FIX_CELL),
)


def section_digest(encoded: bytes) -> bytes:
    """What a statement holds of a section: SHA-256 of its encoded bytes."""
    return hashlib.sha256(encoded).digest()


class Claim:
    """What the node's model said: its int8 input as bytes and the score."""

    def __init__(self, salt: bytes, model_input: bytes, score: int) -> None:
        self.salt = salt
        self.model_input = model_input
        self.score = score

    def encode(self) -> bytes:
        _check_claim(self)
        return cbor.encode([self.salt, self.model_input, self.score])


class Readings:
    """What the sensors said. `faults` has a bit per channel whose sensor failed."""

    def __init__(
        self,
        salt: bytes,
        sensors: bytes,
        faults: int,
        offsets_ms: list[int],
        columns: dict[int, list[int | None]],
    ) -> None:
        self.salt = salt
        self.sensors = sensors
        self.faults = faults
        self.offsets_ms = offsets_ms
        self.columns = columns

    def encode(self) -> bytes:
        """The section's bytes. WireError when a value is outside of what the format holds."""
        _check_readings(self)
        times = columns.pack(list(self.offsets_ms), None, columns.TIME_LIMIT)
        packed: dict[object, object] = {}
        like = None
        for channel in sorted(self.columns):
            packed[channel] = columns.pack(self.columns[channel], like)
            like = self.columns[channel]
        data = cbor.encode([self.salt, self.sensors, self.faults, times, packed])
        if len(data) > MAX_READINGS_BYTES:
            raise OversizedError("readings", "at most " + str(MAX_READINGS_BYTES), str(len(data)))
        return data


class Location:
    """Where the node was: (offset_ms, lat_1e7, lon_1e7, error_m, source) per fix, in time order."""

    def __init__(self, salt: bytes, fixes: list[tuple[int, int, int, int, int]]) -> None:
        self.salt = salt
        self.fixes = fixes

    def encode(self) -> bytes:
        _check_location(self)
        return cbor.encode([self.salt, [list(fix) for fix in self.fixes]])


def decode_claim(data: bytes) -> Claim:
    """The claim in `data`, else WireError."""
    items = fields.array(fields.decode_within(data, MAX_CLAIM_BYTES, "claim"), 3, "claim")
    claim = Claim(items[0], items[1], items[2])  # type: ignore[arg-type]  # checked below
    _check_claim(claim)
    return claim


def decode_readings(data: bytes, count: int) -> Readings:
    """The readings in `data`, `count` of them as the statement says, else WireError."""
    where = "readings"
    fields.integer(count, 1, MAX_READINGS, "readings.count")
    items = fields.array(fields.decode_within(data, MAX_READINGS_BYTES, where), 5, where)
    packed = fields.bstr_up_to(items[3], MAX_READINGS_BYTES, "readings.times")
    times = columns.unpack(packed, count, None, columns.TIME_LIMIT)
    readings = Readings(
        items[0],  # type: ignore[arg-type]  # checked below
        items[1],  # type: ignore[arg-type]
        items[2],  # type: ignore[arg-type]
        times,  # type: ignore[arg-type]
        _decode_columns(items[4], count),
    )
    _check_readings(readings)
    return readings


def _decode_columns(packed: object, count: int) -> dict[int, list[int | None]]:
    """Columns by channel. The map's order is CBOR's, which is that of the channels."""
    if not isinstance(packed, dict) or len(packed) > MAX_CHANNELS:
        raise WireError("readings.columns", "a map of up to " + str(MAX_CHANNELS), describe(packed))
    decoded: dict[int, list[int | None]] = {}
    like = None
    for key in sorted(packed, key=_as_channel):
        channel = _as_channel(key)
        data = fields.bstr_up_to(packed[key], MAX_READINGS_BYTES, "readings.column")
        like = columns.unpack(data, count, like)
        decoded[channel] = like
    return decoded


def _as_channel(key: object) -> int:
    return fields.uint(key, MAX_CHANNELS, "readings.channel")


def decode_location(data: bytes) -> Location:
    """The location in `data`, else WireError."""
    where = "location"
    items = fields.array(fields.decode_within(data, MAX_LOCATION_BYTES, where), 2, where)
    fixes = []
    for item in fields.array_up_to(items[1], MAX_FIXES, "location.fixes"):
        fixes.append(tuple(fields.array(item, len(_FIX), "location.fix")))
    location = Location(items[0], fixes)  # type: ignore[arg-type]  # checked below
    _check_location(location)
    return location


def _check_claim(claim: Claim) -> None:
    fields.bstr(claim.salt, SALT_BYTES, "claim.salt")
    fields.bstr_up_to(claim.model_input, MAX_MODEL_INPUT_BYTES, "claim.model_input")
    fields.uint(claim.score, _MAX_COUNT, "claim.score")


def _check_readings(readings: Readings) -> None:
    fields.bstr(readings.salt, SALT_BYTES, "readings.salt")
    fields.bstr(readings.sensors, SENSORS_BYTES, "readings.sensors")
    fields.uint(readings.faults, _MAX_COUNT, "readings.faults")
    count = len(readings.offsets_ms)
    fields.integer(count, 1, MAX_READINGS, "readings.count")
    _check_offsets(readings.offsets_ms)
    for channel, values in readings.columns.items():
        fields.uint(channel, MAX_CHANNELS, "readings.channel")
        if len(values) != count:
            raise WireError("readings.column", str(count) + " values", str(len(values)))


def _check_offsets(offsets_ms: list[int]) -> None:
    """Rule 3. That all are ints is for `columns.pack` to see."""
    where = "readings.offset"
    last = fields.integer(offsets_ms[0], 0, 0, where)
    try:
        for offset in offsets_ms:
            if offset < last:
                raise WireError(where, "at least " + str(last), str(offset))
            last = offset
    except TypeError:
        raise WireError(where, "ints", "something else") from None
    fields.integer(last, 0, MAX_DURATION_MS - 1, where)


def _check_location(location: Location) -> None:
    fields.bstr(location.salt, SALT_BYTES, "location.salt")
    if len(location.fixes) > MAX_FIXES:
        raise OversizedError(
            "location.fixes", "at most " + str(MAX_FIXES), str(len(location.fixes))
        )
    last = 0
    for fix in location.fixes:
        if len(fix) != len(_FIX):
            raise WireError("location.fix", str(len(_FIX)) + " numbers", str(len(fix)))
        for value, (low, high) in zip(fix, _FIX):  # noqa: B905  MicroPython knows no strict=
            fields.integer(value, low, high, "location.fix")
        fields.integer(fix[0], last, MAX_DURATION_MS - 1, "location.offset")
        last = fix[0]
