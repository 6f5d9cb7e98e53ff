"""A .tflite of one's own becomes a blob with the same bits, or is refused by name."""

from array import array
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from cargoseal.errors import InputError
from cargoseal.model.comparison import compare
from cargoseal.model.compile import METADATA_NAME, compiled
from cargoseal.model.features_file import parse_features
from cargoseal.model.importer import import_model
from cargoseal.model.lowering import FLOATING_RUNTIMES, FULLY_CONNECTED_WARNING, Lowering, lower
from cargoseal.model.tflite_reader import TfliteError, read_tflite
from cargoseal.scoring import tflite as runtime
from cargoseal_score.blob import load
from cargoseal_score.errors import ScoreError
from cargoseal_score.infer import run_layer, score
from tests.models import nets
from tests.models import tflite_files as tf
from tests.models.nets import Rng, an_autoencoder, table
from tests.models.tflite_files import File, Tensor
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


def int8_shape(rng: Rng) -> tuple[int, int, int, int]:
    return (1, 1, int(rng.integers(3, 12)), int(rng.integers(1, 4)))


def a_convolution(rng: Rng) -> File:
    tall = bool(rng.integers(2))
    _, _, steps, channels = int8_shape(rng)
    shape = (1, steps, 1, channels) if tall else (1, 1, steps, channels)
    taps = int(rng.integers(1, 4))
    return nets.conv(
        rng,
        nets.start(rng, shape),
        int(rng.integers(1, 4)),
        (taps, 1) if tall else (1, taps),
        stride=int(rng.integers(1, 4)),
        padding=int(rng.integers(2)),
        activation=int(rng.choice([tf.NONE, tf.RELU, tf.RELU6])),
        per_channel=bool(rng.integers(2)),
    )


def a_pointwise_convolution(rng: Rng) -> File:
    file = nets.start(rng, (1, int(rng.integers(1, 4)), int(rng.integers(1, 4)), 3))
    return nets.conv(rng, file, 3, (1, 1), stride=int(rng.integers(1, 3)))


def a_dilated_convolution(rng: Rng) -> File:
    file = nets.start(rng, (1, 1, int(rng.integers(5, 12)), 2))
    padding = int(rng.integers(2))
    return nets.conv(rng, file, 2, (1, 3), padding=padding, dilation=2, activation=tf.RELU)


def a_depthwise_convolution(rng: Rng) -> File:
    dilation = int(rng.integers(1, 3))
    return nets.depthwise(
        rng,
        nets.start(rng, (1, 1, int(rng.integers(5, 12)), int(rng.integers(1, 4)))),
        (1, int(rng.integers(1, 4))),
        each=int(rng.integers(1, 3)),
        stride=1 if dilation > 1 else int(rng.integers(1, 4)),
        padding=int(rng.integers(2)),
        activation=int(rng.choice([tf.NONE, tf.RELU, tf.RELU6])),
        dilation=dilation,
    )


def a_fully_connected_layer(rng: Rng) -> File:
    rows, keep = int(rng.integers(1, 3)), bool(rng.integers(2))
    shape = (rows, int(rng.integers(1, 20)))
    file = nets.start(rng, (1, *shape) if keep else shape)
    activation = int(rng.choice([tf.NONE, tf.RELU, tf.RELU6]))
    outputs, bias = int(rng.integers(1, 12)), bool(rng.integers(3))
    per_channel = not keep and bool(rng.integers(2))
    return nets.fully_connected(rng, file, outputs, activation, rows, bias, keep, per_channel)


def a_change_of_scale(rng: Rng) -> File:
    file = nets.start(rng, (1, 12))
    scale = float(np.float32(nets.newest(file).scales[0] * np.exp(rng.uniform(-3, 3))))
    return nets.requantize(file, scale, int(rng.integers(-128, 128)))


def reshapes_around_a_convolution(rng: Rng) -> File:
    file = nets.expand(nets.start(rng, (1, 6, 3)), int(rng.choice([1, -3])))
    file = nets.squeeze(nets.conv(rng, file, 2, (1, 3)), 1)
    return nets.reshape(file, (1, 12), (-1, 12))


