"""Dense int8 layers, the one kind that executes, from what an operator looks at."""

import math
from array import array

from cargoseal.model.kernels import Kernel
from cargoseal.model.quantization import (
    MAX_LEFT_SHIFT,
    activation_scale,
    biases_of,
    clamp_of,
    multiplier_and_exponent,
    quantize_multiplier,
    weight_scales,
)
from cargoseal.model.tflite_reader import Tensor
from cargoseal_score.errors import ScoreError
from cargoseal_score.model import Layer


def dense(
    kernel: Kernel, where: str, x: Tensor, weights: Tensor, bias: Tensor | None, to: Tensor
) -> Layer:
    """Return the layer of a kernel: each output's weights in its row, zero elsewhere."""
    x_scale, zero_in = activation_scale(x, where)
    y_scale, zero_out = activation_scale(to, where)
    scales = weight_scales(weights, kernel.channels, kernel.axis, where)
    biases = biases_of(bias, x_scale, scales, where)
    pairs = [_factor(where, kernel.factor(x_scale, scale, y_scale)) for scale in scales]
    low, high = clamp_of(kernel.activation, y_scale, zero_out)
    inputs, outputs = math.prod(x.shape), math.prod(to.shape)
    values = array("b", weights.data)
    rows = array("b", bytes(inputs * outputs))
    for j, (_, taps) in enumerate(kernel.rows):
        for element, place in taps:
            rows[j * inputs + element] = values[place]
    channels = [channel for channel, _ in kernel.rows]
    return Layer(
        inputs,
        outputs,
        zero_in,
        zero_out,
        low,
        high,
        rows,
        array("i", [biases[c] for c in channels]),
        array("I", [pairs[c][0] for c in channels]),
        bytes(pairs[c][1] for c in channels),
    )


def _factor(where: str, real: float) -> tuple[int, int]:
    """Return multiplier and shift; the ScoreError says which operator it is about."""
    try:
        return quantize_multiplier(real)
    except ScoreError as error:
        raise ScoreError(f"{where}: {error.where}", error.expected, error.got) from error


def requantizing(
    width: int, source: tuple[float, int], target: tuple[float, int], where: str
) -> Layer:
    """Return the dense layer of a QUANTIZE from one int8 (scale, zero point) to another.

    A factor above 1 needs a left shift, which the weight 2^shift is: the interpreter shifts its
    operand before it multiplies.
    """
    multiplier, exponent = multiplier_and_exponent(source[0] / target[0])
    if not -31 <= exponent <= MAX_LEFT_SHIFT:
        raise ScoreError(
            f"{where}: requantization shift", "6 to the left to 31 to the right", -exponent
        )
    weight = 1 << max(0, exponent)
    weights = array("b", bytes(width * width))
    for i in range(width):
        weights[i * width + i] = weight
    return Layer(
        width,
        width,
        source[1],
        target[1],
        -128,
        127,
        weights,
        array("i", [0] * width),
        array("I", [multiplier] * width),
        bytes([max(0, -exponent)] * width),
    )
