"""The reference kernels: int8 dense layers in plain integers. This is the definition.

    acc   = bias + sum w * (x - zero_in)
    t     = (acc * multiplier + 2^30) >> 31                       arithmetic shift
    out   = shift ? (t + 2^(shift-1) - (t < 0 ? 1 : 0)) >> shift : t
    y     = clamp(out + zero_out, low, high)
    score = sum (y - x)^2 over the last layer's outputs and the model's inputs

A baseline has no layers; its score is  max (x - zero point)^2  over the model's inputs.

This is the classic TensorFlow Lite reference (gemmlowp, double rounding). Every faster twin must
give the same integers. `native_layer` is the twin of `run_layer` in a chip's machine code, taken
where MicroPython can load it, else None.
"""

from array import array

from cargoseal_score.errors import ScoreError
from cargoseal_score.model import Layer, Model

try:
    from cargoseal_native.dense import run_layer as native_layer
except (ImportError, SyntaxError, ValueError):  # CPython; no native emitter; another chip's file
    native_layer = None


def requantize(acc: int, multiplier: int, shift: int) -> int:
    """Return acc * multiplier / 2^(31 + shift), rounded twice as TensorFlow Lite does."""
    t = (acc * multiplier + 0x40000000) >> 31
    if shift == 0:
        return t
    return (t + (1 << (shift - 1)) - (1 if t < 0 else 0)) >> shift


def run_layer(layer: Layer, x: "array[int]") -> "array[int]":
    """Return a layer's int8 outputs for its int8 inputs."""
    zero = layer.zero_in
    weights = layer.weights
    centred = [v - zero for v in x]
    y = array("b", bytes(layer.outputs))
    position = 0
    for j in range(layer.outputs):
        acc = layer.biases[j]
        for v in centred:
            acc += weights[position] * v
            position += 1
        out = requantize(acc, layer.multipliers[j], layer.shifts[j]) + layer.zero_out
        y[j] = layer.low if out < layer.low else layer.high if out > layer.high else out
    return y


def run_layers(model: Model, model_input: bytes) -> "list[array[int]]":
    """Return the int8 outputs of every layer, first to last; none for a baseline."""
    if len(model_input) != model.inputs:
        raise ScoreError("model input", f"{model.inputs} bytes", len(model_input))
    x = array("b", bytes(model_input))
    run = native_layer or run_layer
    outputs = []
    for layer in model.layers:
        x = run(layer, x)
        outputs.append(x)
    return outputs


def score(model: Model, model_input: bytes) -> int:
    """Return the score: 0 to 2^24 - 1."""
    return error(model, model_input, run_layers(model, model_input))


def error(model: Model, model_input: bytes, outputs: "list[array[int]]") -> int:
    """Return the score of an input whose layers gave these outputs."""
    x = array("b", bytes(model_input))
    if not outputs:
        return max([(v - model.zero_point) * (v - model.zero_point) for v in x])
    y = outputs[-1]
    total = 0
    for i in range(model.inputs):
        off = y[i] - x[i]
        total += off * off
    return total
