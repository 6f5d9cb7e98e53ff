"""Makes a model's reference from its training windows: for the pipeline, not for the gateway."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cargoseal.health.reference import (
    BIN_WIDTH,
    BINS,
    DIGITS,
    Columns,
    Input,
    Reference,
    WrongReferenceError,
    bin_of_score,
    has_reading,
    names_of,
    needs_of,
)
from cargoseal.scoring import score_input
from cargoseal_score.model import Model


def make_reference(
    model: Model,
    inputs: NDArray[np.int8],
    columns: Sequence[Columns] | None = None,
    shipments: Sequence[int] | NDArray[np.int64] | None = None,
) -> Reference:
    """The reference of a model from its normal training windows.

    `inputs` is [windows, model.inputs]. `columns` are the windows' columns, None where every window
    has every channel; `shipments` says which shipment each is of, None where each is its own.
    """
    count = len(inputs)
    if inputs.ndim != 2 or inputs.shape[1] != model.inputs:
        raise WrongReferenceError(f"expected [windows, {model.inputs}] inputs, got {inputs.shape}")
    for name, given in (("columns", columns), ("shipments", shipments)):
        if given is not None and len(given) != count:
            raise WrongReferenceError(f"{name}: expected {count} windows, got {len(given)}")
    groups = np.arange(count) if shipments is None else np.unique(shipments, return_inverse=True)[1]
    present = _present(model, count, columns)
    scores = [bin_of_score(score_input(model, bytes(row))) for row in inputs]
    bins = np.column_stack([(inputs.astype(np.int16) + 128) // BIN_WIDTH, scores])
    rows = []
    for i, name in enumerate(names_of(model)):
        halves = [
            _weights(bins[rows_of, i], groups[rows_of])
            for rows_of in (present[:, i] & (groups % 2 == half) for half in (0, 1))
        ]
        rows.append(Input(name, *halves))
    return Reference(model.digest, tuple(rows), needs_of(model))


def _present(model: Model, count: int, columns: Sequence[Columns] | None) -> NDArray[np.bool_]:
    """Which inputs of which windows have a reading, [windows, inputs]."""
    needs = needs_of(model)
    if columns is None:
        return np.ones((count, len(needs)), bool)
    kinds = sorted(set(needs))
    having = np.array([[has_reading(window, need) for need in kinds] for window in columns], bool)
    return having.reshape(count, len(kinds))[:, [kinds.index(need) for need in needs]]


def _weights(bins: NDArray[np.int64], groups: NDArray[np.int64]) -> tuple[float, ...]:
    """The histogram of windows whose groups have weight 1 each."""
    sizes = np.bincount(groups)
    found = np.bincount(bins, weights=1.0 / sizes[groups], minlength=BINS)
    return tuple(float(weight) for weight in np.round(found, DIGITS))


def write_reference(
    path: Path,
    model: Model,
    inputs: NDArray[np.int8],
    columns: Sequence[Columns] | None = None,
    shipments: Sequence[int] | NDArray[np.int64] | None = None,
) -> None:
    """Writes the reference of a model (see make_reference)."""
    path.write_text(make_reference(model, inputs, columns, shipments).text(), encoding="utf-8")
