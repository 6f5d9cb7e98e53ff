"""Every machine gives the bits of the reference: a share of what `make bits` proves in full."""

import dataclasses
import json
from collections.abc import Sequence
from typing import Any

import pytest

from cargoseal import scoring
from cargoseal.scoring import ShippedModel, tflite
from cargoseal_score.blob import load, pack
from cargoseal_score.features import extract
from cargoseal_score.model import LINEAR, MAGNITUDE, Feature, Model
from models.provenance.networks import networks
from models.provenance.vectors import ROOT, odd_model, rule_model
from tests.bits import machines, proof, summary
from tests.bits.__main__ import CASES as FULL_CASES
from tests.bits.__main__ import judged
from tests.bits.machines import NUMPY, VIPER, Answers, Features, Kernels, Window
from tests.bits.proof import DifferentBitsError
from tests.score.both import bits, hostile
from tests.shared_data import absent

CASES = 2500
IN_MICROPYTHON = 500


def by_hand(name: str, model: Model) -> ShippedModel:
    blob = pack(model)
    return ShippedModel(name, blob, None, b"", load(blob))


MODELS = [
    *networks(), *scoring.shipped_models(),
    by_hand("odd", odd_model()), by_hand("rule", rule_model()),
]  # fmt: skip


def quiet(done: int) -> None:
    """No progress in the tests."""


@pytest.mark.parametrize("one", MODELS, ids=lambda one: one.name)
def test_every_machine_gives_the_same_bits(one: ShippedModel) -> None:
    agreed = proof.prove(one, CASES, IN_MICROPYTHON, 1, quiet)
    vectorised = machines.numpy_features(one) is not None
    assert agreed["numpy: features"] == (CASES if vectorised else 0)
    assert agreed["viper (rv32imc machine code, emulated): features"] == CASES
    assert agreed["numpy: layers and score"] == 2 * CASES
    if one.model.layers:
        assert agreed["viper (rv32imc machine code, emulated): layers and score"] == 2 * CASES
    assert agreed[f"{proof.MICROPYTHON}: features, layers and score"] == 2 * IN_MICROPYTHON
    if one.tflite is not None:
        if not tflite.runtime_names():
            absent("a TensorFlow Lite runtime")
        for runtime in tflite.runtime_names():
            assert agreed[f"{runtime}, reference mode: layers and score"] == 2 * CASES


def wrong_once(one: ShippedModel) -> Kernels:
    right = machines.numpy_kernels(one)
    assert right is not None

    def run(rows: Sequence[bytes]) -> Answers:
        outputs, scores = right(rows)
        return Answers(outputs, [s + (row == bytes([100] * len(row))) for row, s in
                                 zip(rows, scores, strict=True)])  # fmt: skip

    return run


def test_one_score_that_is_off_by_one_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof, "KERNELS", (("wrong", wrong_once),))
    with pytest.raises(DifferentBitsError, match=f"wrong: layers and score, case {8 * 100}:"):
        proof.prove(MODELS[0], 1250, 0, 1, quiet)


def spoilt_features(one: ShippedModel) -> Features:
    right = machines.viper_features(one)

    def run(windows: Sequence[Window]) -> list[bytes]:
        rows = right(windows)
        return [bytes([row[0] ^ 1]) + row[1:] if len(w.offsets_ms) == hostile.LONG else row
                for row, w in zip(rows, windows, strict=True)]  # fmt: skip

    return run


def test_one_input_that_is_off_by_one_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof, "FEATURES", (("wrong", spoilt_features),))
    monkeypatch.setattr(proof, "KERNELS", ())
    with pytest.raises(DifferentBitsError, match=r"wrong: features, case \d+: expected [0-9a-f]+"):
        proof.prove(MODELS[-1], 1250, 0, 1, quiet)


def test_a_model_of_bursts_is_not_compared_with_itself() -> None:
    made = {one.name: machines.numpy_features(one) for one in MODELS}
    assert made["rule"] is None and made["handling-v1"] is None
    assert made["odd"] is not None and made["climate-v1"] is not None


