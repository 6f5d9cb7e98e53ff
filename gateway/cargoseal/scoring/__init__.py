"""Re-computing a segment's score: the gateway believes no score it has not computed itself.

`rescore` derives the model input from the sealed readings and the score from that input, in the
integers of `cargoseal_score`, which is the definition; a numpy twin (`fast_features`,
`fast_infer`) does it at speed and gives the same integers. `self_test` replays the golden vectors
through both, and through the TensorFlow Lite interpreter where one installs; a gateway that fails
it must not start.
"""

import json
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Protocol

import numpy as np

from cargoseal.errors import CargosealError
from cargoseal.scoring import tflite
from cargoseal.scoring.fast_features import Column, FeaturePlan, Floats, NotFasterError
from cargoseal.scoring.fast_infer import InferencePlan, NoLineError
from cargoseal_score import features, infer
from cargoseal_score.blob import Model, ScoreError, load

SHIPPED = ("climate-v1",)


class Readings(Protocol):
    """What scoring needs of a decoded readings section."""

    @property
    def offsets_ms(self) -> Sequence[int]: ...

    @property
    def columns(self) -> Mapping[int, Column]: ...


class SelfTestError(CargosealError):
    """This machine does not compute what the golden vectors say: nothing may be decided here."""


class _Plan:
    """The fast twin of a model; `inference` is None where only the reference kernels are exact."""

    def __init__(self, model: Model) -> None:
        self.features = FeaturePlan(model)
        self.inference: InferencePlan | None
        try:
            self.inference = InferencePlan(model)
        except NoLineError:
            self.inference = None


_plans: dict[bytes, _Plan] = {}


def load_models() -> dict[bytes, Model]:
    """Return the shipped models by digest (SHA-256 of the blob)."""
    models = [load(shipped_file(name, "model.blob")) for name in SHIPPED]
    return {model.digest: model for model in models}


def shipped_file(name: str, file: str) -> bytes:
    """Return a file of a shipped model's folder, such as `model.blob` or `golden.json`."""
    return resources.files("cargoseal.model").joinpath("shipped", name, file).read_bytes()


def recommended_threshold(name: str = SHIPPED[0]) -> int:
    """Return the score that one in 1000 normal simulated windows reaches, from the evaluation."""
    return int(json.loads(shipped_file(name, "metrics.json"))["recommended_threshold"])


def rescore(model: Model, readings: Readings) -> tuple[bytes, int]:
    """Return (model input, score) of one segment's readings; ScoreError if lengths differ."""
    return rescore_many(model, [readings])[0]


def rescore_many(model: Model, batch: Sequence[Readings]) -> list[tuple[bytes, int]]:
    """Return (model input, score) per segment, at a fraction of the cost of one at a time."""
    plan = _plan(model)
    if not batch:
        return []
    x = _inputs(plan.features, model, batch)
    flat = x.astype(np.int8).tobytes()
    n = model.inputs
    inputs = [flat[i : i + n] for i in range(0, len(flat), n)]
    return list(zip(inputs, _scores(model, inputs, x), strict=True))


def _inputs(table: FeaturePlan, model: Model, batch: Sequence[Readings]) -> Floats:
    """Return the model inputs [segments, inputs], by the reference code where the fast cannot."""
    for readings in batch:
        _check_lengths(table.channels, readings)
    try:
        return table.inputs([readings.columns for readings in batch])
    except NotFasterError:
        if len(batch) > 1:  # one segment that does not fit must not slow down the others
            return np.concatenate([_inputs(table, model, [one]) for one in batch])
    rows = [features.extract(model, list(r.offsets_ms), _lists(r.columns)) for r in batch]
    return np.frombuffer(b"".join(rows), np.int8).reshape(len(batch), -1).astype(np.float64)


def _check_lengths(channels: Sequence[int], readings: Readings) -> None:
    count = len(readings.offsets_ms)
    if not 1 <= count <= features.MAX_READINGS:
        raise ScoreError("readings", f"1 to {features.MAX_READINGS}", count)
    for channel in channels:
        column = readings.columns.get(channel)
        if column and len(column) != count:
            raise ScoreError(f"column of channel {channel}", f"{count} values", len(column))


def score_input(model: Model, model_input: bytes) -> int:
    """Return the score of a model input by the fast kernels; ScoreError for a wrong length."""
    if len(model_input) != model.inputs:
        raise ScoreError("model input", f"{model.inputs} bytes", len(model_input))
    x = np.frombuffer(model_input, np.int8).astype(np.float64).reshape(1, -1)
    return _scores(model, [model_input], x)[0]


def _scores(model: Model, inputs: list[bytes], x: Floats) -> list[int]:
    inference = _plan(model).inference
    if inference is None:
        return [infer.score(model, row) for row in inputs]
    return inference.scores(x)


def self_test() -> list[str]:
    """Replay the golden vectors of every shipped model; return what was checked, in words.

    SelfTestError names the first vector that differs.
    """
    done = []
    for name in SHIPPED:
        model = load(shipped_file(name, "model.blob"))
        golden = json.loads(shipped_file(name, "golden.json"))
        if golden["blob_sha256"] != model.digest.hex():
            raise SelfTestError(f"{name}: golden vectors are for blob {golden['blob_sha256']}")
        vectors = [
            (bytes.fromhex(v["input"]), [bytes.fromhex(h) for h in v["layers"]], int(v["score"]))
            for v in golden["vectors"]
        ]
        for i, (row, layers, score) in enumerate(vectors):
            _check_vector(f"{name} vector {i}", model, row, layers, score)
        done.append(f"{name}: {len(vectors)} golden vectors, reference and fast kernels")
        runtime = tflite.runtime_name()
        if runtime is None:
            done.append(f"{name}: no TensorFlow Lite runtime here, oracle not asked")
            continue
        _ask_oracle(name, vectors)
        done.append(f"{name}: {len(vectors)} golden vectors, {runtime} in reference mode")
    return done


def _check_vector(where: str, model: Model, row: bytes, layers: list[bytes], score: int) -> None:
    got = [bytes(v & 255 for v in out) for out in infer.run_layers(model, row)]
    if got != layers:
        raise SelfTestError(f"{where}: layers {[g.hex() for g in got]}")
    for kernels, value in (
        ("reference", infer.score(model, row)),
        ("fast", score_input(model, row)),
    ):
        if value != score:
            raise SelfTestError(f"{where}: {kernels} score {value}, expected {score}")


def _ask_oracle(name: str, vectors: list[tuple[bytes, list[bytes], int]]) -> None:
    oracle = tflite.Oracle(shipped_file(name, "model.tflite"))
    for i, (row, layers, _) in enumerate(vectors):
        if oracle.run(row) != layers[-1]:
            raise SelfTestError(f"{name} vector {i}: TensorFlow Lite gives other outputs")


def _plan(model: Model) -> _Plan:
    plan = _plans.get(model.digest)
    if plan is None:
        plan = _plans[model.digest] = _Plan(model)
    return plan


def _lists(columns: Mapping[int, Column]) -> dict[int, list[int | None]]:
    return {channel: list(column) for channel, column in columns.items()}
