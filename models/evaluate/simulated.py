"""How good a model is: false alarms on normal windows, detection per kind of anomaly, a baseline.

Scores are integers computed by the reference's fast twin. A threshold is the least score that at
most the stated share of held-out normal simulated windows reaches. AUC, with a 95 % interval after
Hanley and McNeil (1982), is the chance that an anomalous window scores above a normal one;
`detected` is 1 - MAR at the threshold. F1 is not given: it hides the false alarm rate. The baseline
is the largest |z| of the same inputs, with mean and deviation of the training windows.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cargoseal.scoring.fast_infer import InferencePlan
from cargoseal_score.blob import load
from models.data.windows import Recording
from models.simulate.shipment import ANOMALIES
from models.train.dataset import Progress, anomalous_windows, inputs, normal_windows
from models.train.feature_table import ZERO_POINT

Scores = NDArray[np.float64]
Scorer = Callable[[NDArray[np.int8]], Scores]

FALSE_ALARM_RATES = {"1_in_100": 0.01, "1_in_1000": 0.001}
RECOMMENDED = "1_in_1000"


def evaluate(
    blob: bytes,
    training: NDArray[np.int8],
    seed: int,
    sizes: tuple[int, int],
    recordings: list[Recording],
    progress: Progress,
) -> dict[str, Any]:
    """Return the metrics. sizes: held-out normal windows, windows per anomaly."""
    model = load(blob)

    def made(windows: Any) -> NDArray[np.int8]:
        return inputs(model.kind, ZERO_POINT, model.features, windows)

    normal = made(normal_windows(seed, sizes[0], progress))
    kinds = {
        kind: made(anomalous_windows(seed + 1 + i, sizes[1], kind, progress))
        for i, kind in enumerate(ANOMALIES)
    }
    plan = InferencePlan(model)

    def score(x: NDArray[np.int8]) -> Scores:
        return np.array(plan.scores(x.astype(np.float64)), np.float64)

    mean, deviation = training.mean(axis=0), training.std(axis=0) + 1.0

    def largest_z(x: NDArray[np.int8]) -> Scores:
        return np.asarray(np.abs((x - mean) / deviation).max(axis=1))

    metrics = _judge(score, normal, kinds)
    thresholds = {name: int(t) for name, t in metrics.pop("thresholds").items()}
    baseline = _judge(largest_z, normal, kinds)
    baseline["thresholds"] = {k: round(float(v), 3) for k, v in baseline["thresholds"].items()}
    return {
        "model": model.digest.hex(),
        "thresholds": thresholds,
        "recommended_threshold": thresholds[RECOMMENDED],
        "held_out_normal_windows": len(normal),
        "windows_per_anomaly": sizes[1],
        "normal_score_quantiles": {
            str(q): int(np.quantile(score(normal), q)) for q in (0.5, 0.9, 0.99, 0.999)
        },
        **metrics,
        "baseline_largest_z": baseline,
        "recordings": [_on_recording(r, score(made(r.windows)), thresholds) for r in recordings],
    }


def _judge(
    score: Scorer, normal: NDArray[np.int8], kinds: dict[str, NDArray[np.int8]]
) -> dict[str, Any]:
    quiet = score(normal)
    thresholds = {name: threshold(quiet, rate) for name, rate in FALSE_ALARM_RATES.items()}
    anomalies = {}
    for kind, x in kinds.items():
        loud = score(x)
        area = auc(quiet, loud)
        half = 1.96 * _auc_error(area, len(quiet), len(loud))
        anomalies[kind] = {
            "auc": round(area, 3),
            "auc_95": [round(max(0.0, area - half), 3), round(min(1.0, area + half), 3)],
            "detected": {n: round(float((loud >= t).mean()), 3) for n, t in thresholds.items()},
        }
    return {"thresholds": thresholds, "anomalies": anomalies}


def threshold(quiet: Scores, rate: float) -> float:
    """Return the least threshold that at most `rate` of the quiet scores reach."""
    ordered = np.sort(quiet)
    allowed = int(rate * len(ordered))
    last_below = ordered[len(ordered) - allowed - 1]
    above = ordered[ordered > last_below]
    if float(last_below).is_integer():
        return float(last_below) + 1.0
    return float(above[0]) if len(above) else float(np.nextafter(last_below, np.inf))


def auc(quiet: Scores, loud: Scores) -> float:
    """Return the chance that a loud score exceeds a quiet one, ties counted half."""
    ordered = np.sort(quiet)
    below = np.searchsorted(ordered, loud, side="left")
    upto = np.searchsorted(ordered, loud, side="right")
    return float((below + upto).sum() / (2.0 * len(quiet) * len(loud)))


def _auc_error(area: float, quiet: int, loud: int) -> float:
    """Return the standard error of an AUC after Hanley and McNeil."""
    q1 = area / (2.0 - area)
    q2 = 2.0 * area * area / (1.0 + area)
    spread = area * (1 - area) + (loud - 1) * (q1 - area**2) + (quiet - 1) * (q2 - area**2)
    return float(np.sqrt(max(spread, 0.0) / (quiet * loud)))


def _on_recording(
    recording: Recording, scores: Scores, thresholds: dict[str, int]
) -> dict[str, Any]:
    return {
        "name": recording.name,
        "licence": recording.licence,
        "windows": len(scores),
        "median_score": int(np.median(scores)),
        "alarm_share": {n: round(float((scores >= t).mean()), 3) for n, t in thresholds.items()},
    }
