"""The gateway's fast twins give the integers of the reference, or step aside for it."""

import json
import random
from dataclasses import dataclass, field

import numpy as np
import pytest

from cargoseal import scoring
from cargoseal.scoring.fast_features import log_steps
from cargoseal.scoring.fast_infer import InferencePlan, NoLineError, line
from cargoseal_score.blob import Model, ScoreError, load, pack
from cargoseal_score.features import extract, scale
from cargoseal_score.infer import requantize, score
from cargoseal_score.model import LOG, Feature
from models.provenance.vectors import SHIPPED, odd_model

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
    return Readings(list(range(length)), columns)


def by_reference(model: Model, readings: Readings) -> tuple[bytes, int]:
    row = extract(model, readings.offsets_ms, readings.columns)
    return row, score(model, row)


def models() -> list[Model]:
    return [load(SHIPPED.read_bytes()), load(pack(odd_model()))]


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


def test_ten_thousand_inputs_score_as_the_reference() -> None:
    model = models()[0]
    rng = np.random.default_rng(4)
    rows = rng.integers(-128, 128, (10_000, model.inputs)).astype(np.int8)
    rows[:3] = np.array([[-128], [127], [0]])
    rows[3:2000] = rng.choice([-128, 127], (1997, model.inputs))
    got = InferencePlan(model).scores(rows.astype(np.float64))
    assert got == [score(model, row.tobytes()) for row in rows]


def test_no_segments_give_no_scores() -> None:
    assert scoring.rescore_many(models()[0], []) == []


def test_refuses_columns_of_another_length_and_no_readings_as_the_reference_does() -> None:
    model = models()[0]
    columns: dict[int, Column] = {0: [1, 2, 3]}
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
    features = models()[0].features + [f for f in odd_model().features if f.transform >= LOG]
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


def test_the_self_test_finds_a_wrong_golden_vector(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = scoring.shipped_file

    def altered(name: str, file: str) -> bytes:
        data = whole(name, file)
        if file != "golden.json":
            return data
        golden = json.loads(data)
        golden["vectors"][5]["score"] += 1
        return json.dumps(golden).encode()

    monkeypatch.setattr(scoring, "shipped_file", altered)
    with pytest.raises(scoring.SelfTestError, match="vector 5"):
        scoring.self_test()


def test_the_self_test_finds_vectors_of_another_blob(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = scoring.shipped_file

    def altered(name: str, file: str) -> bytes:
        data = whole(name, file)
        return data[:320] + bytes([data[320] ^ 1]) + data[321:] if file == "model.blob" else data

    monkeypatch.setattr(scoring, "shipped_file", altered)
    with pytest.raises((scoring.SelfTestError, ScoreError)):
        scoring.self_test()


def test_models_are_found_by_the_digest_of_their_blob() -> None:
    found = scoring.load_models()
    assert list(found) == [load(SHIPPED.read_bytes()).digest]
    assert scoring.recommended_threshold() > 0
