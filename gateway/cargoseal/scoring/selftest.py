"""What a gateway computes before it may decide: the golden vectors of every model it ships.

The reference kernels and their fast twin replay them, and the TensorFlow Lite interpreter where one
installs. A gateway that fails must not start.
"""

import json
from collections.abc import Iterable
from typing import NamedTuple

from cargoseal.errors import CargosealError
from cargoseal.scoring import tflite
from cargoseal.scoring.folders import ShippedModel, shipped_models
from cargoseal.scoring.rescoring import score_input
from cargoseal_score import infer


class SelfTestError(CargosealError):
    """This machine does not compute what the golden vectors say: nothing may be decided here."""


class Vector(NamedTuple):
    """A model input, every layer's outputs (none for a baseline), and the score."""

    row: bytes
    layers: list[bytes]
    score: int


def self_test(
    models: Iterable[ShippedModel] | None = None, *, ask_oracle: bool = True
) -> list[str]:
    """Replay the golden vectors of the models, None for all shipped ones; what was checked, in
    words. SelfTestError names the first vector that differs. Without the oracle for a model of
    one's own: what it was compiled from may hold an operator that a runtime computes otherwise,
    which was told when it was imported.
    """
    models = shipped_models() if models is None else models
    return [line for one in models for line in _test(one, ask_oracle)]


def _test(one: ShippedModel, ask_oracle: bool) -> list[str]:
    vectors = _vectors(one)
    for i, vector in enumerate(vectors):
        _check(f"{one.name} vector {i}", one, vector)
    done = f"{one.name}: {len(vectors)} golden vectors"
    if one.tflite is None:
        return [f"{done}, reference and fast kernels; a baseline, which has no .tflite"]
    if not ask_oracle:
        return [f"{done}, reference and fast kernels"]
    runtime = tflite.runtime_name()
    if runtime is None:
        oracle = f"{one.name}: no TensorFlow Lite runtime here, oracle not asked"
    else:
        _ask_oracle(one, one.tflite, vectors)
        oracle = f"{done}, {runtime} in reference mode"
    return [f"{done}, reference and fast kernels", oracle]


def _vectors(one: ShippedModel) -> list[Vector]:
    golden = json.loads(one.golden)
    if golden["blob_sha256"] != one.model.digest.hex():
        raise SelfTestError(f"{one.name}: golden vectors are for blob {golden['blob_sha256']}")
    return [
        Vector(bytes.fromhex(v["input"]), [bytes.fromhex(h) for h in v["layers"]], int(v["score"]))
        for v in golden["vectors"]
    ]


def _check(where: str, one: ShippedModel, vector: Vector) -> None:
    got = [bytes(v & 255 for v in out) for out in infer.run_layers(one.model, vector.row)]
    if got != vector.layers:
        raise SelfTestError(f"{where}: layers {[g.hex() for g in got]}")
    for kernels, value in (
        ("reference", infer.score(one.model, vector.row)),
        ("fast", score_input(one.model, vector.row)),
    ):
        if value != vector.score:
            raise SelfTestError(f"{where}: {kernels} score {value}, expected {vector.score}")


def _ask_oracle(one: ShippedModel, file: bytes, vectors: list[Vector]) -> None:
    oracle = tflite.Oracle(file)
    for i, vector in enumerate(vectors):
        if oracle.run(vector.row) != vector.layers[-1]:
            raise SelfTestError(f"{one.name} vector {i}: TensorFlow Lite gives other outputs")
