"""The machines that must give the bits of the reference, each behind the same two functions.

The reference is `cargoseal_score` as bytecode in CPython. MicroPython runs that very source and is
asked apart (`proof`), by digest. To have one more machine proven, add a maker to a tuple below.
"""

from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np

from cargoseal import scoring
from cargoseal.scoring import ShippedModel, tflite
from cargoseal.scoring.fast_infer import InferencePlan, NoLineError
from cargoseal_score import features, infer
from cargoseal_score.blob import Model
from cargoseal_score.model import BURSTS
from tests.native import kernels, rv32

NUMPY = "numpy"
VIPER = f"viper ({rv32.NAME} machine code, emulated)"
INTERPRETED = "reference mode"

Columns = dict[int, list[int | None]]


class Window(NamedTuple):
    """The readings of a case, as scoring takes them."""

    offsets_ms: list[int]
    columns: Columns


class Answers(NamedTuple):
    """Per input: the last layer's outputs, int8 as bytes (none for a baseline), and the score."""

    outputs: list[bytes]
    scores: list[int]


Kernels = Callable[[Sequence[bytes]], Answers]
Features = Callable[[Sequence[Window]], list[bytes]]
KernelsMaker = Callable[[ShippedModel], Kernels | None]
FeaturesMaker = Callable[[ShippedModel], Features | None]


def numpy_kernels(one: ShippedModel) -> Kernels | None:
    """The gateway's fast twin; None for a model that only the reference kernels run exactly."""
    try:
        plan = InferencePlan(one.model)
    except NoLineError:
        return None

    def run(rows: Sequence[bytes]) -> Answers:
        x = _stacked(rows, one.model).astype(np.float64)
        outputs = plan.outputs(x).astype(np.int8) if one.model.layers else x[:, :0]
        return Answers([row.tobytes() for row in outputs], plan.scores(x))

    return run


def interpreter(runtime: str) -> KernelsMaker:
    """The TensorFlow Lite runtime of this name in reference mode; None for a baseline."""

    def make(one: ShippedModel) -> Kernels | None:
        if one.tflite is None:
            return None
        oracle = tflite.Oracle(one.tflite, runtime)

        def run(rows: Sequence[bytes]) -> Answers:
            outputs = [oracle.run(row) for row in rows]
            y = np.frombuffer(b"".join(outputs), np.int8).reshape(len(rows), -1)
            off = y.astype(np.int64) - _stacked(rows, one.model)
            return Answers(outputs, (off * off).sum(axis=1).tolist())

        return run

    return make


def viper_kernels(one: ShippedModel) -> Kernels | None:
    """The node's kernel as an ESP32-C3 runs it: the machine code of the compiled file, emulated;
    None for a baseline, which has no layer."""
    if not one.model.layers:
        return None
    dense = kernels.chip(rv32.Machine, rv32.NAME, names=("dense",)).modules.dense

    def run(rows: Sequence[bytes]) -> Answers:
        outputs, scores = [], []
        for row in rows:
            layers = [array("b", row)]
            for layer in one.model.layers:
                layers.append(dense.run_layer(layer, layers[-1]))
            outputs.append(layers[-1].tobytes())
            scores.append(infer.error(one.model, row, layers[1:]))
        return Answers(outputs, scores)

    return run


def numpy_features(one: ShippedModel) -> Features | None:
    """The gateway's fast twin; None for a model that asks for statistics of bursts: of those there
    is one implementation, which the gateway runs as well."""
    if any(feature.statistic >= BURSTS for feature in one.model.features):
        return None

    def run(windows: Sequence[Window]) -> list[bytes]:
        return [row for row, _ in scoring.rescore_many(one.model, windows)]

    return run


def viper_features(one: ShippedModel) -> Features:
    """The node's way on an ESP32-C3: what it does with each reading in the machine code of the
    compiled file, emulated; scaling, and the search of a fall, in the bytecode that is left."""
    kernels_ = kernels.chip(rv32.Machine, rv32.NAME, names=("memory", "statistics")).modules

    def run(windows: Sequence[Window]) -> list[bytes]:
        with _native(kernels_):
            return [features.extract(one.model, w.offsets_ms, w.columns) for w in windows]

    return run


@contextmanager
def _native(chip: SimpleNamespace) -> Iterator[None]:
    """The definition with its native twins, as it loads them on a chip."""
    before = features.native_summary, features.native_magnitudes
    features.native_summary = chip.statistics.summary
    features.native_magnitudes = chip.statistics.magnitudes
    try:
        yield
    finally:
        features.native_summary, features.native_magnitudes = before


def _stacked(rows: Sequence[bytes], model: Model) -> np.ndarray:  # type: ignore[type-arg]
    return np.frombuffer(b"".join(rows), np.int8).reshape(len(rows), model.inputs)


KERNELS: tuple[tuple[str, KernelsMaker], ...] = (
    (NUMPY, numpy_kernels),
    (VIPER, viper_kernels),
    *((f"{name}, {INTERPRETED}", interpreter(name)) for name in tflite.runtime_names()),
)
FEATURES: tuple[tuple[str, FeaturesMaker], ...] = (
    (NUMPY, numpy_features),
    (VIPER, viper_features),
)
