"""Simulated fleets for the drift test: shipments of the training's own simulation, and changed."""

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from cargoseal.health.detector import WINDOWS_PER_UNIT, Unit
from cargoseal.health.making import make_reference
from cargoseal.health.reference import (
    Reference,
    bin_of,
    bin_of_score,
    has_reading,
)
from cargoseal.scoring import load_models, rescore_many
from cargoseal_score.model import KIND_CLIMATE
from models.simulate.shipment import simulate
from models.train.dataset import Window

MODEL = next(model for model in load_models().values() if model.kind == KIND_CLIMATE)
READINGS = 60
PERIODS_S = (10.0, 60.0, 300.0, 900.0)
Counts = dict[int, NDArray[np.int64]]
Change = Callable[[Counts], Counts]
Shipment = list[Window]


def fleet(
    seed: int, count: int, period_s: float, windows: int = WINDOWS_PER_UNIT, change: Change = dict
) -> list[Shipment]:
    """Shipments of so many windows each, in the wire's counts, after a change of the sensors."""
    told = simulate(seed, [""] * count, windows * READINGS, period_s)
    columns = change({channel: v.astype(np.int64) for channel, v in told.columns.items()})
    offsets = [round(n * period_s * 1000) for n in range(READINGS)]
    return [
        [
            Window(
                offsets,
                {
                    channel: list(values[row, READINGS * w : READINGS * (w + 1)].tolist())
                    for channel, values in columns.items()
                },
            )
            for w in range(windows)
        ]
        for row in range(count)
    ]


def judged(shipments: list[Shipment]) -> list[tuple[bytes, int]]:
    return rescore_many(MODEL, [window for shipment in shipments for window in shipment])


@cache
def reference() -> Reference:
    """What the model would be delivered with, from 1,200 shipments."""
    told = [s for n, period in enumerate(PERIODS_S) for s in fleet(100 + n, 300, period, 4)]
    rows = b"".join(model_input for model_input, _ in judged(told))
    inputs = np.frombuffer(rows, np.int8).reshape(-1, MODEL.inputs)
    columns = [window.columns for shipment in told for window in shipment]
    return make_reference(MODEL, inputs, columns, np.repeat(np.arange(len(told)), 4))


def units(shipments: list[Shipment]) -> list[Unit]:
    """Each shipment's windows, as the gateway counts them."""
    known = reference()
    found = []
    for shipment in shipments:
        unit = Unit.empty(len(known.inputs), 0)
        for window, (model_input, score) in zip(shipment, judged([shipment]), strict=True):
            signed = np.frombuffer(model_input, np.int8).tolist()
            bins = [*(bin_of(value) for value in signed), bin_of_score(score)]
            unit.add(
                known,
                [
                    b if has_reading(window.columns, needs) else None
                    for b, needs in zip(bins, known.channels, strict=True)
                ],
            )
        found.append(unit)
    return found
