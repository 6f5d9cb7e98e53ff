"""What each input says about a window, checked against exact fractions."""

import math
from fractions import Fraction
from itertools import pairwise

import pytest

from cargoseal_score.features import extract, lb, magnitudes, scale, statistic
from cargoseal_score.model import (
    COUNT,
    DEVIATION,
    DIP,
    JUMP,
    LINEAR,
    LOG,
    MAGNITUDE,
    MAX,
    MEAN,
    MIN,
    PART,
    PEAK,
    SPAN,
    STEP,
    TREND,
    Feature,
    Model,
)

VALUES = [7, -3, 7, 12, -40, 5, 5]
OFFSETS = [100, 105, 111, 600, 601, 950, 4100]
QUIET: dict[int, list[int | None]] = {
    0: [500] * 60,
    1: [5000] * 60,
    3: [0] * 60,
    4: [1000] * 60,
}


def level_and_spread(channel: int) -> list[Feature]:
    """The mean over -100 to 150 degC, and five statistics on a logarithm."""
    level = Feature(channel, MEAN, LINEAR, 20, 2500 * 256, (254 << 20) // 25_000)
    spread = [
        Feature(channel, code, LOG + 4, 20, 0, (254 << 20) // 16)
        for code in (DIP, PEAK, DEVIATION, STEP, TREND)
    ]
    return [level, *spread]


MODEL = Model(b"", 0, 0, [f for channel in QUIET for f in level_and_spread(channel)], [])


def one(code: int, first: int = 0, second: int = 0, channel: int = 0) -> Feature:
    """A feature whose input is its statistic, to the count."""
    return Feature(channel, code, LINEAR, 0, 0, 1, first, second)


def exactly(code: int, values: list[int]) -> Fraction:
    n = len(values)
    mean = Fraction(sum(values), n)
    rises = [abs(b - a) for a, b in pairwise(values)] or [0]
    half = n // 2
    late, early = values[n - half :], values[:half]
    return {
        MEAN: mean,
        MIN: Fraction(min(values)),
        MAX: Fraction(max(values)),
        DIP: mean - min(values),
        PEAK: max(values) - mean,
        DEVIATION: sum((abs(v - mean) for v in values), Fraction(0)) / n,
        STEP: Fraction(sum(rises), max(n - 1, 1)),
        TREND: Fraction(sum(late) - sum(early), half) if half else Fraction(0),
        JUMP: Fraction(max(rises)),
        SPAN: Fraction(OFFSETS[n - 1] - OFFSETS[0]),
        COUNT: Fraction(n),
    }[code]


@pytest.mark.parametrize("values", [VALUES, VALUES[:6], VALUES[:2], VALUES[:1]])
@pytest.mark.parametrize("code", [*range(9), SPAN, COUNT])
def test_a_statistic_is_the_exact_fraction(code: int, values: list[int]) -> None:
    top, bottom = statistic(one(code), OFFSETS[: len(values)], values)
    assert bottom > 0
    assert Fraction(top, bottom) == exactly(code, values)


@pytest.mark.parametrize("parts", [1, 2, 3, 7, 8, 100])
def test_parts_are_nearly_equal_and_each_reading_is_in_one(parts: int) -> None:
    each = [statistic(one(PART, i, parts), OFFSETS, VALUES) for i in range(parts)]
    assert sum(top for top, _ in each) == sum(VALUES)
    sizes = [size for _, size in each]
    assert sum(sizes) == len(VALUES)
    assert max(sizes) - min(sizes) <= 1


def test_an_empty_part_gives_the_zero_point() -> None:
    features = [one(PART, i, 3) for i in range(3)]
    made = extract(Model(b"", 0, -5, features, []), [0], {0: [40]})
    assert made == bytes([-5 & 255, -5 & 255, 35])


def test_time_and_number_are_those_of_the_readings_that_have_a_value() -> None:
    model = Model(b"", 0, 0, [one(SPAN), one(COUNT), one(SPAN, channel=1)], [])
    columns: dict[int, list[int | None]] = {0: [None, 3, None, 4, None], 1: [1, 1, 1, 1, 1]}
    assert extract(model, [0, 10, 25, 70, 99], columns) == bytes([60, 2, 99])


def test_the_magnitude_is_the_root_of_the_sum_of_squares_rounded_down() -> None:
    x, y, z = [3, 0, 577, None, 16_000, -1], [4, 0, 577, 1, -16_000, 1], [0, 0, 578, 1, 16_000, -1]
    assert magnitudes(x, y, z) == [5, 0, 999, None, 27_712, 1]


def test_a_magnitude_needs_all_three_axes() -> None:
    model = Model(b"", 1, 0, [one(MAX, channel=MAGNITUDE)], [])
    columns: dict[int, list[int | None]] = {12: [3, 90], 13: [4, None], 14: [0, 1]}
    assert extract(model, [0, 10], columns) == bytes([5])
    del columns[13]
    assert extract(model, [0, 10], columns) == bytes([0])


def test_a_linear_input_is_rounded_with_halves_up_and_clamped() -> None:
    half = Feature(0, MEAN, LINEAR, 1, 0, 1)
    assert [scale(half, n, 1, 0) for n in (-3, -1, 0, 1, 3)] == [-1, 0, 0, 1, 2]
    assert scale(half, 10**12, 1, 0) == 127
    assert scale(half, -(10**12), 1, 0) == -128
    assert scale(Feature(0, MEAN, LINEAR, 0, 256, 1), 5, 1, -7) == -3


def test_a_logarithmic_input_follows_the_logarithm_within_a_step() -> None:
    feature = Feature(0, TREND, LOG + 3, 8, 0, 256 * 10)
    for n in (-90_000, -800, -8, -1, 0, 1, 8, 100, 90_000):
        wanted = math.copysign(math.log2(1 + abs(n) / 8), n) * 10
        got = scale(feature, n, 1, 0)
        assert abs(got - max(-128, min(127, wanted))) <= 1.5


def test_the_logarithm_of_a_huge_count_is_bounded() -> None:
    assert lb(1 << 200) == 200 * 256


def test_a_missing_channel_and_an_empty_one_give_the_zero_point() -> None:
    without = {c: v for c, v in QUIET.items() if c != 4}
    empty: dict[int, list[int | None]] = {**without, 4: [None] * 60}
    assert extract(MODEL, list(range(60)), without)[18:] == bytes(6)
    assert extract(MODEL, list(range(60)), empty)[18:] == bytes(6)


def test_readings_without_a_value_are_left_out_and_not_taken_as_zero() -> None:
    sparse: dict[int, list[int | None]] = {c: [*v[:20], *[None] * 40] for c, v in QUIET.items()}
    whole = dict(QUIET)
    assert extract(MODEL, list(range(60)), sparse) == extract(MODEL, list(range(60)), whole)


def test_channels_the_model_does_not_know_change_nothing() -> None:
    columns = dict(QUIET)
    assert extract(MODEL, list(range(60)), columns) == extract(
        MODEL, list(range(60)), {**columns, 10: [3700] * 60}
    )


def test_another_temperature_level_changes_one_input_only_and_by_little() -> None:
    columns = dict(QUIET)
    frozen: dict[int, list[int | None]] = {**columns, 0: [-1850] * 60}
    warm, cold = (extract(MODEL, list(range(60)), c) for c in (columns, frozen))
    assert warm[1:] == cold[1:]
    assert 0 < (warm[0] ^ 128) - (cold[0] ^ 128) < 40


@pytest.mark.parametrize("at", [0, 30, 59])
def test_one_warm_minute_reaches_the_input(at: int) -> None:
    columns = dict(QUIET)
    spike = list(columns[0])
    spike[at] = 1500
    warmed: dict[int, list[int | None]] = {**columns, 0: spike}
    quiet, loud = (extract(MODEL, list(range(60)), c)[2] ^ 128 for c in (columns, warmed))
    assert loud - quiet > 50
