"""Random quantized networks as converters write them, layer by layer."""

import math

import numpy as np

from cargoseal.model.compile import feature_metadata
from cargoseal_score.model import KIND_CLIMATE, Feature
from tests.models import tflite_files as tf
from tests.models.tflite_files import File, Tensor, biases, ints, weights

Rng = np.random.Generator


def start(
    rng: Rng, shape: tuple[int, ...], type: int = tf.INT8, zero_point: int | None = None
) -> File:
    """A network's input, of a random scale and zero point."""
    scale = float(np.float32(rng.uniform(0.01, 0.1)))
    zero = int(rng.integers(-128, 128)) if zero_point is None else zero_point
    return File().start(shape, scale, zero, type)


def newest(file: File) -> Tensor:
    return file.tensors[file.at]


def _size(size: int, kernel: int, stride: int, padding: int, dilation: int) -> int:
    if padding == tf.SAME:
        return -(-size // stride)
    return (size - ((kernel - 1) * dilation + 1)) // stride + 1


def _activation(rng: Rng, shape: tuple[int, ...], x_scale: float, reach: float) -> Tensor:
    """An output whose range about half of the accumulators stay inside."""
    scale = float(np.float32(x_scale * reach * rng.uniform(0.5, 1.5)))
    return Tensor(shape, tf.INT8, (scale,), (int(rng.integers(-128, 128)),))


def conv(
    rng: Rng,
    file: File,
    filters: int,
    kernel: tuple[int, int],
    stride: int = 1,
    padding: int = tf.SAME,
    activation: int = tf.NONE,
    dilation: int = 1,
    per_channel: bool = True,
) -> File:
    """CONV_2D with a kernel (height, width)."""
    x = newest(file)
    batch, height, width, depth = x.shape
    scales = rng.uniform(0.001, 0.01, filters if per_channel else 1).astype(np.float32)
    values = rng.integers(-127, 128, (filters, *kernel, depth)).astype(np.int8)
    shape = (
        batch,
        _size(height, kernel[0], stride, padding, dilation),
        _size(width, kernel[1], stride, padding, dilation),
        filters,
    )
    taps = math.prod(kernel) * depth
    to = _activation(rng, shape, x.scales[0], float(scales.max()) * 127 * math.sqrt(taps) / 3)
    more = [weights(values, scales.tolist()), _biases(rng, filters, x.scales[0], scales)]
    options = {0: padding, 1: stride, 2: stride, 3: activation, 4: dilation, 5: dilation}
    return file.then(tf.CONV_2D, to, more, options)


def depthwise(
    rng: Rng,
    file: File,
    kernel: tuple[int, int],
    each: int = 1,
    stride: int = 1,
    padding: int = tf.SAME,
    activation: int = tf.NONE,
    dilation: int = 1,
) -> File:
    """DEPTHWISE_CONV_2D with `each` outputs for each channel."""
    x = newest(file)
    batch, height, width, depth = x.shape
    channels = depth * each
    scales = rng.uniform(0.001, 0.01, channels).astype(np.float32)
    values = rng.integers(-127, 128, (1, *kernel, channels)).astype(np.int8)
    shape = (
        batch,
        _size(height, kernel[0], stride, padding, dilation),
        _size(width, kernel[1], stride, padding, dilation),
        channels,
    )
    reach = float(scales.max()) * 127 * math.sqrt(math.prod(kernel)) / 3
    to = _activation(rng, shape, x.scales[0], reach)
    more = [weights(values, scales.tolist(), 3), _biases(rng, channels, x.scales[0], scales)]
    options = {
        0: padding, 1: stride, 2: stride, 3: each, 4: activation, 5: dilation, 6: dilation
    }  # fmt: skip
    return file.then(tf.DEPTHWISE_CONV_2D, to, more, options)


def fully_connected(
    rng: Rng,
    file: File,
    outputs: int,
    activation: int = tf.NONE,
    rows: int = 1,
    bias: bool = True,
    keep: bool = False,
    per_channel: bool = False,
) -> File:
    """FULLY_CONNECTED on `rows` rows of the input; `keep`: its shape."""
    x = newest(file)
    inputs = math.prod(x.shape) // rows
    scales = rng.uniform(0.001, 0.01, outputs if per_channel else 1).astype(np.float32)
    values = rng.integers(-127, 128, (outputs, inputs)).astype(np.int8)
    reach = float(scales.max()) * 127 * math.sqrt(inputs) / 3
    to = _activation(rng, (rows, outputs), x.scales[0], reach)
    more: list[Tensor | int] = [weights(values, scales.tolist())]
    more.append(_biases(rng, outputs, x.scales[0], scales) if bias else -1)
    if keep:
        to.shape = (*x.shape[:-1], outputs)
    return file.then(tf.FULLY_CONNECTED, to, more, {0: activation, 2: int(keep)})


def _biases(rng: Rng, count: int, x_scale: float, scales: np.ndarray) -> Tensor:  # type: ignore[type-arg]
    return biases(rng.integers(-3000, 3000, count).astype(np.int32), x_scale, scales.tolist())


def same(file: File, shape: tuple[int, ...]) -> Tensor:
    """An activation of another shape with the newest tensor's quantization."""
    x = newest(file)
    return Tensor(shape, x.type, x.scales, x.zero_points)


def reshape(file: File, shape: tuple[int, ...], wanted: tuple[int, ...] | None = None) -> File:
    return file.then(tf.RESHAPE, same(file, shape), [ints(wanted or shape)], {})


def expand(file: File, axis: int) -> File:
    x = newest(file).shape
    at = axis % (len(x) + 1)
    return file.then(tf.EXPAND_DIMS, same(file, (*x[:at], 1, *x[at:])), [ints((axis,))])


def squeeze(file: File, axis: int) -> File:
    x = newest(file).shape
    return file.then(tf.SQUEEZE, same(file, x[:axis] + x[axis + 1 :]), [], {0: [axis]})


def requantize(file: File, scale: float, zero_point: int) -> File:
    x = newest(file)
    return file.then(tf.QUANTIZE, Tensor(x.shape, tf.INT8, (scale,), (zero_point,)))


def quantize_input(rng: Rng, file: File) -> File:
    """The QUANTIZE of a float input."""
    scale, zero = float(np.float32(rng.uniform(0.01, 0.1))), int(rng.integers(-128, 128))
    return requantize(file, scale, zero)


def dequantize(file: File) -> File:
    return file.then(tf.DEQUANTIZE, Tensor(newest(file).shape, tf.FLOAT32))


def reshape_by_calculation(file: File, shape: tuple[int, ...]) -> File:
    """What a Keras Reshape of unknown batch becomes: SHAPE, STRIDED_SLICE, PACK, RESHAPE."""
    x = newest(file)
    rank = file.tensor(Tensor((len(x.shape),), tf.INT32, name="shape"))
    batch = file.tensor(Tensor((), tf.INT32, name="batch"))
    wanted = file.tensor(Tensor((len(shape),), tf.INT32, name="wanted"))
    zero, one, step = (file.tensor(ints((n,))) for n in (0, 1, 1))
    sizes = [file.tensor(Tensor((), tf.INT32, data=ints((n,)).data)) for n in shape[1:]]
    add = file.operators.append
    add(tf.Operator(tf.SHAPE, [file.at], [rank], {0: tf.INT32}))
    add(tf.Operator(tf.STRIDED_SLICE, [rank, zero, one, step], [batch], {4: 1}))
    add(tf.Operator(tf.PACK, [batch, *sizes], [wanted], {0: len(shape), 1: 0}))
    return file.then(tf.RESHAPE, same(file, shape), [wanted], {})


def an_autoencoder(rng: Rng) -> File:
    """Strided and depthwise convolutions inwards, 1x1 outwards, back to the input's scale."""
    file = start(rng, (1, 1, 8, 2))
    x = newest(file)
    file = conv(rng, file, 4, (1, 3), stride=2, activation=tf.RELU)
    file = depthwise(rng, file, (1, 3), activation=tf.RELU6)
    file = conv(rng, file, 4, (1, 1))
    return requantize(reshape(file, (1, 16)), x.scales[0], x.zero_points[0])


def table(width: int) -> bytes:
    """A feature table for the metadata."""
    return feature_metadata(KIND_CLIMATE, [Feature(0, 0, 0, 4, 0, 9)] * width)
