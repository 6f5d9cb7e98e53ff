"""References: what is rare, and that a file belongs to its model."""

import json
from pathlib import Path

import numpy as np
import pytest

from cargoseal.health.making import make_reference, write_reference
from cargoseal.health.reference import (
    BINS,
    FEWEST,
    WrongReferenceError,
    bin_of,
    bin_of_score,
    parse_reference,
    rare_bins,
)
from tests.gateway.health.fleets import MODEL, reference
from tests.gateway.sealing import small_model

OTHER = small_model()


def some_inputs(count: int = 4 * FEWEST) -> np.ndarray:
    return (
        np.random.default_rng(1).normal(0, 20, (count, OTHER.inputs)).clip(-128, 127).astype("i1")
    )


def test_the_rare_bins_hold_at_most_the_level_and_every_bin_never_met() -> None:
    weights = [0.0] * 10 + [1.0, 30.0, 60.0, 8.0, 1.0] + [0.0] * 10
    assert rare_bins(weights, 0.02) == {*range(11), *range(14, 25)}
    assert rare_bins(weights, 0.005) == {*range(10), *range(15, 25)}


def test_an_int8_input_has_a_bin_and_so_has_every_score() -> None:
    assert [bin_of(v) for v in (-128, -125, -124, 0, 127)] == [0, 0, 1, 32, BINS - 1]
    assert bin_of_score(0) == 0
    assert bin_of_score((1 << 24) - 1) == BINS - 1


def test_a_shipment_has_weight_one_however_many_windows_it_has() -> None:
    rows = np.repeat(some_inputs(), 5, axis=0)
    shipments = np.repeat(np.arange(len(rows) // 5), 5)
    many = make_reference(OTHER, rows, None, shipments)
    few = make_reference(OTHER, rows[::5])
    assert [i.chosen for i in many.inputs] == [i.chosen for i in few.inputs]


def test_what_is_expected_is_taken_from_above() -> None:
    rows = some_inputs(100_000)
    true = make_reference(OTHER, rows)
    small = make_reference(OTHER, rows[: 4 * FEWEST])
    for one, other in zip(true.inputs, small.inputs, strict=True):
        share = sum(one.counted[b] for b in other.rare[0].bins) / sum(one.counted)
        assert other.rare[0].share >= share


def test_an_input_that_few_shipments_had_is_not_watched() -> None:
    assert make_reference(OTHER, some_inputs(2 * FEWEST)).inputs[0].rare
    assert not make_reference(OTHER, some_inputs(2 * FEWEST - 2)).inputs[0].rare


def test_a_written_reference_is_read_back_the_same_and_is_small(tmp_path: Path) -> None:
    found = parse_reference(reference().text(), MODEL)
    assert found == reference()
    assert len(reference().text()) < 40_000
    write_reference(tmp_path / "reference.json", OTHER, some_inputs())
    text = (tmp_path / "reference.json").read_text()
    assert parse_reference(text, OTHER) == make_reference(OTHER, some_inputs())


def test_a_reference_of_another_model_is_refused() -> None:
    text = make_reference(OTHER, some_inputs()).text()
    with pytest.raises(WrongReferenceError, match="expected model"):
        parse_reference(text, small_model(weight=41))


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"inputs": []},
        {"inputs": [{"name": "x", "chosen": {"from": 63, "weights": [1, 1]}, "counted": {}}]},
        {"bin_width": 3},
    ],
)
def test_a_reference_of_another_shape_is_refused(change: dict[str, object]) -> None:
    raw = {**json.loads(make_reference(OTHER, some_inputs()).text()), **change}
    with pytest.raises(WrongReferenceError):
        parse_reference(json.dumps(raw), OTHER)


def test_inputs_of_another_width_are_the_callers_mistake() -> None:
    with pytest.raises(WrongReferenceError, match="inputs"):
        make_reference(OTHER, some_inputs()[:, :3])
    with pytest.raises(WrongReferenceError, match="shipments"):
        make_reference(OTHER, some_inputs(), None, [1, 2])