def a_keras_conv1d_export(rng: Rng) -> File:
    """Float ends, Conv1D as EXPAND_DIMS, CONV_2D, SQUEEZE, a Reshape of unknown batch, Dense."""
    file = nets.quantize_input(rng, nets.start(rng, (1, 8, 2), tf.FLOAT32))
    x = nets.newest(file)
    file = nets.conv(rng, nets.expand(file, 1), 3, (1, 3), stride=2, activation=tf.RELU)
    file = nets.reshape_by_calculation(nets.squeeze(file, 1), (1, 12))
    file = nets.reshape(nets.fully_connected(rng, file, 16), (1, 8, 2))
    return nets.dequantize(nets.requantize(file, x.scales[0], x.zero_points[0]))


NETS = [
    a_convolution, a_pointwise_convolution, a_dilated_convolution, a_depthwise_convolution,
    a_fully_connected_layer, a_change_of_scale, reshapes_around_a_convolution,
    a_keras_conv1d_export, an_autoencoder,
]  # fmt: skip


@pytest.mark.parametrize("net", NETS, ids=lambda net: net.__name__)
@pytest.mark.parametrize("name", ["tflite-runtime", "ai-edge-litert"])
def test_gives_the_interpreters_bits_on_ten_thousand_inputs(
    net: Callable[[Rng], File], name: str
) -> None:
    if name not in runtime.runtime_names():
        if not runtime.runtime_names():
            absent("a TensorFlow Lite runtime")
        pytest.skip(f"{name} is not the runtime of this Python")
    compared = 0
    for seed in range(VARIANTS):
        rng = np.random.default_rng(seed)
        data = net(rng).write()
        lowering = lower(read_tflite(data))
        if lowering.warnings and name in FLOATING_RUNTIMES:
            pytest.skip(f"{name} computes FULLY_CONNECTED in floating point")
        rows = rows_of(lowering.layers[0].inputs, INPUTS, rng)
        assert compare(data, lowering, rows, name) is None, f"seed {seed}"
        compared += len(rows)
    assert compared == 10_000


@pytest.mark.parametrize("net", [an_autoencoder, a_keras_conv1d_export])
def test_the_score_is_the_error_of_the_interpreters_output(net: Callable[[Rng], File]) -> None:
    exact = [name for name in runtime.runtime_names() if name not in FLOATING_RUNTIMES]
    if not runtime.runtime_names():
        absent("a TensorFlow Lite runtime")
    if net is a_keras_conv1d_export and not exact:
        pytest.skip("no runtime here computes FULLY_CONNECTED in integers")
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


def lowered(file: File) -> Lowering:
    return lower(read_tflite(file.write()))


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


PARTS = """
rescale = {rescale}
[[input]]
parts = 8
each = [{{ channel = "temperature", zero = 0, one = 100 }},
        {{ channel = "humidity", range = [0, 10000] }}]
"""


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


# -- refusals ------------------------------------------------------------------------------------


def some() -> tuple[Rng, File]:
    rng = np.random.default_rng(9)
    return rng, nets.start(rng, (1, 1, 8, 2))


def simple(**options: int) -> File:
    """A convolution whose options may be spoilt."""
    rng, file = some()
    nets.conv(rng, file, 2, (1, 3))
    slots = {"padding": 0, "stride": 1, "activation": 3, "dilation": 4}
    file.operators[0].options = dict(file.operators[0].options) | {
        slots[name]: value for name, value in options.items()
    }
    return file


def spoilt(change: Callable[[File], object]) -> File:
    """A convolution that something was done to: tensors are input, weights, biases, output."""
    file = simple()
    change(file)
    return file


def as_type(index: int, type: int) -> Callable[[File], object]:
    return lambda file: setattr(file.tensors[index], "type", type)


def with_operator(code: int) -> File:
    file = simple()
    file.operators[0].code = code
    return file


def a_square_kernel() -> File:
    rng = np.random.default_rng(9)
    return nets.conv(rng, nets.start(rng, (1, 4, 4, 1)), 1, (2, 2))


