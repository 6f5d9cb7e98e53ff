"""Claim, readings and location: salted, bounded, and what a statement commits to."""
# ruff: noqa: RUF005  MicroPython has no [*some, more]

import hashlib

from cargoseal_wire import cbor, columns, sections
from cargoseal_wire import constants as c
from cargoseal_wire.errors import OversizedError, WireError
from cargoseal_wire.sections import (
    Claim,
    Location,
    Readings,
    decode_claim,
    decode_location,
    decode_readings,
)
from tests.wire.both.lcg import Lcg
from tests.wire.both.refusing import refused

SALT = bytes(range(16))
SENSORS = b"sensors1"


def readings(offsets, values, faults=0):
    return Readings(SALT, SENSORS, faults, offsets, values)


def test_a_claim_comes_back():
    claim = decode_claim(Claim(SALT, b"\x80\x00\x7f", 77).encode())
    assert (claim.salt, claim.model_input, claim.score) == (SALT, b"\x80\x00\x7f", 77)


def test_readings_come_back():
    values = {0: [215, None, 214], 4: [1003, 1003, 9000], 31: [None, None, -1]}
    data = readings([0, 999, 2**40 - 1], values, 1 << 31).encode()
    back = decode_readings(data, 3)
    assert (back.salt, back.sensors, back.faults) == (SALT, SENSORS, 1 << 31)
    assert back.offsets_ms == [0, 999, 2**40 - 1]
    assert back.columns == values


def test_locations_come_back_as_tuples():
    fixes = [(0, -899999999, 1800000000, 5, c.FIX_GNSS), (7, 0, 0, 3000, c.FIX_CELL)]
    back = decode_location(Location(SALT, fixes).encode())
    assert back.fixes == fixes
    assert decode_location(Location(SALT, []).encode()).fixes == []


def test_a_digest_is_over_the_encoded_bytes():
    data = Claim(SALT, b"", 0).encode()
    assert sections.section_digest(data) == hashlib.sha256(data).digest()


def test_the_salt_alone_changes_the_digest():
    one = sections.section_digest(Location(SALT, []).encode())
    assert one != sections.section_digest(Location(bytes(16), []).encode())


def test_refuses_another_count_than_the_statement_says():
    data = readings([0, 100, 250, 300], {0: [1, 2, 9, -700]}).encode()
    for count in (1, 2, 9, 1024):
        refused(decode_readings, data, count)
    for count in (0, -1, 1025, 2**40):
        refused(decode_readings, data, count)


def test_refuses_offsets_that_do_not_start_at_the_first_reading():
    assert refused(readings([1, 2], {}).encode).where == "readings.offset"


def test_refuses_offsets_that_go_back():
    assert refused(readings([0, 5, 4], {}).encode).where == "readings.offset"
    times = columns.pack([0, 5, 4], None, columns.TIME_LIMIT)
    data = cbor.encode([SALT, SENSORS, 0, times, {}])
    assert refused(decode_readings, data, 3).where == "readings.offset"


def test_refuses_a_missing_offset():
    data = cbor.encode([SALT, SENSORS, 0, columns.pack([0, None]), {}])
    refused(decode_readings, data, 2)


def test_refuses_columns_of_another_length():
    assert refused(readings([0, 1], {0: [1]}).encode).where == "readings.column"


def test_refuses_unknown_channels():
    for channel in (-1, 32, 2**70):
        refused(readings([0], {channel: [1]}).encode)
    for channel in (-1, 32, "0", b"\x00"):
        data = cbor.encode([SALT, SENSORS, 0, columns.pack([0]), {channel: columns.pack([1])}])
        assert refused(decode_readings, data, 1).where == "readings.channel"


def test_refuses_no_reading_and_too_many():
    refused(readings([], {}).encode)
    refused(readings([0] * 1025, {}).encode)


def test_readings_that_do_not_fit_are_refused_when_they_are_made():
    lcg = Lcg(5)
    noise = [lcg.signed(2**31) for _ in range(1024)]
    wide = readings([0] * 1024, {0: noise, 1: noise, 2: noise})
    assert isinstance(refused(wide.encode), OversizedError)


def test_refuses_columns_that_are_not_bytes_or_not_a_map():
    for packed in ({0: 5}, {0: None}, {0: []}, [], None, [[0, b"\x00"]]):
        refused(decode_readings, cbor.encode([SALT, SENSORS, 0, columns.pack([0]), packed]), 1)


def test_refuses_fields_of_another_type():
    good = [SALT, SENSORS, 0, columns.pack([0]), {}]
    for at in range(5):
        for value in (None, True, "text", -1, b"", [0]):
            items = good[:at] + [value] + good[at + 1 :]
            refused(decode_readings, cbor.encode(items), 1)


def test_refuses_claims_out_of_range():
    refused(Claim(SALT[:15], b"", 0).encode)
    refused(Claim(SALT, b"", -1).encode)
    refused(Claim(SALT, b"", 2**32).encode)
    refused(Claim(SALT, b"x" * 1025, 0).encode)
    for items in ([SALT, b""], [SALT, b"", 0, 0], [SALT, "", 0], [SALT, b"", None], 5):
        assert type(refused(decode_claim, cbor.encode(items))) is WireError


def test_refuses_positions_that_are_none():
    for fix in (
        (0, 900000001, 0, 0, 1),
        (0, -900000001, 0, 0, 1),
        (0, 0, 1800000001, 0, 1),
        (0, 0, -1800000001, 0, 1),
        (0, 0, 0, -1, 1),
        (0, 0, 0, 0, 0),
        (0, 0, 0, 0, 3),
        (-1, 0, 0, 0, 1),
        (0, 0, 0, 0),
        (0, 0, 0, 0, 1, 1),
        (0, None, 0, 0, 1),
    ):
        refused(Location(SALT, [fix]).encode)
        refused(decode_location, cbor.encode([SALT, [list(fix)]]))


def test_refuses_fixes_out_of_order_and_too_many():
    fix = (5, 0, 0, 0, 1)
    refused(Location(SALT, [fix, (4, 0, 0, 0, 1)]).encode)
    refused(Location(SALT, [fix] * 17).encode)
    Location(SALT, [fix] * 16).encode()


def test_what_is_too_long_is_refused_before_it_is_read():
    for decode in (decode_claim, decode_location):
        assert isinstance(refused(decode, b"\xff" * 13000), OversizedError)
    assert isinstance(refused(decode_readings, b"\xff" * 13000, 1), OversizedError)
