"""What no blob can hold exactly is refused by name."""

from collections.abc import Callable

import numpy as np
import pytest

from cargoseal.model.compile import compiled
from cargoseal.model.features_file import parse_features
from cargoseal.model.lowering import lower
from cargoseal.model.tflite_reader import TfliteError, read_tflite
from cargoseal_score.errors import ScoreError
from tests.models import nets
from tests.models import tflite_files as tf
from tests.models.importer_nets import (
    NETS,
    PARTS,
    lowered,
    with_table,
)
from tests.models.nets import Rng
from tests.models.tflite_files import File, Tensor


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
