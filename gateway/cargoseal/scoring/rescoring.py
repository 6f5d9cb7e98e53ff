"""Model input and score of sealed readings, computed again: the fast twins where they are exact,
the reference where they are not.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from cargoseal.scoring.fast_features import FeaturePlan, Floats, NotFasterError
from cargoseal.scoring.fast_infer import InferencePlan, NoLineError
from cargoseal.scoring.readings import Column, Readings
from cargoseal_score import features, infer
from cargoseal_score.blob import Model, ScoreError


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
        _check_lengths(table.columns, readings)
    try:
        return table.inputs(batch)
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


def _plan(model: Model) -> _Plan:
    plan = _plans.get(model.digest)
    if plan is None:
        plan = _plans[model.digest] = _Plan(model)
    return plan


def _lists(columns: Mapping[int, Column]) -> dict[int, list[int | None]]:
    return {channel: list(column) for channel, column in columns.items()}
