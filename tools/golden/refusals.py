"""Segments that must be refused, each with the name of its refusal (gateway/cargoseal/errors.py).

A gateway that has `world` as its registry and the segment `first` in its store gives that name.
What needs a real model (WrongFeatures, WrongScore) is made where the model is, in tests/gateway.
"""

from typing import Any

from cargoseal_wire import cbor, columns
from cargoseal_wire.constants import MAX_SEGMENT_BYTES
from cargoseal_wire.sections import Claim
from cargoseal_wire.segment import Segment, withhold
from golden import world
from golden.altering import (
    altered_compact,
    flipped,
    items_of,
    replaced,
    resealed,
    twice,
    with_readings,
)
from golden.world import ONE, REVOKED, STRANGER, TWO, sealed

Case = tuple[str, str, bytes]


def build() -> dict[str, Any]:
    first = sealed("first")
    cases = _framing(first) + _statements(first) + _seals(first) + _sections(first) + _state(first)
    return {
        "world": world.described(),
        "first": first.encode().hex(),
        "segments": [
            {"name": name, "refused": refused, "segment": data.hex()}
            for name, refused, data in cases
        ]
        + [
            {
                "name": "under another node's topic",
                "refused": "WrongTopic",
                "topic_node": TWO.id.hex(),
                "segment": first.encode().hex(),
            }
        ],
    }


