"""What the wire package writes is read the same by decoders that are not ours."""

import hashlib

import cbor2
import pytest
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from cargoseal_wire.segment import decode_segment
from tests.wire import schema
from tests.wire.vectors import load

SEGMENTS = load("segments.json")["segments"]
KEYS = {
    node["node"]: node["public_key"]
    for kind in ("nodes", "revoked", "unknown")
    for node in load("segments.json")["world"][kind]
}
BROKEN_BY_SHAPE = ("Malformed", "WrongVersion")
NOT_IN_THE_SCHEMA = {
    "clock none with an error bound",  # one field's value depends on another's
    "unknown channel",  # pycddl: no range as map key
    "times that are no column",  # the schema describes a column's bits in words
    "a byte behind",  # pycddl: reads one item and stops
}


@pytest.mark.parametrize("case", SEGMENTS, ids=lambda case: case["name"])
def test_cbor2_reads_every_golden_segment(case: dict) -> None:
    full = cbor2.loads(bytes.fromhex(case["full"]))
    statement = cbor2.loads(full[2])
    named = case["statement"]
    assert full[0] == statement[0] == 1
    values = [value.hex() if isinstance(value, bytes) else value for value in statement[1:]]
    assert values == list(named.values())
    if full[4] is not None:
        salt, sensors, faults, _, columns = cbor2.loads(full[4])
        assert [salt.hex(), sensors.hex(), faults] == [
            case["readings"][name] for name in ("salt", "sensors", "faults")
        ]
        assert [str(channel) for channel in columns] == list(case["readings"]["columns"])
    if full[5] is not None:
        assert cbor2.loads(full[5])[1] == case["location"]["fixes"]


@pytest.mark.parametrize("case", SEGMENTS, ids=lambda case: case["name"])
def test_cbor2_writes_the_same_bytes(case: dict) -> None:
    for data in (case["full"], case["compact"]):
        if data is not None:
            raw = bytes.fromhex(data)
            assert cbor2.dumps(cbor2.loads(raw), canonical=True) == raw
            for part in cbor2.loads(raw)[3:]:
                assert part is None or cbor2.dumps(cbor2.loads(part), canonical=True) == part


@pytest.mark.parametrize("case", SEGMENTS, ids=lambda case: case["name"])
def test_libsodium_and_cbor2_alone_verify_every_golden_segment(case: dict) -> None:
    _, encoded_seal, encoded_statement, *sections = cbor2.loads(bytes.fromhex(case["full"]))
    seal = cbor2.loads(encoded_seal)
    assert seal.tag == 18
    protected, unprotected, payload, signature = seal.value
    assert cbor2.loads(protected) == {
        1: -8,
        258: -16,
        259: "application/vnd.cargoseal.statement+cbor",
    }
    assert payload == hashlib.sha256(encoded_statement).digest()
    statement = cbor2.loads(encoded_statement)
    assert unprotected == {4: statement[2]}
    key = VerifyKey(bytes.fromhex(KEYS[statement[2].hex()]))
    key.verify(cbor2.dumps(["Signature1", protected, b"", payload]), signature)
    for section, digest in zip(sections, statement[5:8], strict=True):
        assert section is None or hashlib.sha256(section).digest() == digest
    assert hashlib.sha256(encoded_seal).hexdigest() == case["seal_digest"]


def test_libsodium_refuses_what_the_vectors_call_bad_signatures() -> None:
    refused = 0
    for case in load("refusals.json")["segments"]:
        if case["refused"] != "BadSignature":
            continue
        parts = decode_segment(bytes.fromhex(case["segment"]))
        protected, unprotected, payload, signature = cbor2.loads(parts.seal).value
        key = VerifyKey(bytes.fromhex(KEYS[unprotected[4].hex()]))
        with pytest.raises(BadSignatureError):
            key.verify(cbor2.dumps(["Signature1", protected, b"", payload]), signature)
        refused += 1
    assert refused >= 5


@pytest.mark.parametrize("case", SEGMENTS, ids=lambda case: case["name"])
def test_every_golden_segment_meets_the_schema(case: dict) -> None:
    assert schema.invalid_part(bytes.fromhex(case["full"])) is None
    assert schema.is_valid("segment", bytes.fromhex(case["full"]))
    if case["compact"] is not None:
        compact = bytes.fromhex(case["compact"])
        assert schema.is_valid("segment-compact", compact)
        assert not schema.is_valid("segment-full", compact)
        assert schema.is_valid("short-statement", cbor2.loads(compact)[2])


def test_the_golden_chain_and_receipts_meet_the_schema() -> None:
    for data in load("chain.json")["segments"]:
        assert schema.invalid_part(bytes.fromhex(data)) is None
    for case in load("receipts.json")["valid"]:
        data = bytes.fromhex(case["bytes"])
        assert schema.is_valid("receipt", data)
        assert schema.is_valid("kept", cbor2.loads(data).value[2])


@pytest.mark.parametrize(
    "case",
    [
        case
        for case in load("refusals.json")["segments"]
        if case["refused"] in BROKEN_BY_SHAPE and case["name"] not in NOT_IN_THE_SCHEMA
    ],
    ids=lambda case: case["name"],
)
def test_the_schema_refuses_what_the_vectors_call_malformed(case: dict) -> None:
    data = bytes.fromhex(case["segment"])
    if data[:2] == b"\x86\x02":
        compact = schema.is_valid("segment-compact", data)
        assert not compact or not schema.is_valid("short-statement", cbor2.loads(data)[2])
        return
    try:
        assert schema.invalid_part(data) is not None
    except ValueError:
        return  # pycddl passed the outermost array and our own decoder refused it


def test_the_schema_tells_parts_apart() -> None:
    parts = decode_segment(bytes.fromhex(SEGMENTS[0]["full"]))
    rules = schema.parts_by_rule(parts)
    for rule, _ in rules:
        for other, data in rules:
            assert schema.is_valid(rule, data) == (rule == other)
