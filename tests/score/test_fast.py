"""The gateway's fast twins give the integers of the reference, or step aside for it."""

import dataclasses
import json
import random
from dataclasses import dataclass, field
from hashlib import sha256

import numpy as np
import pytest

from cargoseal import scoring
from cargoseal.model.golden import golden_text
from cargoseal.scoring.fast_features import log_steps
from cargoseal.scoring.fast_infer import NoLineError, line
from cargoseal_score.blob import Model, ScoreError, load, pack
from cargoseal_score.features import extract, scale
from cargoseal_score.infer import requantize, score
from cargoseal_score.model import LOG, Feature
from models.provenance.vectors import ROOT, odd_model, rule_model

SHIPPED = ROOT / "models" / "shipped"

Column = list[int | None]


@dataclass
class Readings:
    offsets_ms: list[int] = field(default_factory=list)
    columns: dict[int, Column] = field(default_factory=dict)


def window(rng: random.Random, length: int, span: int, missing: float) -> Readings:
    columns: dict[int, Column] = {}
    for channel in range(32):
        if rng.random() < missing / 2:
            continue
        values = [rng.randrange(-span, span) for _ in range(length)]
        columns[channel] = [None if rng.random() < missing else v for v in values]
    offsets = [0]
    while len(offsets) < length:
        offsets.append(offsets[-1] + rng.randrange(1, 100_000))
    return Readings(offsets, columns)


def by_reference(model: Model, readings: Readings) -> tuple[bytes, int]:
    row = extract(model, readings.offsets_ms, readings.columns)
    return row, score(model, row)


def models() -> list[Model]:
    """The shipped ones, and by hand: every statistic and a baseline."""
    shipped = list(scoring.load_models().values())
    return [*shipped, load(pack(odd_model())), load(pack(rule_model()))]


@pytest.mark.parametrize("missing", [0.0, 0.3, 0.9])
@pytest.mark.parametrize("span", [1, 40, 3000, 1 << 23, 1 << 24, 1 << 40])
def test_one_by_one_and_in_batches_as_the_reference(span: int, missing: float) -> None:
    rng = random.Random(span)
    lengths = (1, 2, 3, 20, 59, 60, 60, 60, 61)
    batch = [window(rng, n, span, missing) for n in lengths]
    for model in models():
        expected = [by_reference(model, readings) for readings in batch]
        assert scoring.rescore_many(model, batch) == expected
        assert [scoring.rescore(model, readings) for readings in batch] == expected


def test_counts_that_no_int64_holds_take_the_reference_way() -> None:
    rng = random.Random(3)
    batch = [window(rng, 9, 1 << 2000, 0.2), window(rng, 60, 99, 0.0), window(rng, 1500, 99, 0.0)]
    for model in models():
        assert scoring.rescore_many(model, batch) == [by_reference(model, r) for r in batch]


@pytest.mark.parametrize("span_ms", [1 << 31, (1 << 32) - 1, 1 << 32, 1 << 70])
def test_a_window_of_any_duration_as_the_reference(span_ms: int) -> None:
    columns: dict[int, Column] = {channel: [1, None, 5] for channel in range(32)}
    batch = [Readings([0, span_ms - 1, span_ms], columns) for _ in range(6)]
    for model in models():
        assert scoring.rescore_many(model, batch) == [by_reference(model, r) for r in batch]


def test_vectors_just_below_and_at_a_square_have_the_magnitude_of_the_reference() -> None:
    model = Model(b"", 1, 0, [Feature(32, 0, LOG, 4, 0, 256), Feature(32, 9, 0, 9, 0, 1, 1, 2)], [])
    roots = (1, 2, 181, 27_712, 4_000_001, (1 << 23) - 1)
    batch = []
    for root in roots:
        for x, y, z in ((root, 0, 0), (root - 1, 1, 1), (root, root, root), (-root, 1, 0)):
            columns: dict[int, Column] = {12: [x, 0], 13: [y, x], 14: [z, 1]}
            batch.append(Readings([0, 7], columns))
    model = load(pack(model))
    assert scoring.rescore_many(model, batch) == [by_reference(model, r) for r in batch]
    assert [scoring.rescore(model, r) for r in batch] == [by_reference(model, r) for r in batch]


def test_no_segments_give_no_scores() -> None:
    assert scoring.rescore_many(models()[0], []) == []


