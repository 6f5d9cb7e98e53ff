"""A .tflite of one's own becomes a blob with the same bits as the interpreters'."""

import sys
from array import array
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from cargoseal.model.comparison import compare
from cargoseal.model.compile import METADATA_NAME, compiled
from cargoseal.model.features_file import parse_features
from cargoseal.model.lowering import FLOATING_RUNTIMES, FULLY_CONNECTED_WARNING, Lowering, lower
from cargoseal.model.tflite_reader import TfliteError, read_tflite
from cargoseal.scoring import tflite as runtime
from cargoseal_score.blob import load
from cargoseal_score.infer import run_layer, score
from tests.models import nets
from tests.models.importer_nets import (
    NETS,
    PARTS,
    a_fully_connected_layer,
    a_keras_conv1d_export,
    lowered,
)
from tests.models.nets import Rng, an_autoencoder, table
from tests.models.tflite_files import File
from tests.shared_data import absent

VARIANTS = 20
INPUTS = 500  # of each variant: 10,000 for each operator


def rows_of(width: int, count: int, rng: Rng) -> list[bytes]:
    """Constants, single extremes, extremes everywhere, values near the middle, anything at all."""
    made = [np.full((1, width), v) for v in (-128, -127, -1, 0, 1, 126, 127)]
    made += [np.diag(np.full(width, v)) for v in (-128, 127)]
    made.append(rng.choice([-128, 127], (count // 4, width)))
    made.append(rng.normal(0, 12, (count // 4, width)).clip(-128, 127))
    rows: NDArray[np.int8] = np.concatenate(made).astype(np.int8)
    rest = rng.integers(-128, 128, (max(0, count - len(rows)), width)).astype(np.int8)
    return [row.tobytes() for row in np.concatenate([rows, rest])[:count]]


# Here the importer warns: FULLY_CONNECTED is no integer kernel in every runtime.
WARNED = [a_fully_connected_layer, a_keras_conv1d_export]
EXACT = [
    (net, name)
    for net in NETS
    for name in ("tflite-runtime", "ai-edge-litert")
    if net not in WARNED or name not in FLOATING_RUNTIMES
]


def need(name: str) -> None:
    """Skips where this Python has no wheel of the runtime; in CI its absence is a failure."""
    if name in runtime.runtime_names():
        return
    if name == "tflite-runtime" and sys.version_info >= (3, 12):
        pytest.skip("tflite-runtime has no wheel for this Python")
    absent(name)


@pytest.mark.parametrize(("net", "name"), EXACT, ids=lambda one: getattr(one, "__name__", one))
def test_gives_the_interpreters_bits_on_ten_thousand_inputs(
    net: Callable[[Rng], File], name: str
) -> None:
    need(name)
    compared = 0
    for seed in range(VARIANTS):
        rng = np.random.default_rng(seed)
        data = net(rng).write()
        lowering = lower(read_tflite(data))
        assert bool(lowering.warnings) == (net in WARNED)
        rows = rows_of(lowering.layers[0].inputs, INPUTS, rng)
        assert compare(data, lowering, rows, name) is None, f"seed {seed}"
        compared += len(rows)
    assert compared == 10_000


@pytest.mark.parametrize("net", WARNED, ids=lambda net: net.__name__)
def test_a_runtime_that_computes_in_floating_point_is_one_step_off_at_most(
    net: Callable[[Rng], File],
) -> None:
    """Each layer is given what the runtime gave the one before, so that steps do not add up."""
    need("ai-edge-litert")
    steps = np.zeros(256, dtype=int)
    for seed in range(VARIANTS):
        rng = np.random.default_rng(seed)
        data = net(rng).write()
        lowering = lower(read_tflite(data))
        oracle = runtime.Oracle(data, "ai-edge-litert")
        scale, zero = lowering.input_scale, lowering.input_zero_point
        for row in rows_of(lowering.layers[0].inputs, INPUTS // 2, rng):
            given = row
            for layer, theirs in zip(
                lowering.layers, oracle.run_tensors(row, lowering.returns, scale, zero), strict=True
            ):
                ours = np.array(run_layer(layer, array("b", given)), dtype=int)
                off = np.abs(ours - np.frombuffer(theirs, np.int8))
                steps += np.bincount(off, minlength=256)
                given = theirs
    assert steps[2:].sum() == 0
    assert 0 < steps[1] < steps[0] / 100  # else the importer would warn for nothing, or too mildly


@pytest.mark.parametrize("net", [an_autoencoder, a_keras_conv1d_export])
def test_the_score_is_the_error_of_the_interpreters_output(net: Callable[[Rng], File]) -> None:
    if net is a_keras_conv1d_export:
        need("tflite-runtime")
    elif not runtime.runtime_names():
        absent("a TensorFlow Lite runtime")
    rng = np.random.default_rng(3)
    file = net(rng)
    file.metadata[METADATA_NAME] = table(16)
    data = file.write()
    done = compiled(data)
    model, oracle = load(done.blob), runtime.Oracle(data)
    last = done.lowering.returns[-1]
    scale, zero = done.lowering.input_scale, done.lowering.input_zero_point
    for row in rows_of(16, 1000, rng):
        (out,) = oracle.run_tensors(row, [last], scale, zero)
        error = np.frombuffer(out, np.int8).astype(int) - np.frombuffer(row, np.int8)
        assert score(model, row) == int((error**2).sum())


def outputs(lowering: Lowering, row: bytes) -> bytes:
    x = array("b", row)
    for layer in lowering.layers:
        x = run_layer(layer, x)
    return x.tobytes()


def test_a_row_of_the_dense_layer_holds_what_its_output_looks_at_and_zeros() -> None:
    rng = np.random.default_rng(4)
    lowering = lowered(nets.conv(rng, nets.start(rng, (1, 1, 6, 1)), 1, (1, 3)))
    matrix = np.array(lowering.layers[0].weights).reshape(6, 6)
    for i in range(6):
        for j in range(6):
            assert abs(i - j) <= 1 or matrix[i, j] == 0
    assert matrix[0, 0] == matrix[3, 3] and matrix[0, 1] == matrix[4, 5]


def test_a_dense_layer_is_warned_of_once() -> None:
    rng = np.random.default_rng(5)
    file = nets.fully_connected(rng, nets.start(rng, (1, 6)), 4)
    lowering = lowered(nets.fully_connected(rng, file, 6))
    assert lowering.warnings == [FULLY_CONNECTED_WARNING]
    assert len(lowering.layers) == 2


def test_rescaling_is_exactly_the_quantize_operator() -> None:
    rng = np.random.default_rng(6)
    file = nets.conv(rng, nets.start(rng, (1, 1, 8, 2)), 2, (1, 3))
    x = file.tensors[0]
    rescaled = parse_features(PARTS.format(rescale="true"), 0, "f", as_json=False)
    plain = parse_features(PARTS.format(rescale="false"), 0, "f", as_json=False)
    with pytest.raises(TfliteError, match="rescale = true"):
        compiled(file.write(), plain)
    appended = compiled(file.write(), rescaled).blob
    nets.requantize(file, x.scales[0], x.zero_points[0])
    assert compiled(file.write(), plain).blob == appended
