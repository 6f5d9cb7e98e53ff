"""Columns packed by machine code have the bytes of `cargoseal_wire.columns` without it."""

import random
from array import array
from collections.abc import Callable, Sequence

import pytest

from cargoseal_wire import bits, columns, residuals
from tests.native.cores import Core

LIMIT = 1 << 28  # of cargoseal_native.columns
ENDS = (-LIMIT, LIMIT - 1)
CASES = 4000


def bent(dice: random.Random, count: int) -> list[int]:
    """Values along a curve with noise, multiples of something or not."""
    step, noise, scale = dice.randrange(-50, 51), dice.choice((0, 1, 5, 400)), dice.choice((1, 25))
    level = dice.randrange(-100_000, 100_000)
    return [scale * (level + i * step + dice.randint(-noise, noise)) for i in range(count)]


def calm(dice: random.Random, count: int) -> list[int]:
    """Mostly one value: what SPARSE is for."""
    level = dice.choice((0, 0, 21_500, -LIMIT, LIMIT - 1))
    return [level if dice.random() < 0.9 else dice.choice((level, 0, 77)) for _ in range(count)]


def wild(dice: random.Random, count: int) -> list[int]:
    """Anything, the ends of the range often."""
    width = dice.randrange(1, 29)
    return [
        dice.choice(ENDS)
        if dice.random() < 0.1
        else dice.randrange(-1 << width - 1, 1 << width - 1)
        for _ in range(count)
    ]


def swinging(dice: random.Random, count: int) -> list[int]:
    """From one end of the range to the other and back: the largest differences of differences."""
    return [ENDS[(i // dice.choice((1, 1, 2))) & 1] for i in range(count)]


def burst(dice: random.Random, count: int) -> list[int]:
    """Almost nothing, and one value that must be escaped."""
    values = [dice.randrange(3) for _ in range(count)]
    values[dice.randrange(count)] = dice.choice((1 << 12, LIMIT - 1, -LIMIT))
    return values


SHAPES: tuple[Callable[[random.Random, int], list[int]], ...] = (bent, calm, wild, swinging, burst)


def column(case: int) -> list[int]:
    """A column by its number."""
    dice = random.Random(case)
    count = dice.choice((1, 2, 3, 5, 17, 60, 60, 61)) if case % 200 else 1024
    return SHAPES[case % len(SHAPES)](dice, count)


def packed(values: Sequence[int | None], like: Sequence[int | None] | None = None) -> bytes:
    return columns.pack(list(values), None if like is None else list(like), columns.TIME_LIMIT)


@pytest.fixture
def native(on: Core, monkeypatch: pytest.MonkeyPatch) -> Core:
    """The core, with its kernel taken by `columns.pack`."""
    monkeypatch.setattr(columns, "native_loops", on.modules.columns)
    return on


def test_columns_of_every_shape_have_the_bytes_of_the_definition(
    native: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = [column(case) for case in range(native.share(CASES))]
    found = [packed(values) for values in cases]
    monkeypatch.setattr(columns, "native_loops", None)
    for values, data in zip(cases, found, strict=True):
        assert data == packed(values), values
        assert columns.unpack(data, len(values), None, columns.TIME_LIMIT) == values


def test_columns_with_gaps_go_on_at_the_bit_where_presence_ends(
    native: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    dice = random.Random(8)
    cases = []
    for case in range(native.share(400)):
        values: list[int | None] = list(column(case))
        rate = dice.choice((0.05, 0.5, 1))
        cases.append([None if dice.random() < rate else value for value in values])
    found = [packed(values) for values in cases]
    shared = [packed(values, values) for values in cases]
    monkeypatch.setattr(columns, "native_loops", None)
    assert found == [packed(values) for values in cases]
    assert shared == [packed(values, values) for values in cases]


def test_the_best_order_of_a_column_is_that_of_the_definition(on: Core) -> None:
    twin = on.modules.columns
    for case in range(on.share(2000)):
        values = column(case)
        expected = residuals.best(values)
        found = twin.best(twin.held(values))
        words = array("i", bytes(found.residuals))
        assert list(words)[: len(expected.residuals)] == list(expected.residuals), values
        assert len(found.residuals) == len(expected.residuals)
        for name in ("order", "firsts", "divisor", "highest", "width", "coding", "k", "cost"):
            assert getattr(found, name) == getattr(expected, name), (values, name)


def written(
    loops: "residuals.Loops", coded: residuals.Coded, begun: int, size: int
) -> bits.BitWriter:
    """A column's bits behind `size` others."""
    writer = bits.BitWriter(bytearray())
    writer.plain(begun, size)
    loops.put(writer, coded)
    return writer


def test_codes_agree_for_every_parameter(on: Core) -> None:
    """Also those that no plan would choose, behind any number of bits that are left over."""
    dice = random.Random(9)
    for _ in range(on.share(1500)):
        top = dice.randrange(1, 32)
        values = [dice.choice((0, dice.randrange(1 << top))) for _ in range(dice.randrange(1, 20))]
        width, held = max(1, max(values).bit_length()), array("i", values)
        k, coding = dice.randrange(width), dice.choice((residuals.RICE, residuals.SPARSE))
        sparse = coding == residuals.SPARSE
        cost = residuals.rice_cost(values, k, width, sparse)
        assert on.modules.columns.rice_cost(held, k, width, sparse) == cost
        firsts = [dice.randrange(-LIMIT, LIMIT) for _ in range(dice.choice((1, 2)))]
        divisor = dice.choice((1, 1, 7, LIMIT))
        coded = residuals.Coded(0, firsts, divisor, held, 0, width, coding, k, 0)
        begun, size = dice.randrange(128), dice.randrange(8)
        found = written(on.modules.columns, coded, begun, size)
        expected = written(residuals, coded, begun, size)
        assert found.out == expected.out, (values, k, width, sparse)
        assert (found.pending, found.have) == (expected.pending, expected.have)


def test_what_a_plan_says_it_costs_is_what_is_written(on: Core) -> None:
    for case in range(on.share(500)):
        best = on.modules.columns.best(on.modules.columns.held(column(case)))
        out = written(on.modules.columns, best, 0, 0)
        parameters = bits.BitWriter(bytearray())
        if best.coding:
            parameters.parameter(best.k)
            parameters.parameter(best.width - best.k)
        extra = 8 * len(parameters.out) + parameters.have
        assert 8 * len(out.out) + out.have == best.cost + extra


@pytest.mark.parametrize("value", [-LIMIT - 1, LIMIT, columns.TIME_LIMIT - 1])
def test_values_that_32_bits_do_not_hold_are_packed_by_the_definition(
    native: Core, monkeypatch: pytest.MonkeyPatch, value: int
) -> None:
    values = [0, 5, value, value, 7]
    monkeypatch.setattr(native.modules.columns, "put", None)  # whoever asks it fails
    assert columns.unpack(packed(values), 5, None, columns.TIME_LIMIT) == values
    with pytest.raises(TypeError):
        packed([0, 5, LIMIT - 1])