def a_group() -> File:
    rng, file = some()
    nets.conv(rng, file, 2, (1, 3))
    values = np.ones((2, 1, 3, 1), np.int8)
    file.tensors[1] = tf.weights(values, [0.01, 0.01])
    return file


def too_wide() -> File:
    rng = np.random.default_rng(9)
    return nets.conv(rng, nets.start(rng, (1, 1, 129, 2)), 2, (1, 1))


def too_wide_inside() -> File:
    rng = np.random.default_rng(9)
    return nets.conv(rng, nets.start(rng, (1, 1, 128, 2)), 3, (1, 1))


def too_deep() -> File:
    rng, file = some()
    for _ in range(9):
        nets.conv(rng, file, 2, (1, 1))
    return file


def too_many_operators() -> File:
    rng, file = some()
    nets.conv(rng, file, 2, (1, 1))
    for _ in range(64):
        nets.reshape(file, (1, 1, 8, 2))
    return file


def a_branch() -> File:
    rng, file = some()
    nets.conv(rng, file, 2, (1, 1))
    nets.conv(rng, file, 2, (1, 1))
    file.operators[1].inputs[0] = 0
    return file


def another_end() -> File:
    rng, file = some()
    nets.conv(rng, file, 2, (1, 1))
    nets.conv(rng, file, 2, (1, 1))
    file.outputs = [3]
    return file


def nothing_to_compute() -> File:
    return nets.reshape(some()[1], (1, 16))


def a_reshape_of_another_size() -> File:
    file = nets.reshape(simple(), (1, 16), (1, 15))
    return file


def a_reshape_that_says_another_shape() -> File:
    return nets.reshape(simple(), (1, 1, 4, 4), (1, 2, 4, 2))


def a_reshape_that_changes_the_scale() -> File:
    file = nets.reshape(simple(), (1, 16))
    file.tensors[file.at].scales = (0.5,)
    return file


def a_squeeze_of_what_is_not_one() -> File:
    file = simple()
    return file.then(tf.SQUEEZE, nets.same(file, (1, 1, 2)), [], {0: [2]})


def an_expansion_to_nowhere() -> File:
    file = simple()
    return file.then(tf.EXPAND_DIMS, nets.same(file, (1, 1, 1, 8, 2)), [tf.ints((7,))])


def a_shape_that_is_not_known() -> File:
    file = nets.reshape(simple(), (1, 16))
    file.tensors[file.operators[-1].inputs[1]].data = b""
    return file


def a_slice_of_two_steps() -> File:
    rng, file = some()
    nets.reshape_by_calculation(file, (1, 1, 8, 2))
    file.tensors[file.operators[1].inputs[3]].data = tf.ints((2,)).data
    return nets.conv(rng, file, 2, (1, 1))


def a_pack_along_another_axis() -> File:
    rng, file = some()
    nets.reshape_by_calculation(file, (1, 1, 8, 2))
    file.operators[2].options = {0: 4, 1: 1}
    return nets.conv(rng, file, 2, (1, 1))


def a_float_in_the_middle() -> File:
    file = nets.dequantize(simple())
    return nets.requantize(file, 0.1, 0)


def a_quantize_to_uint8() -> File:
    file = simple()
    return file.then(tf.QUANTIZE, Tensor((1, 1, 8, 2), tf.UINT8, (0.1,), (128,)))


def a_factor_above_one() -> File:
    file = simple()
    file.tensors[-1].scales = (1e-6,)
    return file


def a_change_of_scale_too_far() -> File:
    return nets.requantize(simple(), 1e-6, 0)


def weights_with_scales_along_another_axis() -> File:
    file = simple()
    file.tensors[1].axis = 3
    return file


def dense() -> File:
    rng = np.random.default_rng(9)
    return nets.fully_connected(rng, nets.start(rng, (1, 6)), 4)


def a_dense_layer_of_another_shape() -> File:
    file = dense()
    file.tensors[file.at].shape = (2, 2)
    return file


def a_dense_layer_that_keeps_no_shape() -> File:
    file = dense()
    file.tensors[0].shape = (3, 2)
    file.operators[0].options = {0: 0, 2: 1}
    return file


