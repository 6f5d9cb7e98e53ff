"""What stands beside our detector on SKAB: rules as blobs, a network as a blob, a published forest.

    max |z|    the largest deviation of any signal, in training deviations: a blob without layers
    T²         Hotelling's statistic, the training covariance's quadratic form, in floats
    T² int8    the same as one int8 layer in a blob: with y = x - A x the score Σ(y - x)² is |A x|²,
               and A'A the inverse covariance
    forest     scikit-learn's isolation forest with the leaderboard's settings, then the median of
               three rows: it must give the published row, which shows that loader and protocol are
               the leaderboard's

The first three alarm above the `QUANTILE` of their training scores.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from cargoseal.model.compile import METADATA_NAME, compile_tflite, feature_metadata
from cargoseal_score.blob import load, pack
from cargoseal_score.model import KIND_CLIMATE, Feature, Model
from models.data.skab import SIGNALS
from models.evaluate.detectors import Detector, Detectors
from models.evaluate.result import Judged
from models.evaluate.sets.skab_fit import ZERO_POINT, mean_feature, windows
from models.evaluate.sets.skab_protocol import TRAIN_ROWS, Counts, Run, judged
from models.train.tflite_writer import DenseLayer, write_tflite

QUANTILE = 0.999
Z_STEPS = 4  # int8 steps of one training deviation
CONTAMINATION = 0.0005
MEDIAN_ROWS = 3
WEIGHT_LIMIT = 127

Floats = NDArray[np.float64]
Fit = Callable[[Counts], Model]  # training rows in counts -> blob


def largest_z(training: Counts) -> Model:
    """Return the blob whose score is the largest |z| of a row, squared."""
    return load(pack(Model(b"", KIND_CLIMATE, ZERO_POINT, _z_features(training), [])))


def t_squared_blob(training: Counts) -> Model:
    """Return the blob whose score is T² of a row, in int8 steps squared."""
    z = (training - training.mean(axis=0)) / _deviations(training)
    values, vectors = np.linalg.eigh(np.cov(z.T))
    whiten = vectors @ np.diag(values**-0.5) @ vectors.T
    weights = np.eye(len(SIGNALS)) - whiten
    scales = (np.abs(weights).max(axis=1) / WEIGHT_LIMIT).astype(np.float32)
    layer = DenseLayer(
        weights=np.rint(weights / scales[:, None]).astype(np.int8),
        biases=np.zeros(len(SIGNALS), np.int32),
        weight_scales=scales,
        output_scale=1.0 / Z_STEPS,
        output_zero_point=ZERO_POINT,
        relu=False,
    )
    metadata = {METADATA_NAME: feature_metadata(KIND_CLIMATE, _z_features(training))}
    file = write_tflite(1.0 / Z_STEPS, ZERO_POINT, [layer], metadata, "T squared")
    return load(compile_tflite(file))


def _z_features(training: Counts) -> list[Feature]:
    middle, steps = training.mean(axis=0), Z_STEPS / _deviations(training)
    return [mean_feature(channel, middle[i], steps[i]) for i, channel in enumerate(SIGNALS)]


def _deviations(training: Counts) -> Floats:
    out: Floats = training.std(axis=0).clip(1.0)
    return out


def blob_rule(runs: Sequence[Run], fit: Fit, name: str, detectors: Detectors) -> list[Judged]:
    """Return what a blob per run says of single rows, scored by the gateway's code and the node's.

    The threshold is the QUANTILE of the training rows' scores.
    """
    out = []
    for one in runs:
        detector = Detector(name, "climate", fit(one.counts[:TRAIN_ROWS]), 0, True)
        scores = detectors.scores(detector, windows(one, 1, first=0)).astype(np.float64)
        out.append(_above_quantile(one, scores))
    return out


def t_squared(runs: Sequence[Run]) -> list[Judged]:
    """Return what T² in floats says."""
    out = []
    for one in runs:
        training = one.values[:TRAIN_ROWS]
        inverse = np.linalg.inv(np.cov(training.T))
        centred = one.values - training.mean(axis=0)
        out.append(_above_quantile(one, ((centred @ inverse) * centred).sum(axis=1)))
    return out


def _above_quantile(one: Run, scores: Floats) -> Judged:
    threshold = np.quantile(scores[:TRAIN_ROWS], QUANTILE)
    test = scores[TRAIN_ROWS:]
    return judged(one, test, test > threshold)


def isolation_forest(runs: Sequence[Run]) -> list[Judged] | None:
    """Return what the leaderboard's isolation forest says; None without scikit-learn."""
    try:
        from sklearn.ensemble import IsolationForest  # type: ignore[import-untyped]
    except ImportError:
        return None
    out = []
    for one in runs:
        forest = IsolationForest(random_state=0, contamination=CONTAMINATION)
        forest.fit(one.values[:TRAIN_ROWS])
        scores = -forest.decision_function(one.values)
        said = median_of_three(scores > 0)
        out.append(judged(one, scores[TRAIN_ROWS:], said[TRAIN_ROWS:]))
    return out


def median_of_three(said: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return per row whether two of it and the two before it are alarms."""
    padded = np.concatenate([np.zeros(MEDIAN_ROWS - 1, np.int64), said.astype(np.int64)])
    out: NDArray[np.bool_] = np.convolve(padded, np.ones(MEDIAN_ROWS, np.int64), "valid") >= 2
    return out


def always(runs: Sequence[Run]) -> list[Judged]:
    """Return the alarm in every row, which no figure may flatter."""
    return [judged(one, np.ones(len(one.truth)), np.ones(len(one.truth), bool)) for one in runs]
