"""The segment: two forms of the same parts, a seal of fixed size, and a chain of seals."""
# ruff: noqa: RUF005  MicroPython has no [*some, more]

import hashlib

from cargoseal_wire import cbor, segment
from cargoseal_wire import constants as c
from cargoseal_wire.errors import (
    NonDeterministicError,
    OversizedError,
    TruncatedError,
    WrongVersionError,
)
from cargoseal_wire.seal import PROTECTED, SEAL_BYTES, Seal, decode_seal, seal_digest, signed_bytes
from cargoseal_wire.segment import Segment, decode_segment, withhold
from cargoseal_wire.statement import decode_statement
from tests.wire.both.golden import load
from tests.wire.both.refusing import refused

KINDS = {
    "Truncated": TruncatedError,
    "Oversized": OversizedError,
    "NonDeterministic": NonDeterministicError,
    "WrongVersion": WrongVersionError,
}


def golden():
    """The first valid segment of the golden vectors."""
    return decode_segment(bytes.fromhex(load("segments.json")["segments"][0]["full"]))


def test_both_forms_of_every_golden_segment_give_the_same_parts():
    for case in load("segments.json")["segments"]:
        full = bytes.fromhex(case["full"])
        parts = decode_segment(full)
        assert parts.encode() == full
        if case["compact"] is None:
            refused(parts.compact)
            continue
        compact = bytes.fromhex(case["compact"])
        assert decode_segment(compact).parts() == parts.parts()
        assert parts.compact() == compact
        assert len(full) - len(compact) in (204, 205, 206)


def test_golden_parts_decode_and_encode_to_the_same_bytes():
    from cargoseal_wire.sections import decode_claim, decode_location, decode_readings

    for case in load("segments.json")["segments"]:
        parts = decode_segment(bytes.fromhex(case["full"]))
        statement = decode_statement(parts.statement)
        assert statement.encode() == parts.statement
        assert statement.counter == case["statement"]["counter"]
        assert decode_seal(parts.seal).encode() == parts.seal
        if parts.claim is not None:
            assert decode_claim(parts.claim).encode() == parts.claim
        if parts.readings is not None:
            readings = decode_readings(parts.readings, statement.count)
            assert readings.encode() == parts.readings
            wanted = case["readings"]
            assert readings.offsets_ms == wanted["offsets_ms"]
            found = {str(key): values for key, values in readings.columns.items()}
            assert found == wanted["columns"]
        if parts.location is not None:
            assert decode_location(parts.location).encode() == parts.location


def test_golden_segments_that_are_malformed_are_refused_by_name():
    from cargoseal_wire.sections import decode_readings

    def read(data):
        parts = decode_segment(data)
        decode_seal(parts.seal)
        statement = decode_statement(parts.statement)
        decode_readings(parts.readings, statement.count)

    seen = set()
    for case in load("refusals.json")["segments"]:
        if case["refused"] == "Malformed":
            refused(read, bytes.fromhex(case["segment"]))
        elif case["refused"] in KINDS:
            error = refused(read, bytes.fromhex(case["segment"]))
            assert isinstance(error, KINDS[case["refused"]]), case["name"]
        else:
            continue
        seen.add(case["refused"])
    assert len(seen) == 5


def test_what_is_signed_fits_two_sha512_blocks():
    signature_and_key = 32 + 32
    assert signature_and_key + len(signed_bytes(Seal(bytes(8), bytes(32), bytes(64)))) <= 239


def test_sealing_signs_the_sig_structure_of_the_statement_digest():
    asked = []

    def sign(message):
        asked.append(message)
        return b"\x5a" * 64

    statement = golden().statement
    seal = segment.seal_statement(statement, b"12345678", sign)
    digest = hashlib.sha256(statement).digest()
    assert asked == [cbor.encode(["Signature1", PROTECTED, b"", digest])]
    assert len(seal) == SEAL_BYTES
    back = decode_seal(seal)
    assert (back.node, back.payload, back.signature) == (b"12345678", digest, b"\x5a" * 64)
    assert signed_bytes(back) == asked[0]


def test_a_signature_of_another_size_is_refused_when_it_is_made():
    refused(segment.seal_statement, golden().statement, bytes(8), lambda message: bytes(63))


def test_the_protected_header_is_the_hash_envelope():
    assert cbor.decode(PROTECTED) == {1: -8, 258: -16, 259: segment.CONTENT_TYPE}


def test_seal_digest_is_over_the_whole_seal():
    seal = golden().seal
    assert seal_digest(seal) == hashlib.sha256(seal).digest()