def dense_weights_in_another_format() -> File:
    file = dense()
    file.operators[0].options = {0: 0, 1: 1}
    return file


def a_dense_layer_that_the_interpreter_computes_wrongly() -> File:
    rng = np.random.default_rng(9)
    file = nets.start(rng, (1, 2, 6))
    return nets.fully_connected(rng, file, 4, rows=2, keep=True, per_channel=True)


REFUSED: dict[str, tuple[Callable[[], File], str]] = {
    "a_max_pool": (lambda: with_operator(17), "operator 0, MAX_POOL_2D is not supported; what is"),
    "an_lstm": (lambda: with_operator(44), "UNIDIRECTIONAL_SEQUENCE_LSTM is not"),
    "a_padding_operator": (lambda: with_operator(34), "PAD is not"),
    "a_transposed_convolution": (lambda: with_operator(67), "TRANSPOSE_CONV is not"),
    "an_addition": (lambda: with_operator(0), "ADD is not"),
    "a_relu_of_its_own": (lambda: with_operator(19), "RELU is not"),
    "a_custom_operator": (lambda: with_operator(32), "CUSTOM is not"),
    "an_unknown_operator": (lambda: with_operator(126), "BATCH_MATMUL is not"),
    "options_of_another_operator": (lambda: with_operator(9), "FULLY_CONNECTED: options|weights"),
    "tanh": (lambda: simple(activation=tf.TANH), "fused TANH; use RELU"),
    "relu_n1_to_1": (lambda: simple(activation=tf.RELU_N1_TO_1), "fused RELU_N1_TO_1"),
    "unknown_padding": (lambda: simple(padding=2), "padding 2"),
    "a_stride_of_zero": (lambda: simple(stride=0), "stride"),
    "a_dilation_of_zero": (lambda: simple(dilation=0), "dilation 0"),
    "a_kernel_of_two_dimensions": (a_square_kernel, "kernel 2x2, expected 1xk or kx1"),
    "groups": (a_group, "weights for 1 channels, 2 come: groups"),
    "an_input_of_more_than_256": (too_wide, "258 elements, at most 256"),
    "a_layer_of_more_than_256": (too_wide_inside, "384 elements, at most 256"),
    "nine_layers": (too_deep, "more than 8 layers"),
    "more_operators_than_anyone_needs": (too_many_operators, "65 operators"),
    "a_branch": (a_branch, "one chain without branches"),
    "an_output_in_the_middle": (another_end, "the chain ends at tensor"),
    "nothing_to_compute": (nothing_to_compute, "no operator that computes"),
    "two_inputs": (lambda: spoilt(lambda f: f.inputs.append(1)), "2 inputs, expected 1"),
    "two_outputs": (lambda: spoilt(lambda f: setattr(f, "outputs", [3, 0])), "2 outputs"),
    "a_reshape_to_another_size": (a_reshape_of_another_size, "do not fit the shape"),
    "a_reshape_that_states_another_shape": (a_reshape_that_says_another_shape, "gives"),
    "a_reshape_to_another_scale": (a_reshape_that_changes_the_scale, "changes type, scale"),
    "a_squeeze_of_what_is_not_one": (a_squeeze_of_what_is_not_one, "not all 1"),
    "an_expansion_to_nowhere": (an_expansion_to_nowhere, "axis"),
    "a_shape_that_is_not_known": (a_shape_that_is_not_known, "no constant shape"),
    "a_slice_with_a_stride": (a_slice_of_two_steps, "stride 1"),
    "a_pack_along_another_axis": (a_pack_along_another_axis, "axis 0"),
    "floats_in_the_middle": (a_float_in_the_middle, "FLOAT32 in the middle"),
    "an_output_of_uint8": (a_quantize_to_uint8, "inference_output_type"),
    "an_input_of_uint8": (
        lambda: spoilt(as_type(0, tf.UINT8)),
        "input is UINT8, expected INT8.*inference_input_type",
    ),
    "float_weights": (lambda: spoilt(as_type(1, tf.FLOAT32)), "weights .* are FLOAT32.*full integ"),
    "four_bit_weights": (lambda: spoilt(as_type(1, 17)), "are INT4"),
    "activations_of_16_bits": (lambda: spoilt(as_type(3, 7)), "is INT16, expected INT8"),
    "biases_of_64_bits": (lambda: spoilt(as_type(2, 4)), "biases are INT64"),
    "sparse_weights": (
        lambda: spoilt(lambda f: setattr(f.tensors[1], "sparse", True)),
        "constant dense",
    ),
    "weights_with_a_zero_point": (
        lambda: spoilt(lambda f: setattr(f.tensors[1], "zero_points", (1, 0))),
        "symmetric",
    ),
    "too_few_weight_scales": (
        lambda: spoilt(lambda f: setattr(f.tensors[1], "scales", (0.1, 0.1, 0.1))),
        "3 weight scales for 2 channels",
    ),
    "weight_scales_along_another_axis": (weights_with_scales_along_another_axis, "axis 3"),
    "half_of_the_weights": (
        lambda: spoilt(lambda f: setattr(f.tensors[1], "data", b"\1" * 6)),
        "weights .* 6 bytes",
    ),
    "a_bias_scale_that_does_not_follow": (
        lambda: spoilt(lambda f: setattr(f.tensors[2], "scales", (0.5, 0.5))),
        "bias scale",
    ),
    "an_activation_with_two_scales": (
        lambda: spoilt(lambda f: setattr(f.tensors[3], "scales", (0.5, 0.5))),
        "2 scales, expected 1",
    ),
    "filters_that_do_not_come_out": (
        lambda: spoilt(lambda f: setattr(f.tensors[3], "shape", (1, 1, 8, 3))),
        r"gives \(1, 1, 8, 2\).*shape \(1, 1, 8, 3\)",
    ),
    "a_dense_layer_of_another_shape": (a_dense_layer_of_another_shape, r"gives \(1, 4\)"),
    "a_dense_layer_that_keeps_no_shape": (a_dense_layer_that_keeps_no_shape, "keeps the shape"),
    "a_dense_layer_that_the_interpreter_computes_wrongly": (
        a_dense_layer_that_the_interpreter_computes_wrongly,
        "scale per channel on a tensor of 3 dimensions",
    ),
    "dense_weights_in_another_format": (dense_weights_in_another_format, "in format 1"),
    "an_output_of_another_shape": (
        lambda: spoilt(lambda f: setattr(f.tensors[3], "shape", (1, 1, 7, 2))),
        r"shape \(1, 1, 7, 2\)",
    ),
    "an_unknown_size": (
        lambda: spoilt(lambda f: setattr(f.tensors[0], "shape", (1, 1, -1, 2))),
        "not known sizes|known sizes",
    ),
    "a_factor_that_needs_a_left_shift": (a_factor_above_one, "operator 0, CONV_2D: requantization"),
    "a_change_of_scale_too_far": (a_change_of_scale_too_far, "-6 to 31|6 to the left"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refuses(name: str) -> None:
    make, words = REFUSED[name]
    data = make().write()
    with pytest.raises((TfliteError, ScoreError), match=words):
        lower(read_tflite(data))


def test_the_spoilt_convolution_is_fine_when_it_is_not_spoilt() -> None:
    assert len(lowered(simple()).layers) == 1


def with_table(file: File, width: int) -> bytes:
    file.metadata[METADATA_NAME] = table(width)
    return file.write()


def test_refuses_an_output_narrower_than_the_input() -> None:
    rng, file = some()
    data = with_table(nets.conv(rng, file, 1, (1, 1)), 16)
    with pytest.raises(TfliteError, match="16 inputs and 8 outputs, expected as many"):
        compiled(data)


def test_refuses_another_scale_at_the_end_and_says_what_to_do() -> None:
    with pytest.raises(TfliteError, match=r"differ in scale.*fake_quant.*rescale = true"):
        compiled(with_table(simple(), 16))


def test_refuses_a_blob_that_no_contract_could_hold_with_the_numbers() -> None:
    rng = np.random.default_rng(1)
    file = nets.start(rng, (1, 1, 128, 1))
    x = nets.newest(file)
    nets.conv(rng, file, 1, (1, 3))
    nets.requantize(file, x.scales[0], x.zero_points[0])
    with pytest.raises(ScoreError, match=r"at most 24576 bytes .*got 32768 weights"):
        compiled(with_table(file, 128))


def test_refuses_a_neuron_whose_sum_could_leave_24_bits() -> None:
    file = simple()
    file.tensors[2].data = np.array([1 << 24, 0], "<i4").tobytes()
    x = file.tensors[0]
    with pytest.raises(ScoreError, match=r"reach: expected below 2\^24"):
        compiled(with_table(nets.requantize(file, x.scales[0], x.zero_points[0]), 16))


def test_refuses_a_features_file_beside_a_table_of_its_own() -> None:
    table_file = parse_features(PARTS.format(rescale="true"), 0, "f", as_json=False)
    with pytest.raises(TfliteError, match="leave the features file away"):
        compiled(with_table(simple(), 16), table_file)


def test_hostile_files_compile_or_are_refused_and_nothing_else() -> None:
    rng = np.random.default_rng(12)
    files = []
    for net in NETS:
        file = net(rng)
        width = lower(read_tflite(file.write())).layers[0].inputs
        files.append(with_table(file, width))
    compiled_ones = 0
    for turn in range(4000):
        data = bytearray(files[turn % len(files)])
        for _ in range(int(rng.integers(1, 6))):
            data[int(rng.integers(len(data)))] = int(rng.choice([0, 1, 127, 128, 255, *range(8)]))
        if turn % 5 == 0:
            del data[int(rng.integers(8, len(data))) :]
        try:
            compiled(bytes(data))
            compiled_ones += 1
        except (TfliteError, ScoreError):
            pass
    assert 40 < compiled_ones < 3000


# -- the folder ----------------------------------------------------------------------------------


def autoencoder_file(folder: Path) -> Path:
    path = folder / "net.tflite"
    path.write_bytes(an_autoencoder(np.random.default_rng(2)).write())
    return path


def features_file(folder: Path, rescale: str = "false") -> Path:
    path = folder / "features.toml"
    path.write_text(PARTS.format(rescale=rescale))
    return path


def test_an_import_is_a_whole_folder_that_says_it_was_not_evaluated(tmp_path: Path) -> None:
    made = import_model(autoencoder_file(tmp_path), features_file(tmp_path), "climate", "pallet-v1")
    assert sorted(made.files) == [
        "card.md", "features.toml", "golden.json", "lineage.json", "metrics.json", "model.blob",
        "model.tflite",
    ]  # fmt: skip
    card = made.files["card.md"].decode()
    assert card.startswith("# pallet-v1\n") and "Not evaluated." in card
    assert "parts of 8" in card and "0 to 14, every 2" in card
    assert load(made.files["model.blob"]).inputs == 16


def test_importing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    arguments = (autoencoder_file(tmp_path), features_file(tmp_path), "climate", "pallet-v1")
    assert import_model(*arguments).files == import_model(*arguments).files


@pytest.mark.parametrize(
    "name, words",
    [("Pallet", "a-z"), ("../x", "a-z"), ("", "a-z")],
)
def test_refuses_a_name_that_is_no_folder(tmp_path: Path, name: str, words: str) -> None:
    with pytest.raises(Exception, match=words):
        import_model(autoencoder_file(tmp_path), features_file(tmp_path), "climate", name)


def test_refuses_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no\.tflite: expected a \.tflite file"):
        import_model(tmp_path / "no.tflite", None, "climate", "x")


def test_refuses_a_file_without_a_table_and_without_a_features_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a features file says what goes in"):
        import_model(autoencoder_file(tmp_path), None, "climate", "x")


def test_refuses_the_table_of_another_kind_of_window(tmp_path: Path) -> None:
    path = tmp_path / "net.tflite"
    path.write_bytes(with_table(an_autoencoder(np.random.default_rng(2)), 16))
    assert import_model(path, None, "climate", "x").files["model.blob"]
    with pytest.raises(InputError, match="of another kind than handling"):
        import_model(path, None, "handling", "x")
