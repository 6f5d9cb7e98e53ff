"""Whatever comes, nothing but WireError leaves a decoder: fixed seeds, over 25,000 cases."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from cargoseal_wire import cbor, columns, merkle, mqtt
from cargoseal_wire.errors import WireError
from cargoseal_wire.receipt import decode_receipt
from cargoseal_wire.seal import decode_seal
from cargoseal_wire.sections import decode_claim, decode_location, decode_readings
from cargoseal_wire.segment import decode_segment
from cargoseal_wire.statement import decode_statement
from cargoseal_wire.topics import parse_topic
from tests.wire.vectors import load

Decoder = Callable[[bytes], Any]
CASES = 3000  # per decoder
INTERESTING = (0x00, 0x01, 0x17, 0x18, 0x1B, 0x3B, 0x5B, 0x7F, 0x80, 0x9B, 0xBF, 0xC1, 0xF6, 0xFF)


def _parts(name: str) -> list[bytes]:
    """One part of every golden segment that has it."""
    found = []
    for case in load("segments.json")["segments"]:
        part = getattr(decode_segment(bytes.fromhex(case["full"])), name)
        if part is not None:
            found.append(part)
    return found


def _segments() -> list[bytes]:
    good = load("segments.json")["segments"]
    bad = load("refusals.json")["segments"]
    full = [bytes.fromhex(case["full"]) for case in good]
    compact = [bytes.fromhex(case["compact"]) for case in good if case["compact"]]
    return full + compact + [bytes.fromhex(case["segment"]) for case in bad][:8]


def _whole(data: bytes) -> None:
    """A segment with all its parts, as the gateway reads it."""
    parts = decode_segment(data)
    decode_seal(parts.seal)
    statement = decode_statement(parts.statement)
    for section, decode in (
        (parts.claim, decode_claim),
        (parts.readings, lambda part: decode_readings(part, statement.count)),
        (parts.location, decode_location),
    ):
        if section is not None:
            decode(section)


def _stream(data: bytes) -> None:
    parse = {
        mqtt.CONNECT: mqtt.parse_connect,
        mqtt.CONNACK: mqtt.parse_connack,
        mqtt.PUBLISH: mqtt.parse_publish,
        mqtt.PUBACK: mqtt.parse_puback,
        mqtt.SUBSCRIBE: mqtt.parse_subscribe,
        mqtt.SUBACK: mqtt.parse_suback,
        mqtt.UNSUBSCRIBE: mqtt.parse_unsubscribe,
        mqtt.UNSUBACK: mqtt.parse_unsuback,
    }
    for packet in mqtt.PacketReader().feed(data):
        if packet.type in parse:
            parse[packet.type](packet)


def _packets() -> list[bytes]:
    return [
        mqtt.encode_connect("node", 60, "user", b"word"),
        mqtt.encode_connack(False, 0) + mqtt.encode_puback(7) + mqtt.encode_pingresp(),
        mqtt.encode_publish("cargoseal/v1/0011223344556677/segment", bytes(200), 1, 9),
        mqtt.encode_subscribe(1, [("cargoseal/v1/0011223344556677/receipt", 1)]),
        mqtt.encode_suback(1, [1]) + mqtt.encode_unsuback(3),
    ]


_RECEIPT_KEY = bytes.fromhex(load("receipts.json")["world"]["nodes"][0]["receipt_key"])
DECODERS: dict[str, tuple[Decoder, Callable[[], list[bytes]]]] = {
    "cbor": (cbor.decode, _segments),
    "segment": (_whole, _segments),
    "seal": (decode_seal, lambda: _parts("seal")),
    "statement": (decode_statement, lambda: _parts("statement")),
    "claim": (decode_claim, lambda: _parts("claim")),
    "readings": (lambda data: decode_readings(data, 60), lambda: _parts("readings")),
    "location": (decode_location, lambda: _parts("location")),
    "column": (
        lambda data: columns.unpack(data, 60, [1, None] * 30),
        lambda: [bytes.fromhex(case["packed"]) for case in load("columns.json")["valid"]],
    ),
    "receipt": (
        lambda data: decode_receipt(_RECEIPT_KEY, data),
        lambda: [bytes.fromhex(case["bytes"]) for case in load("receipts.json")["valid"]],
    ),
    "frontier": (merkle.Frontier.load, lambda: [bytes(7) + b"\x05" + bytes(64)]),
    "mqtt": (_stream, _packets),
}


def mutated(rng: random.Random, data: bytes) -> bytes:
    """`data` cut, grown, flipped, or with a stretch doubled, dropped or replaced."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        at = rng.randrange(len(out) + 1)
        match rng.randrange(7):
            case 0:
                del out[at:]
            case 1 if at < len(out):
                out[at] ^= 1 << rng.randrange(8)
            case 2 if at < len(out):
                out[at] = rng.choice(INTERESTING)
            case 3:
                out[at:at] = bytes(rng.choice(INTERESTING) for _ in range(rng.randrange(1, 9)))
            case 4:
                out[at:at] = out[at : at + rng.randrange(40)]
            case 5:
                del out[at : at + rng.randrange(1, 40)]
            case _:
                out += rng.randbytes(rng.randrange(1, 5))
    return bytes(out)


@pytest.mark.parametrize("name", sorted(DECODERS))
def test_nothing_but_wire_error_leaves_the_decoder(name: str) -> None:
    decode, corpus = DECODERS[name]
    rng = random.Random(f"cargoseal {name}")
    seeds = corpus()
    refused = 0
    for at in range(CASES):
        if at % 10 == 0:
            data = rng.randbytes(rng.randrange(64))
        else:
            data = mutated(rng, rng.choice(seeds))
        try:
            decode(data)
        except WireError as error:
            assert error.where and error.expected and len(str(error)) < 400
            refused += 1
    assert refused > CASES // 20


def test_nothing_but_wire_error_leaves_the_topic_parser() -> None:
    rng = random.Random("cargoseal topics")
    good = "cargoseal/v1/0011223344556677/segment"
    for _ in range(2000):
        data = mutated(rng, good.encode())
        with_any_character = data.decode("latin-1")
        try:
            node, name = parse_topic(with_any_character)
        except WireError:
            continue
        assert f"cargoseal/v1/{node.hex()}/{name}" == with_any_character


def test_what_survives_mutation_encodes_to_the_bytes_it_came_from() -> None:
    rng = random.Random("cargoseal survivors")
    seeds = _parts("location") + _parts("statement") + _parts("claim")
    survived = 0
    for _ in range(3000):
        data = mutated(rng, rng.choice(seeds))
        try:
            value = cbor.decode(data)
        except WireError:
            continue
        assert cbor.encode(value) == data
        survived += 1
    assert survived > 50


def test_random_proofs_are_false_and_nothing_else() -> None:
    rng = random.Random("cargoseal proofs")
    for _ in range(2000):
        path = [rng.randbytes(rng.choice((32, 32, 32, 31, 0))) for _ in range(rng.randrange(8))]
        index, size = rng.randrange(-2, 40), rng.randrange(40)
        leaf, root = rng.randbytes(32), rng.randbytes(32)
        assert merkle.verify_inclusion(leaf, index, size, path, root) is False
        if index != 0:
            assert merkle.verify_consistency(index, leaf, size, root, path) is False