def figures() -> dict[str, Any]:
    """Figures as a full proof of all models would write them."""
    models = {}
    for one in judged():
        agreed = {f"{machine}: {what}": CASES * times for machine in (NUMPY, VIPER)
                  for what, times in (("features", 1), ("layers and score", 2))}  # fmt: skip
        agreed["tflite-runtime, reference mode: layers and score"] = 2 * CASES
        agreed[f"{proof.MICROPYTHON}: features, layers and score"] = 500
        models[one.name] = {"model": one.model.digest.hex(), "cases": CASES, "agreed": agreed}
    return {"models": models}


def test_figures_of_these_models_by_every_machine_are_right() -> None:
    assert summary.wrong(figures(), judged(), CASES) == []


@pytest.mark.parametrize("key", ["model", "cases", "agreed", "name"])
def test_figures_of_another_blob_or_of_too_few_windows_are_found(key: str) -> None:
    told = figures()
    name = "climate network"
    if key == "name":
        told["models"]["weather"] = told["models"].pop(name)
    else:
        told["models"][name][key] = {"model": "00" * 32, "cases": CASES - 1, "agreed": {}}[key]
    assert summary.wrong(told, judged(), CASES)


@pytest.mark.parametrize("machine", [NUMPY, VIPER, "tflite-runtime", proof.MICROPYTHON])
def test_a_machine_that_took_no_part_is_found(machine: str) -> None:
    told = figures()
    for model in told["models"].values():
        model["agreed"] = {k: v for k, v in model["agreed"].items() if not k.startswith(machine)}
    said = summary.wrong(told, judged(), CASES)
    wanted = "a TensorFlow Lite runtime" if machine == "tflite-runtime" else machine
    assert said and all(wanted in line for line in said)


def test_the_committed_figures_are_of_the_models_that_are_here() -> None:
    committed = json.loads((ROOT / "models" / "evaluation" / "bits.json").read_text())
    assert summary.wrong(committed, judged(), FULL_CASES) == []


def test_another_model_in_micropython_is_found_and_the_first_case_named() -> None:
    other = by_hand("other", odd_model())
    other.model.layers[-1].biases[0] += 1000
    swapped = dataclasses.replace(by_hand("odd", odd_model()), blob=pack(other.model))
    with pytest.raises(DifferentBitsError, match=r"MicroPython .*, case \d+: other bits"):
        proof.prove(swapped, 250, 250, 1, quiet)


def test_the_cases_reach_every_extreme() -> None:
    rows = [hostile.vector(index, 24) for index in range(8 * 400)]
    assert {bytes([value] * 24) for value in range(256)} <= set(rows)
    for row in (bytes([128, 127] * 12), bytes([127, 128] * 12)):
        assert row in rows
    for place in range(24):
        alone = bytes(128 if i == place else 0 for i in range(24))
        assert any(row == alone for row in (hostile.vector(i, 24) for i in range(8 * 7 * 24 * 2)))


def test_the_windows_reach_one_reading_and_thousands_and_nothing_at_all() -> None:
    windows = [hostile.window(index, (0, 1, 3)) for index in range(4200)]
    counts = {len(offsets) for offsets, _ in windows}
    assert {1, 2, 60, hostile.LONG, hostile.FULL} <= counts
    values = [v for _, columns in windows for column in columns.values() for v in column]
    assert None in values
    assert min(v for v in values if v is not None) < -(1 << 31)
    assert max(v for v in values if v is not None) > 1 << 32
    assert any(not columns for _, columns in windows)
    assert any(all(v is None for column in columns.values() for v in column)
               for _, columns in windows if columns)  # fmt: skip


def test_many_windows_hold_a_fall() -> None:
    model = load(pack(Model(b"", 1, 0, [Feature(MAGNITUDE, 16, LINEAR, 0, 0, 1)], [])))
    axes = bits.channels_of(model)
    inputs = [extract(model, *hostile.window(i, axes)) for i in range(5, 4000, 16)]
    assert sum(row != bytes(1) for row in inputs) > len(inputs) // 4


def test_the_channels_of_a_magnitude_are_its_axes() -> None:
    assert bits.channels_of(load(pack(rule_model()))) == [12, 13, 14]
