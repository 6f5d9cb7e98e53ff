"""What machine code says of a channel is what `cargoseal_score.features` says, to the bit."""

import random

import pytest

from cargoseal import scoring
from cargoseal_score import features
from cargoseal_score.model import KIND_CLIMATE, LINEAR, PART, Feature, Model
from tests.native.cores import Core
from tests.native.test_columns import SHAPES
from tests.score.both import hostile

CODES = range(PART)
ROOM = 1 << 30  # of n |v|


def values_of(case: int) -> list[int]:
    """As many values, as large, as the kernel may just take; every fifth column a wild one."""
    dice = random.Random(case)
    count = dice.choice((1, 2, 3, 4, 59, 60, 60, 151))
    if case % 2:
        return SHAPES[case % len(SHAPES)](dice, count)
    most = (ROOM - 1) // count
    return [dice.choice((-most, most, dice.randint(-most, most))) for _ in range(count)]


def test_every_statistic_of_every_column_is_that_of_the_definition(on: Core) -> None:
    taken = 0
    for case in range(on.share(3000)):
        values = values_of(case)
        summary = on.modules.statistics.summary(values)
        fits = len(values) * max(abs(v) for v in values) < ROOM
        assert (summary is not None) == fits, values
        if summary is None:
            continue
        taken += 1
        found = features.told(len(values), summary)
        assert len(found) == len(CODES)
        for code in CODES:
            feature = Feature(0, code, LINEAR, 0, 0, 1)
            expected = features.statistic(feature, list(range(len(values))), values)
            assert found[code] == expected, (code, values)
    assert taken > on.share(3000) // 2


def test_values_beyond_32_bits_are_left_to_the_definition(on: Core) -> None:
    for value in (1 << 31, 1 << 32, -(1 << 31) - 1, 1 << 40):
        assert on.modules.statistics.summary([0, value]) is None
        assert on.modules.statistics.magnitudes([0, value], [0, 0], [0, 0]) is None


def test_lengths_of_vectors_are_those_of_the_definition(on: Core) -> None:
    dice = random.Random(12)
    ends = (-18918, 18918, 0, 1, -1, 16380, -16380)
    for _ in range(on.share(300)):
        count = dice.choice((1, 7, 151))
        x, y, z = (
            [dice.choice(ends) if dice.random() < 0.3 else dice.randint(-18918, 18918)
             for _ in range(count)]
            for _ in range(3)
        )  # fmt: skip
        assert on.modules.statistics.magnitudes(x, y, z) == features.magnitudes(x, y, z)


def test_roots_of_squares_and_their_neighbours_are_rounded_down(on: Core) -> None:
    """b = 0 and c = 1 make square numbers and such plus one; the definition takes any."""
    sizes = range(0, 18918, 1 if on.is_quick else 97)
    x = list(sizes)
    assert on.modules.statistics.magnitudes(x, [0] * len(x), [0] * len(x)) == x
    ones = [1] * len(x)
    assert on.modules.statistics.magnitudes(x, ones, ones) == features.magnitudes(x, ones, ones)


@pytest.mark.parametrize("gone", range(3))
def test_axes_that_lack_a_value_or_are_too_long_are_left_to_the_definition(
    on: Core, gone: int
) -> None:
    for value in (None, 18919, -18919):
        axes: list[list[int | None]] = [[1, 2], [3, 4], [5, 6]]
        axes[gone][1] = value
        assert on.modules.statistics.magnitudes(*axes) is None


def every_statistic() -> Model:
    """A model of every simple statistic of three channels."""
    made = [Feature(c, code, 3, 20, 9, 1 << 19) for c in (0, 1, 3) for code in CODES]
    return Model(b"", KIND_CLIMATE, 0, made, [])


def test_inputs_of_whole_windows_are_the_same_with_and_without_machine_code(
    on: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = [one.model for one in scoring.shipped_models()] + [every_statistic()]
    cases = []
    for model in models:
        channels = sorted({feature.channel for feature in model.features})
        wired = [12, 13, 14] if channels[-1] >= 32 else channels
        cases += [(model, *hostile.window(case, wired)) for case in range(on.share(1500))]
    expected = [features.extract(*case) for case in cases]
    monkeypatch.setattr(features, "native_summary", on.modules.statistics.summary)
    monkeypatch.setattr(features, "native_magnitudes", on.modules.statistics.magnitudes)
    for case, wanted in zip(cases, expected, strict=True):
        assert features.extract(*case) == wanted, case[1:]
