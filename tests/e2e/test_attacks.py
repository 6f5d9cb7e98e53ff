"""What the demonstration's attacker sends is refused for the reason it must be refused for."""

from hashlib import sha256

import pytest
from attacks import alter, forge
from nacl.signing import SigningKey

from cargoseal.errors import BadSignature, DigestMismatch
from cargoseal.scoring import load_models, rescore, shipped
from cargoseal.verify import NodeKey, verify
from cargoseal_wire import constants as wire
from cargoseal_wire.identity import node_id
from cargoseal_wire.sections import Claim, Location, Readings, section_digest
from cargoseal_wire.segment import Segment, decode_segment, seal_digest, seal_statement
from cargoseal_wire.statement import Statement, decode_statement

KEY = SigningKey(bytes(32))
PUBLIC = bytes(KEY.verify_key)
NODE = node_id(PUBLIC)
AUDIENCE = sha256(b"audience").digest()
REGISTRY = {NODE: NodeKey(NODE, PUBLIC, 0, None)}


@pytest.fixture
def captured() -> bytes:
    model = shipped(wire.CLIMATE).model
    readings = Readings(bytes(16), bytes(8), 0, [0, 60_000], {wire.TEMPERATURE: [500, 510]})
    model_input, score = rescore(model, readings)
    sections = [
        Claim(bytes(16), model_input, score).encode(),
        readings.encode(),
        Location(bytes(16), []).encode(),
    ]
    statement = Statement(
        AUDIENCE, NODE, wire.NO_SEGMENT, model.digest,
        *(section_digest(section) for section in sections),
        wire.CLIMATE, 1, 1, 1_780_272_000_000, 1000, 60_000, wire.GNSS, 1000, 2, 0, 0, 0, 0,
    ).encode()  # fmt: skip
    seal = seal_statement(statement, NODE, lambda message: KEY.sign(message).signature)
    return Segment(seal, statement, *sections).encode()


def check(raw: bytes) -> None:
    verify(raw, NODE, REGISTRY, load_models(), AUDIENCE, 1_780_272_100_000)


def test_the_captured_segment_itself_is_good(captured: bytes) -> None:
    check(captured)


def test_a_forged_segment_fits_the_chain_and_fails_by_its_signature_alone(captured: bytes) -> None:
    forged = decode_segment(forge(captured, bytes(range(32))))
    statement = decode_statement(forged.statement)
    assert statement.counter == 2
    assert statement.previous == seal_digest(decode_segment(captured).seal)
    with pytest.raises(BadSignature):
        check(forged.encode())


def test_one_altered_bit_of_the_readings_fails_by_their_digest(captured: bytes) -> None:
    altered = alter(captured)
    assert len(altered) == len(captured)
    assert sum(a != b for a, b in zip(altered, captured, strict=True)) == 1
    with pytest.raises(DigestMismatch):
        check(altered)
