"""Ways to make a segment wrong: what an attacker, or a broken sender, would do to it."""

from typing import Any

from cargoseal_wire import cbor
from cargoseal_wire.sections import section_digest
from cargoseal_wire.segment import Segment, seal_statement
from cargoseal_wire.statement import decode_statement
from golden.world import ONE


def resealed(segment: Segment, statement: bytes) -> Segment:
    """A right seal over another statement, well-formed or not."""
    return Segment(
        seal_statement(statement, ONE.id, ONE.sign),
        statement,
        segment.claim,
        segment.readings,
        segment.location,
    )


def with_readings(segment: Segment, readings: bytes) -> bytes:
    """A right seal and digest over other readings."""
    statement = decode_statement(segment.statement)
    statement.readings_digest = section_digest(readings)
    return replaced(resealed(segment, statement.encode()), 3, readings)


def replaced(segment: Segment, at: int, section: bytes | None) -> bytes:
    parts = segment.parts()
    parts[at] = section
    return cbor.encode([1, *parts])


def altered_compact(segment: Segment, **parts: bytes) -> bytes:
    """The compact form with some of its parts replaced, by name."""
    names = ("signature", "statement", "claim", "readings", "location")
    items = items_of(cbor.decode(segment.compact()))
    for name, value in parts.items():
        items[1 + names.index(name)] = value
    return cbor.encode(items)


def items_of(value: object) -> list[Any]:
    """The items of an array, tagged or not."""
    inner = value.value if isinstance(value, cbor.Tag) else value
    return list(inner) if isinstance(inner, list) else []


def twice(salt: bytes, sensors: bytes, times: bytes) -> bytes:
    """Readings whose map of columns has channel 0 two times."""
    good = cbor.encode([salt, sensors, 0, times, {0: times}])
    pair = 2 + len(times)
    return good[: -pair - 1] + b"\xa2" + good[-pair:] * 2


def flipped(data: bytes | None, at: int) -> bytes:
    altered = bytearray(data or b"")
    altered[at] ^= 1
    return bytes(altered)