def test_the_golden_chain_hangs_together_but_for_its_gap():
    chain = load("chain.json")
    counters, gaps, skipped = chain["counters"], chain["gaps"], chain["skipped"]
    previous = c.NO_SEGMENT
    for at, data in enumerate(chain["segments"]):
        parts = decode_segment(bytes.fromhex(data))
        statement = decode_statement(parts.statement)
        assert statement.counter == counters[at]
        pair = [counters[at - 1], counters[at]]
        assert (statement.previous == previous) == (at == 0 or pair not in gaps)
        assert pair not in skipped or statement.flags & c.FLAG_COUNTER_SKIPPED
        previous = seal_digest(parts.seal)
        assert previous.hex() == chain["seal_digests"][at]
    missing = decode_segment(bytes.fromhex(chain["missing"]))
    after = decode_segment(bytes.fromhex(chain["segments"][3]))
    assert decode_statement(after.statement).previous == seal_digest(missing.seal)


def test_withholding_leaves_seal_and_statement():
    whole = golden()
    for names in ({"readings": True}, {"location": True}, {"claim": True}):
        part = withhold(whole, **names)
        assert part.seal == whole.seal
        assert part.statement == whole.statement
        for name in ("claim", "readings", "location"):
            assert (getattr(part, name) is None) == (name in names)
        assert decode_segment(part.encode()).parts() == part.parts()
        refused(part.compact)


def test_an_altered_part_has_no_compact_form():
    whole = golden()
    for at in range(5):
        parts = whole.parts()
        parts[at] = parts[at][:-1] + bytes([parts[at][-1] ^ 1])
        altered = Segment(*parts)
        if at == 0:  # another signature is another seal; only its checker can tell
            assert decode_segment(altered.compact()).parts() == parts
        else:
            refused(altered.compact)


def test_an_altered_section_in_compact_form_alters_what_was_signed():
    whole = golden()
    items = cbor.decode(whole.compact())
    items[4] = items[4][:-1] + bytes([items[4][-1] ^ 1])
    altered = decode_segment(cbor.encode(items))
    assert altered.statement != whole.statement
    assert signed_bytes(decode_seal(altered.seal)) != signed_bytes(decode_seal(whole.seal))


def test_compact_needs_the_short_statement_and_a_whole_signature():
    items = cbor.decode(golden().compact())
    for at, value in (
        (1, bytes(63)),
        (1, None),
        (2, golden().statement),
        (2, b""),
        (2, b"\x90"),
        (2, items[2][:113]),
        (2, b"\x90" * 400),
        (3, None),
        (4, 5),
        (5, "location"),
        (4, bytes(8193)),
    ):
        refused(decode_segment, cbor.encode(items[:at] + [value] + items[at + 1 :]))


def test_parts_over_their_limit_are_refused():
    whole = golden()
    for at, most in (
        (0, SEAL_BYTES),
        (1, c.MAX_STATEMENT_BYTES),
        (2, c.MAX_CLAIM_BYTES),
        (3, c.MAX_READINGS_BYTES),
        (4, c.MAX_LOCATION_BYTES),
    ):
        parts = whole.parts()
        parts[at] = bytes(most + 1)
        refused(decode_segment, cbor.encode([1] + parts))
        refused(Segment(*parts).encode)


def test_all_parts_at_their_limits_fit_a_segment():
    parts = [bytes(SEAL_BYTES)] + [
        bytes(most)
        for most in (
            c.MAX_STATEMENT_BYTES,
            c.MAX_CLAIM_BYTES,
            c.MAX_READINGS_BYTES,
            c.MAX_LOCATION_BYTES,
        )
    ]
    assert len(Segment(*parts).encode()) <= c.MAX_SEGMENT_BYTES


def test_refuses_a_segment_over_its_limit_before_reading_it():
    assert isinstance(refused(decode_segment, bytes(c.MAX_SEGMENT_BYTES + 1)), OversizedError)


def test_refuses_seals_that_are_not_ours():
    good = cbor.decode(golden().seal)
    protected, kid, payload, signature = good.value
    for tag, items in (
        (98, [protected, kid, payload, signature]),
        (18, [protected, kid, payload]),
        (18, [protected, kid, payload, signature, b""]),
        (18, [b"", kid, payload, signature]),
        (18, [protected, {}, payload, signature]),
        (18, [protected, {4: kid[4], 5: b""}, payload, signature]),
        (18, [protected, {5: kid[4]}, payload, signature]),
        (18, [protected, {4: kid[4][:7]}, payload, signature]),
        (18, [protected, kid, None, signature]),
        (18, [protected, kid, payload[:31], signature]),
        (18, [protected, kid, payload, signature[:63]]),
        (18, {}),
    ):
        refused(decode_seal, cbor.encode(cbor.Tag(tag, items)))
    refused(decode_seal, cbor.encode(good.value))