def test_refuses_columns_of_another_length_and_no_readings_as_the_reference_does() -> None:
    model = load(pack(rule_model()))
    columns: dict[int, Column] = {12: [1, 2, 3], 13: [1, 2, 3], 14: [1, 2, 3]}
    for offsets in ([0, 1], [], list(range(5000))):
        readings = Readings(offsets, columns)
        with pytest.raises(ScoreError) as quick:
            scoring.rescore(model, readings)
        with pytest.raises(ScoreError) as slow:
            extract(model, readings.offsets_ms, readings.columns)
        assert str(quick.value) == str(slow.value)


@pytest.mark.parametrize("zero_point", [0, -7, 127, -128])
def test_the_steps_of_a_logarithmic_input_are_where_the_reference_takes_them(
    zero_point: int,
) -> None:
    features = [f for model in models() for f in model.features]
    features.append(Feature(0, 0, LOG, 0, -5, (1 << 31) - 1))
    for feature in features:
        if feature.transform < LOG:
            continue
        for value, step in zip(range(-127, 128), log_steps(feature, zero_point), strict=True):
            if abs(step) < 1 << 60:
                at, before = (scale(feature, s, 16, zero_point) for s in (step, step - 1))
                assert at >= value > before


def test_a_line_takes_every_step_of_its_neuron() -> None:
    rng = random.Random(6)
    for _ in range(60):
        multiplier, shift = rng.randrange(1 << 30, 1 << 31), rng.randrange(2, 16)
        try:
            slope, offset, gap = line(multiplier, shift, -128, 127)
        except NoLineError:
            continue
        for _ in range(200):
            acc = rng.randrange(-(1 << 24) + 1, 1 << 24) >> rng.randrange(24)
            z = slope * acc + offset - (gap if acc < 0 else 0.0)
            expected = max(-128, min(127, requantize(acc, multiplier, shift)))
            assert max(-128, min(127, int(np.floor(z)))) == expected


def test_the_shipped_models_pass_their_self_test() -> None:
    done = scoring.self_test()
    assert any("golden vectors" in line for line in done)


@pytest.mark.parametrize("one", scoring.shipped_models(), ids=lambda one: one.name)
def test_the_self_test_finds_a_wrong_golden_vector(one: scoring.ShippedModel) -> None:
    golden = json.loads(one.golden)
    golden["vectors"][5]["score"] += 1
    altered = dataclasses.replace(one, golden=json.dumps(golden).encode())
    with pytest.raises(scoring.SelfTestError, match=f"{one.name} vector 5"):
        scoring.self_test([altered])


@pytest.mark.parametrize("one", scoring.shipped_models(), ids=lambda one: one.name)
def test_the_self_test_finds_vectors_of_another_blob(one: scoring.ShippedModel) -> None:
    other = dataclasses.replace(one, model=load(pack(rule_model())))
    with pytest.raises(scoring.SelfTestError, match="golden vectors are for blob"):
        scoring.self_test([other])


def a_baseline() -> scoring.ShippedModel:
    blob = pack(rule_model())
    return scoring.ShippedModel("rule-v1", blob, None, golden_text(None, blob).encode(), load(blob))


def test_the_self_test_of_a_baseline_asks_no_interpreter() -> None:
    (line,) = scoring.self_test([a_baseline()])
    assert "baseline" in line


def test_models_are_found_by_the_digest_of_their_blob() -> None:
    found = scoring.load_models()
    assert sorted(found) == sorted(one.model.digest for one in scoring.shipped_models())
    assert all(sha256(one.blob).digest() in found for one in scoring.shipped_models())


def test_what_ships_is_what_lies_in_the_folder() -> None:
    folders = {path.parent.name for path in SHIPPED.glob("*/model.blob")}
    assert folders == set(scoring.shipped_names())
    assert all(scoring.recommended_threshold(name) > 0 for name in folders)


def test_the_newest_model_of_a_kind_is_given_and_no_kind_without_a_model() -> None:
    for kind in {one.model.kind for one in scoring.shipped_models()}:
        of_kind = [one for one in scoring.shipped_models() if one.model.kind == kind]
        assert scoring.shipped(kind).name == of_kind[-1].name
    with pytest.raises(LookupError, match="kind 7"):
        scoring.shipped(7)
