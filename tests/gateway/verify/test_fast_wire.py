"""The host's fast decoders give what the wire's own give, or nothing: hostile bytes included."""

import random
from collections.abc import Callable

import pytest

from cargoseal.verify import fast_columns, fast_wire
from cargoseal.verify.fast_columns import Packed, unpack_many
from cargoseal_wire import columns
from cargoseal_wire import constants as c
from cargoseal_wire.bits import BitWriter
from cargoseal_wire.errors import WireError
from cargoseal_wire.seal import Seal, decode_seal, signed_bytes
from cargoseal_wire.sections import (
    Claim,
    Location,
    Readings,
    decode_claim,
    decode_location,
    decode_readings,
)
from cargoseal_wire.segment import decode_segment, seal_digest
from cargoseal_wire.statement import decode_statement
from tests.gateway.sealing import SealingNode

VALUES: dict[str, Callable[[random.Random, int], list[int | None]]] = {
    "constant": lambda r, n: [r.randint(-(2**31), 2**31 - 1)] * n,
    "walk": lambda r, n: [500 + sum(r.randint(-2, 2) for _ in range(3)) + i for i in range(n)],
    "ramp": lambda r, n: [i * r.randint(1, 9) for i in range(n)],
    "curve": lambda r, n: [i * i for i in range(n)],
    "rare": lambda r, n: [r.choice([0] * 20 + [7, 900]) for _ in range(n)],
    "steps of ten": lambda r, n: [10 * r.randint(0, 30) for _ in range(n)],
    "noise": lambda r, n: [r.randint(-5000, 5000) for _ in range(n)],
    "wild": lambda r, n: [r.randint(-(2**31), 2**31 - 1) for _ in range(n)],
    "spike": lambda r, n: [3 if i != n // 2 else 2**31 - 1 for i in range(n)],
    "ends": lambda r, n: [r.choice((-(2**31), 2**31 - 1)) for _ in range(n)],
    "gaps": lambda r, n: [r.choice((None, 1, 2, 3)) for _ in range(n)],
    "nothing": lambda r, n: [None] * n,
}
COUNTS = (1, 2, 3, 7, 59, 60, 61, 200)


def defined(data: bytes, count: int, limit: int = columns.VALUE_LIMIT) -> list[int | None] | None:
    try:
        return columns.unpack(data, count, None, limit)
    except WireError:
        return None


def test_every_kind_of_column_is_unpacked_as_the_definition_does() -> None:
    chance = random.Random(1)
    lanes = [
        Packed(columns.pack(make(chance, count)), count)
        for make in VALUES.values()
        for count in COUNTS
        for _ in range(3)
    ]
    chance.shuffle(lanes)
    quick = 0
    for lane, found in zip(lanes, unpack_many(lanes), strict=True):
        if found is not None:
            assert found == defined(lane.data, lane.length)
            quick += 1
        else:
            assert None in (defined(lane.data, lane.length) or [None])
    assert quick > len(lanes) // 2


@pytest.mark.parametrize("name", [name for name in VALUES if name not in ("gaps", "nothing")])
def test_columns_without_gaps_take_the_fast_way(name: str) -> None:
    chance = random.Random(2)
    wanted = [VALUES[name](chance, 60) for _ in range(10)]
    assert unpack_many([Packed(columns.pack(values), 60) for values in wanted]) == wanted


def test_times_have_their_own_limit() -> None:
    times = [i * 10**10 for i in range(60)]
    data = columns.pack(list(times), None, columns.TIME_LIMIT)
    assert unpack_many([Packed(data, 60, columns.TIME_LIMIT), Packed(data, 60)]) == [times, None]


def test_the_number_of_columns_and_readings_bounds_the_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chance = random.Random(3)
    wanted = [VALUES["noise"](chance, count) for count in (200, 1, 60, 3) * 5]
    lanes = [Packed(columns.pack(values), len(values)) for values in wanted]
    monkeypatch.setattr(fast_columns, "MAX_CELLS", 500)
    assert unpack_many(lanes) == wanted
    assert unpack_many([]) == []


@pytest.mark.parametrize("seed", range(12))
def test_hostile_columns_are_never_unpacked_otherwise_than_defined(seed: int) -> None:
    chance = random.Random(100 + seed)
    lanes = []
    for _ in range(150):
        count = chance.choice(COUNTS)
        data = bytearray(columns.pack(chance.choice(list(VALUES.values()))(chance, count)))
        for _ in range(chance.randint(0, 3)):
            act = chance.randrange(4)
            at = chance.randrange(len(data)) if data else 0
            if act == 0 and data:
                data[at] ^= 1 << chance.randrange(8)
            elif act == 1:
                data.extend(chance.randbytes(chance.randint(1, 9)))
            elif act == 2 and data:
                del data[at:]
            elif data:
                data[0] = chance.randrange(128)
        lanes.append(Packed(bytes(data), chance.choice((count, count, count + 1, 1))))
    for lane, found in zip(lanes, unpack_many(lanes), strict=True):
        if found is not None:
            assert found == defined(lane.data, lane.length), lane


@pytest.mark.parametrize("seed", range(6))
def test_random_bytes_as_columns_are_never_unpacked_otherwise_than_defined(seed: int) -> None:
    chance = random.Random(200 + seed)
    lanes = [
        Packed(chance.randbytes(chance.randint(0, 40)), chance.choice(COUNTS)) for _ in range(500)
    ]
    for lane, found in zip(lanes, unpack_many(lanes), strict=True):
        if found is not None:
            assert found == defined(lane.data, lane.length), lane


def handmade(order: int, coding: int, divisor: int, firsts: list[int], *residuals: int) -> bytes:
    """A column with numbers as large as the code allows, which no packer would make."""
    out = bytearray((order | coding << 4 | (64 if divisor > 1 else 0),))
    writer = BitWriter(out)
    if divisor > 1:
        writer.number(divisor)
    for first in firsts:
        writer.number(first)
    writer.parameter(0)
    writer.parameter(44)
    for residual in residuals:
        writer.rice(residual, 0, 44)
    writer.end()
    return bytes(out)


@pytest.mark.parametrize("order", range(4))
@pytest.mark.parametrize("divisor", [1, 2**20, 2**44 - 1])
def test_numbers_that_would_overflow_are_left_to_the_definition(order: int, divisor: int) -> None:
    big = 2**44 - 1
    firsts = [big] * (2 if order == 2 else 1)
    size = 60 - (len(firsts) if order in (1, 2) else 0)
    for residuals in ([big] * size, [0] * (size - 1) + [big], [big - 1, big] * (size // 2) + [5]):
        lane = Packed(handmade(order, 1, divisor, firsts, *residuals[:size]), 60)
        [found] = unpack_many([lane])
        assert found is None or found == defined(lane.data, 60)


# Sections and segments


def compact(seed: int = 1, **more) -> bytes:
    node = SealingNode(seed, **more)
    return node.make(1, c.NO_SEGMENT)[0].compact()


def same_opened(raw: bytes) -> bool:
    """Whether the fast way took it; then it must equal the definition's."""
    found = fast_wire.open_compact(raw)
    if found is None:
        return False
    segment = decode_segment(raw)
    assert found.segment.parts() == segment.parts()
    assert found.statement == decode_statement(segment.statement)
    seal = decode_seal(segment.seal)
    assert found.seal.encode() == seal.encode() == segment.seal
    assert found.seal_digest == seal_digest(segment.seal)
    assert fast_wire.signed(seal.payload) == signed_bytes(seal)
    return True


def test_an_honest_compact_segment_takes_the_fast_way() -> None:
    assert same_opened(compact())
    assert not same_opened(SealingNode(1).seal()), "the full form is left to the definition"


@pytest.mark.parametrize("seed", range(10))
def test_changed_segments_are_opened_as_defined_or_left_to_the_definition(seed: int) -> None:
    chance = random.Random(300 + seed)
    raw = compact(seed)
    for _ in range(300):
        changed = bytearray(raw)
        at = chance.randrange(68, 300) if chance.random() < 0.7 else chance.randrange(len(raw))
        act = chance.randrange(4)
        if act == 0:
            changed[at] ^= 1 << chance.randrange(8)
        elif act == 1:
            changed[at] = chance.choice((0, 23, 24, 25, 26, 27, 31, 0x58, 0x59, 0xF6, 255))
        elif act == 2:
            del changed[at]
        else:
            changed.insert(at, chance.choice((0, 24, 25, 255)))
        same_opened(bytes(changed))


def outcome(decode: Callable[[], object]) -> object:
    try:
        return vars(decode())
    except WireError:
        return None


@pytest.mark.parametrize("seed", range(8))
def test_changed_sections_are_decoded_as_defined_or_left_to_the_definition(seed: int) -> None:
    chance = random.Random(400 + seed)
    segment = decode_segment(compact(seed, readings=12))
    fixes = [(0, 1, 2, 3, 1)]
    originals = [
        (segment.claim, fast_wire.decode_claim, decode_claim),
        (segment.location, fast_wire.decode_location, decode_location),
        (Location(bytes(16), fixes).encode(), fast_wire.decode_location, decode_location),
        (Claim(bytes(16), bytes(300), 2**32 - 1).encode(), fast_wire.decode_claim, decode_claim),
    ]
    for section, fast, definition in originals:
        for _ in range(60):
            data = bytearray(section or b"")
            for _ in range(chance.randint(0, 2)):
                data[chance.randrange(len(data))] = chance.choice((0, 24, 25, 0x58, 0x80, 255))
            found = fast(bytes(data))
            if found is not None:
                assert vars(found) == outcome(lambda d=bytes(data), f=definition: f(d))


@pytest.mark.parametrize("seed", range(8))
def test_readings_decoded_together_are_those_decoded_alone(seed: int) -> None:
    chance = random.Random(500 + seed)
    batch = []
    for number in range(24):
        count = chance.choice((1, 5, 60))
        kinds = [make for make in VALUES.values() if chance.random() < 0.6]
        readings = Readings(
            bytes(16),
            bytes(8),
            number,
            [i * chance.choice((1, 1000, 60_000)) for i in range(count)][:1]
            + sorted(chance.randrange(10**7) for _ in range(count - 1)),
            {channel: make(chance, count) for channel, make in enumerate(kinds)},
        )
        data = bytearray(readings.encode())
        for _ in range(chance.choice((0, 0, 0, 1, 2))):
            data[chance.randrange(len(data))] = chance.randrange(256)
        batch.append((bytes(data), chance.choice((count, count, count, count + 1))))
    together = fast_wire.decode_readings_many(batch)
    for one, found in zip(batch, together, strict=True):
        alone = outcome(lambda one=one: decode_readings(*one))
        if isinstance(found, WireError):
            assert alone is None
        else:
            assert vars(found) == alone


def test_a_seal_made_by_hand_has_the_bytes_that_the_encoder_makes() -> None:
    raw = compact(5)
    found = fast_wire.open_compact(raw)
    assert found is not None
    seal = found.seal
    assert Seal(seal.node, seal.payload, seal.signature).encode() == found.segment.seal
