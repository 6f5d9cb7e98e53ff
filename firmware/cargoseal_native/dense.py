# ruff: noqa: F821  ptr8 and ptr32 are viper's
"""One int8 dense layer: the twin of `cargoseal_score.infer.run_layer`, which says what it computes.

There is no kernel for convolutions and needs none: the importer lowers 1x1 and 1-D convolution and
depthwise convolution to dense layers (gateway/cargoseal/model), so that this is all a node runs.

A plan is made of a layer at its first use: its numbers in one array, and its weights as w + 128,
row after row, each row filled up with zero weights to whole groups of GROUP. It is kept with the
layer, so the weights are in RAM twice.

A requantization needs the upper part of a product of 25 by 31 bits. With acc = a 2^12 + u and
multiplier = upper 2^16 + lower each of the four products fits 32 bits, and every shift drops bits
that no later term can carry into.
"""

from array import array

import micropython

GROUP = 8
_HEADER = 8  # words of a plan before those of its outputs, four each


@micropython.viper
def _dense(x: ptr32, acc: int, w: ptr8, plan: ptr32, model_input: ptr8, y: ptr8):
    n = plan[0]
    zero = plan[3] + 128
    i = 0
    acc = 0
    while i < n:
        t = (model_input[i] ^ 128) - zero
        x[i] = t
        acc += t
        i += 1
    offset = acc << 7  # what w + 128 adds to every sum
    begin = int(x)
    end = begin + (plan[1] << 2)
    outputs = plan[2]
    zero = plan[4]
    low = plan[5]
    high = plan[6]
    plan = ptr32(int(plan) + 32)
    while outputs > 0:
        acc = plan[0] - offset
        while int(x) < end:
            acc = x[0] * w[0] + acc
            acc = x[1] * w[1] + acc
            acc = x[2] * w[2] + acc
            acc = x[3] * w[3] + acc
            acc = x[4] * w[4] + acc
            acc = x[5] * w[5] + acc
            acc = x[6] * w[6] + acc
            acc = x[7] * w[7] + acc
            w = ptr8(int(w) + 8)
            x = ptr32(int(x) + 32)
        x = ptr32(begin)
        upper = plan[1]
        lower = plan[2]
        u = acc & 0xFFF
        acc = acc >> 12
        t = ((u * lower) >> 12) + acc * lower
        t = (t >> 4) + u * upper + 0x4000
        acc = ((t >> 12) + acc * upper) >> 3
        t = plan[3]
        if t:
            acc = (acc + (1 << (t - 1)) + (acc >> 31)) >> t
        acc = acc + zero
        if acc < low:
            acc = low
        if acc > high:
            acc = high
        y[0] = acc
        y = ptr8(int(y) + 1)
        plan = ptr32(int(plan) + 16)
        outputs -= 1


def run_layer(layer, x):
    """A layer's int8 outputs for its int8 inputs."""
    if layer.plan is None:
        layer.plan = _plan(layer)
    plan, weights, centred = layer.plan
    y = array("b", bytes(layer.outputs))
    _dense(centred, 0, weights, plan, x, y)
    return y


def _plan(layer):
    """(the layer's numbers, its weights as the kernel reads them, room for the centred inputs)."""
    inputs = layer.inputs
    row = (inputs + GROUP - 1) // GROUP * GROUP
    plan = array("i", bytes(4 * (_HEADER + 4 * layer.outputs)))
    header = (inputs, row, layer.outputs, layer.zero_in, layer.zero_out, layer.low, layer.high)
    for i, value in enumerate(header):
        plan[i] = value
    weights = bytearray(row * layer.outputs)
    for j in range(layer.outputs):
        at = _HEADER + 4 * j
        plan[at] = layer.biases[j]
        plan[at + 1] = layer.multipliers[j] >> 16
        plan[at + 2] = layer.multipliers[j] & 0xFFFF
        plan[at + 3] = layer.shifts[j]
        for i in range(inputs):
            weights[j * row + i] = layer.weights[j * inputs + i] + 128
        for i in range(inputs, row):
            weights[j * row + i] = 128
    return plan, weights, array("i", bytes(4 * row))
