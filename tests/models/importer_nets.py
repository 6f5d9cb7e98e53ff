"""Small networks of every kind that the importer takes, and a table to go with them."""

import numpy as np

from cargoseal.model.compile import METADATA_NAME
from cargoseal.model.lowering import Lowering, lower
from cargoseal.model.tflite_reader import read_tflite
from tests.models import nets
from tests.models import tflite_files as tf
from tests.models.nets import Rng, an_autoencoder, table
from tests.models.tflite_files import File

PARTS = """
rescale = {rescale}
[[input]]
parts = 8
each = [{{ channel = "temperature", zero = 0, one = 100 }},
        {{ channel = "humidity", range = [0, 10000] }}]
"""


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


def lowered(file: File) -> Lowering:
    return lower(read_tflite(file.write()))


def with_table(file: File, width: int) -> bytes:
    file.metadata[METADATA_NAME] = table(width)
    return file.write()
