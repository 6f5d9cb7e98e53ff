"""The detectors that are judged: per kind a model and its baselines, all blobs, the same code.

Rules
1. Every score comes from the gateway's fast code, and every window is run again through
   `cargoseal_score`, the code that nodes execute: the first integer that differs ends the
   evaluation (of very many windows an even share is run again; `compared` counts them).
2. What stands in `models/contenders/<kind>-*` is judged, also what does not ship. Which of them
   ships follows from the contest, not from here.
3. A threshold is part of a detector, one per use, with its persistence and pause as a profile has
   them. All were set on simulated shipments, none on a recording.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cargoseal.scoring import Readings, rescore_many
from cargoseal_score import features, infer
from cargoseal_score.blob import load
from cargoseal_score.model import Model

MODELS = Path(__file__).resolve().parents[1]
CONTENDERS = MODELS / "contenders"
SHIPPED = MODELS / "shipped"
CLIMATE, HANDLING = "climate", "handling"
COMPARED_AT_MOST = 4000  # windows of one call that are run again by the reference

Scores = NDArray[np.int64]


class BitsError(Exception):
    """The gateway's code and the node's give different integers."""


@dataclass(frozen=True)
class Point:
    """An operating point: `windows` of the last `of` windows at or above the threshold alarm,
    and nobody is told of another one for `cool_down_h` after it began."""

    threshold: float
    windows: int = 1
    of: int = 1
    cool_down_h: float = 0.0


@dataclass(frozen=True)
class Detector:
    """A blob with its operating points by use; `threshold` is for uses without one of their own.

    `ships`: the very blob lies in `models/shipped`.
    """

    name: str
    kind: str
    model: Model
    threshold: int
    is_baseline: bool
    why: str = ""
    points: dict[str, Point] = field(default_factory=dict)
    ships: bool = False

    def point(self, use: str) -> Point:
        """Return the operating point for a use."""
        return self.points.get(use, Point(self.threshold))


@dataclass
class Detectors:
    """What is judged, and how many windows were compared bit by bit so far."""

    climate: list[Detector] = field(default_factory=list)
    handling: list[Detector] = field(default_factory=list)
    compared: int = 0

    def scores(self, detector: Detector, windows: Sequence[Readings]) -> Scores:
        """Return the scores [windows]; BitsError where the two codes differ."""
        model = detector.model
        pairs = rescore_many(model, windows)
        step = -(-len(windows) // COMPARED_AT_MOST) or 1
        for i in range(0, len(windows), step):
            reference = _reference(model, windows[i])
            if pairs[i] != reference:
                raise BitsError(f"{detector.name}, window {i}: {pairs[i]}, the node's {reference}")
            self.compared += 1
        return np.array([score for _, score in pairs], np.int64)


def _reference(model: Model, window: Readings) -> tuple[bytes, int]:
    columns = {channel: list(column) for channel, column in window.columns.items()}
    model_input = features.extract(model, list(window.offsets_ms), columns)
    return model_input, infer.score(model, model_input)


def load_detectors() -> Detectors:
    """Return the contenders of both kinds, models before baselines, those in their order; of a kind
    that has none what ships."""
    found = [_contender(folder) for folder in sorted(CONTENDERS.glob("*-*"))]
    found.sort(key=lambda detector: detector.is_baseline)
    kinds = {detector.kind for detector in found}
    found += [d for d in map(_shipped, sorted(SHIPPED.glob("*-v*"))) if d.kind not in kinds]
    return Detectors(
        climate=[d for d in found if d.kind == CLIMATE],
        handling=[d for d in found if d.kind == HANDLING],
    )


def _contender(folder: Path) -> Detector:
    said = json.loads((folder / "detector.json").read_text())
    model = load((folder / "model.blob").read_bytes())
    return Detector(
        name=said["name"],
        kind=said["kind"],
        model=model,
        threshold=int(said["threshold"]),
        is_baseline=bool(said["is_baseline"]),
        why=said.get("why", ""),
        points={use: Point(**point) for use, point in said.get("points", {}).items()},
        ships=any(
            load(f.read_bytes()).digest == model.digest for f in SHIPPED.glob("*/model.blob")
        ),
    )


def _shipped(folder: Path) -> Detector:
    metrics = json.loads((folder / "metrics.json").read_text())
    model = load((folder / "model.blob").read_bytes())
    return Detector(
        name=folder.name,
        kind=folder.name.split("-")[0],
        model=model,
        threshold=int(metrics["recommended_threshold"]),
        is_baseline=not model.layers,
        ships=True,
    )