def _framing(first: Segment) -> list[Case]:
    good, compact = first.encode(), first.compact()
    parts = first.parts()
    return [
        ("nothing", "Truncated", b""),
        ("text", "Malformed", cbor.encode("segment")),
        ("JSON", "Malformed", b'{"temperature": 5.1}'),
        ("float as version", "Malformed", b"\x86\xf9\x3c\x00" + good[2:]),
        ("bool as version", "Malformed", b"\x86\xf5" + good[2:]),
        ("version 3", "WrongVersion", b"\x86\x03" + good[2:]),
        ("five parts", "Malformed", cbor.encode([1, *parts[:4]])),
        ("seven parts", "Malformed", cbor.encode([1, *parts, None])),
        ("cut off at the end", "Truncated", good[:-1]),
        ("cut in half", "Truncated", good[: len(good) // 2]),
        ("compact, cut off", "Truncated", compact[:-1]),
        ("a byte behind", "Malformed", good + b"\x00"),
        ("oversized", "Oversized", good + bytes(MAX_SEGMENT_BYTES)),
        ("version in two bytes", "NonDeterministic", b"\x86\x18\x01" + good[2:]),
        ("indefinite array", "NonDeterministic", b"\x9f" + good[1:] + b"\xff"),
        ("a length of 2^64", "Truncated", b"\x86\x01\x5b" + b"\xff" * 8),
        ("an array of 2^32", "Truncated", b"\x9a" + b"\xff" * 4),
        ("nested too deep", "Oversized", b"\x81" * 64 + b"\x00"),
        ("short signature in compact", "Malformed", altered_compact(first, signature=bytes(63))),
        (
            "full statement in compact",
            "Malformed",
            altered_compact(first, statement=first.statement),
        ),
    ]


def _statements(first: Segment) -> list[Case]:
    """Well sealed, but the statement is not one."""
    good = first.statement
    items = items_of(cbor.decode(good))
    cases: list[Case] = []
    for name, refused, at, value in (
        ("statement of version 2", "WrongVersion", 0, 2),
        ("node id of 7 bytes", "Malformed", 2, ONE.id[:7]),
        ("audience as text", "Malformed", 1, "golden"),
        ("unknown kind", "Malformed", 8, 2),
        ("counter 0", "Malformed", 10, 0),
        ("negative start", "Malformed", 11, -1),
        ("unknown clock source", "Malformed", 14, 5),
        ("clock none with an error bound", "Malformed", 14, 0),
        ("no readings", "Malformed", 16, 0),
        ("more readings than allowed", "Malformed", 16, 1025),
        ("unknown flag", "Malformed", 18, 1 << 14),
    ):
        altered = cbor.encode([*items[:at], value, *items[at + 1 :]])
        cases.append((name, refused, resealed(first, altered).encode()))
    numbers = b"\x00\x01\x01"  # kind, boot and counter of this statement
    padded = good.replace(numbers, b"\x00\x01\x18\x01", 1)
    cases.append(("counter in two bytes", "NonDeterministic", resealed(first, padded).encode()))
    short = cbor.encode(items[:-1])
    cases.append(("statement of 18", "Malformed", resealed(first, short).encode()))
    return cases


def _seals(first: Segment) -> list[Case]:
    good = first.encode()
    protected, kid, payload, signature = items_of(cbor.decode(first.seal))
    altered = flipped(signature, 0)
    other = cbor.encode({1: -7, 258: -16, 259: "application/vnd.cargoseal.statement+cbor"})
    unenveloped = cbor.encode({1: -8, 3: "application/vnd.cargoseal.statement+cbor"})

    def with_seal(*items: object, tag: int = 18) -> bytes:
        encoded = cbor.encode(cbor.Tag(tag, list(items)))
        parts = first.parts()
        return cbor.encode([1, encoded, *parts[1:]])

    return [
        ("signature of zeros", "BadSignature", with_seal(protected, kid, payload, bytes(64))),
        ("altered signature", "BadSignature", with_seal(protected, kid, payload, altered)),
        ("altered signature, compact", "BadSignature", altered_compact(first, signature=bytes(64))),
        ("signed by another node", "BadSignature", sealed("forged", sign_with=TWO).encode()),
        (
            "signed by another node, compact",
            "BadSignature",
            sealed("forged", sign_with=TWO).compact(),
        ),
        (
            "payload of another statement",
            "DigestMismatch",
            with_seal(protected, kid, bytes(32), signature),
        ),
        (
            "altered statement",
            "DigestMismatch",
            good.replace(first.statement, flipped(first.statement, -1)),
        ),
        (
            "seal names another node",
            "DigestMismatch",
            with_seal(protected, {4: TWO.id}, payload, signature),
        ),
        ("algorithm ES256", "Malformed", with_seal(other, kid, payload, signature)),
        ("no hash envelope", "Malformed", with_seal(unenveloped, kid, payload, signature)),
        (
            "key id under another label",
            "Malformed",
            with_seal(protected, {5: ONE.id}, payload, signature),
        ),
        (
            "one header more",
            "Oversized",
            with_seal(protected, {4: ONE.id, 5: 0}, payload, signature),
        ),
        ("COSE_Mac0 as seal", "Malformed", with_seal(protected, kid, payload, signature, tag=17)),
        ("payload detached", "Malformed", with_seal(protected, kid, None, signature)),
        ("unknown node", "UnknownNode", sealed("stranger", STRANGER).encode()),
        ("revoked node", "RevokedNode", sealed("revoked", REVOKED).encode()),
        (
            "another deployment's audience",
            "WrongAudience",
            sealed("audience", audience=world.fixed("another audience")).encode(),
        ),
        (
            "a model nobody registered",
            "WrongModel",
            sealed("model", model=world.fixed("another model")).encode(),
        ),
    ]


def _sections(first: Segment) -> list[Case]:
    other = sealed("other", columns={0: [510, 515, 999]})
    claim = Claim(world.salt("first claim"), bytes(range(120, 136)), 1).encode()
    cases: list[Case] = [
        ("no readings", "MissingSection", withhold(first, readings=True).encode()),
        ("no claim", "MissingSection", withhold(first, claim=True).encode()),
        ("no location", "MissingSection", withhold(first, location=True).encode()),
        ("readings of another segment", "DigestMismatch", replaced(first, 3, other.readings)),
        ("a better score", "DigestMismatch", replaced(first, 2, claim)),
        (
            "one bit of the location",
            "DigestMismatch",
            replaced(first, 4, flipped(first.location, 5)),
        ),
        (
            "one bit of the readings, compact",
            "BadSignature",
            altered_compact(first, readings=flipped(first.readings, -1)),
        ),
    ]
    salt, sensors = world.salt("first readings"), world.fixed("sensors")[:8]
    times = columns.pack([0, 0, 0])
    for name, refused, readings in (
        ("readings of four", "Malformed", cbor.encode([salt, sensors, 0, times])),
        ("short salt", "Malformed", cbor.encode([salt[:15], sensors, 0, times, {}])),
        ("unknown channel", "Malformed", cbor.encode([salt, sensors, 0, times, {32: times}])),
        ("times that are no column", "Malformed", cbor.encode([salt, sensors, 0, b"\xff", {}])),
        ("columns as array", "Malformed", cbor.encode([salt, sensors, 0, times, []])),
        ("a channel twice", "NonDeterministic", twice(salt, sensors, times)),
        ("a column cut off", "Truncated", cbor.encode([salt, sensors, 0, times, {0: b"\x11"}])),
    ):
        cases.append((name, refused, with_readings(first, readings)))
    return cases


def _state(first: Segment) -> list[Case]:
    """Good by themselves, but the node's counter 1 is taken by `first`."""
    return [
        ("the same bytes again", "Replayed", first.encode()),
        ("the same seal, compact", "Replayed", first.compact()),
        (
            "counter 1 for other readings",
            "CounterReused",
            sealed("again", columns={0: [1, 2, 3]}).encode(),
        ),
    ]
