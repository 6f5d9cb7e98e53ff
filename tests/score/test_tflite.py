"""The reference kernels and the TensorFlow Lite interpreter give the same bits, layer by layer.

Every runtime that works here is asked, always in reference mode. The shipped models are asked by
tests/score/test_bits.py; here are models of many shapes.
"""

from array import array
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from cargoseal.model.compile import METADATA_NAME, compile_tflite, feature_metadata
from cargoseal.scoring import tflite as runtime
from cargoseal_score.blob import load
from cargoseal_score.infer import run_layers
from cargoseal_score.model import KIND_CLIMATE, Feature
from models.train.tflite_writer import DenseLayer, write_tflite
from tests.shared_data import absent

NO_RUNTIME = "none"
RUNTIMES = runtime.runtime_names() or [NO_RUNTIME]


def some_inputs(width: int, count: int, seed: int) -> NDArray[np.int8]:
    """Extremes, single extremes, boundaries, values near the zero point and anything at all."""
    rng = np.random.default_rng(seed)
    rows = [np.full((1, width), v) for v in (-128, -127, -1, 0, 1, 126, 127)]
    rows += [np.diag(np.full(width, v)) for v in (-128, 127)]
    rows.append(rng.choice([-128, 127], (count // 5, width)))
    rows.append(rng.normal(0, 12, (count // 3, width)).clip(-128, 127))
    made = np.concatenate(rows)
    rest = rng.integers(-128, 128, (max(0, count - len(made)), width))
    return np.asarray(np.concatenate([made, rest]), np.int8)


def as_bytes(row: "array[int]") -> bytes:
    return bytes(v & 255 for v in row)


def random_tflite(seed: int) -> bytes:
    """A model with random weights, widths, scales and zero points."""
    rng = np.random.default_rng(seed)
    middle = [int(n) for n in rng.integers(1, 40, rng.integers(1, 4))]
    width = int(rng.integers(1, 40))
    widths = [width, *middle, width]
    scale, zero = float(np.float32(rng.uniform(0.01, 2.0))), int(rng.integers(-128, 128))
    layers = []
    x_scale = scale
    for i, (a, b) in enumerate(pairwise(widths)):
        last = i == len(widths) - 2
        weight_scales = rng.uniform(0.001, 0.02, b).astype(np.float32)
        reach = x_scale * float(weight_scales.max()) * 127 * 255 * np.sqrt(a) / 4
        y_scale = scale if last else float(np.float32(reach / 255 * rng.uniform(0.6, 2.0)))
        if last:
            limit = scale * 0.99 / x_scale
            weight_scales = np.minimum(weight_scales, np.float32(limit)).astype(np.float32)
        weights = rng.integers(-127, 128, (b, a)).astype(np.int8)
        biases = rng.integers(-5000, 5000, b).astype(np.int32)
        y_zero = zero if last else int(rng.choice([-128, int(rng.integers(-128, 128))]))
        relu = not last and bool(rng.random() < 0.7)
        layers.append(DenseLayer(weights, biases, weight_scales, y_scale, y_zero, relu))
        x_scale = y_scale
    features = [Feature(i % 32, i % 9, i % 5, 10, 0, 1000) for i in range(width)]
    metadata = {METADATA_NAME: feature_metadata(KIND_CLIMATE, features)}
    return write_tflite(scale, zero, layers, metadata, "random")


@pytest.mark.parametrize("name", RUNTIMES)
@pytest.mark.parametrize("seed", range(20))
def test_a_random_model_gives_the_same_bits(seed: int, name: str) -> None:
    if name == NO_RUNTIME:
        absent("a TensorFlow Lite runtime")
    tflite = random_tflite(seed)
    model = load(compile_tflite(tflite))
    oracle = runtime.Oracle(tflite, name)
    for row in some_inputs(model.inputs, 150, seed):
        data = row.tobytes()
        assert [as_bytes(out) for out in run_layers(model, data)] == oracle.run_layers(data)


def test_a_runtime_that_is_not_here_is_refused_by_name() -> None:
    with pytest.raises(RuntimeError, match="onnx"):
        runtime.Oracle(random_tflite(0), "onnx")


def test_the_first_runtime_is_the_one_that_is_asked() -> None:
    assert runtime.runtime_name() == (runtime.runtime_names() or [None])[0]
