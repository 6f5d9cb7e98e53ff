"""The model blob: one immutable byte string that pins features, weights and arithmetic.

Big-endian throughout, so that a contract reads it as it stands. It starts with 0x00 (the EVM's
STOP): stored as a contract's code it cannot be run as a program.

    header    16  magic 00 43 53 4d | version u8 | kind u8 | inputs u16 | layers u8
                  | input zero point i8 | six zero bytes
    features  12 each, one per input:
                  channel u8 | statistic u8 | transform u8 | shift u8 | offset i32 | multiplier u32
    layers        header 8: inputs u16 | outputs u16 | zero point in i8 | zero point out i8
                            | low i8 | high i8
                  weights: outputs x inputs int8, row after row, contiguous
                  neurons, 9 each: bias i32 | multiplier u32 | right shift u8

A blob is refused, by `ScoreError`, unless all of this holds:

1. It has the magic, the version, zero padding, and exactly the length its tables ask for,
   at most `MAX_BLOB_BYTES` (the EVM's limit for code).
2. Widths are 1 to `MAX_WIDTH`, layers 1 to `MAX_LAYERS`; each layer takes what the one before
   gives; the last gives as many values as the first takes, with the input's zero point.
   (256 squared errors of at most 255 stay below 2^24: a score always fits 24 bits.)
3. Every feature names a known channel, statistic and transform; 1 <= multiplier < 2^31,
   shift <= 62.
4. For every neuron  sum(|w|) * 255 + |bias| < 2^24,  2^30 <= multiplier < 2^31,  shift <= 31.
   The accumulator therefore fits a float32 exactly and no intermediate leaves 64 bits.
5. low <= high for every layer.
"""

import hashlib
import struct
from array import array

from cargoseal_score.errors import ScoreError
from cargoseal_score.model import (
    KIND_CLIMATE,
    KIND_HANDLING,
    LOG,
    MAX_KNEE,
    STATISTIC_NAMES,
    Feature,
    Layer,
    Model,
)

__all__ = ["Model", "ScoreError", "load", "pack"]

MAGIC = b"\x00CSM"
VERSION = 1
MAX_BLOB_BYTES = 24_576
MAX_WIDTH = 256
MAX_LAYERS = 8
MAX_CHANNEL = 31
ACCUMULATOR_LIMIT = 1 << 24

HEADER_BYTES = 16
FEATURE_BYTES = 12
LAYER_HEADER_BYTES = 8
NEURON_BYTES = 9

_HEADER = ">4sBBHBb6s"
_FEATURE = ">BBBBiI"
_LAYER = ">HHbbbb"
_NEURON = ">iIB"


def load(blob: bytes) -> Model:
    """Return the checked model; ScoreError for anything that breaks a rule above."""
    if not isinstance(blob, bytes):
        raise ScoreError("blob", "bytes", type(blob))
    if not HEADER_BYTES <= len(blob) <= MAX_BLOB_BYTES:
        raise ScoreError("blob length", f"{HEADER_BYTES} to {MAX_BLOB_BYTES} bytes", len(blob))
    magic, version, kind, inputs, layer_count, zero_point, padding = struct.unpack_from(
        _HEADER, blob, 0
    )
    _expect("magic", MAGIC, magic)
    _expect("version", VERSION, version)
    _expect("padding", bytes(6), padding)
    _range("kind", kind, KIND_CLIMATE, KIND_HANDLING)
    _range("inputs", inputs, 1, MAX_WIDTH)
    _range("layers", layer_count, 1, MAX_LAYERS)

    position = HEADER_BYTES + inputs * FEATURE_BYTES
    if len(blob) < position:
        raise ScoreError("blob length", f"at least {position} bytes", len(blob))
    features = [_load_feature(blob, i) for i in range(inputs)]

    layers: list[Layer] = []
    width, zero = inputs, zero_point
    for index in range(layer_count):
        layer, position = _load_layer(blob, position, index, width, zero)
        layers.append(layer)
        width, zero = layer.outputs, layer.zero_out
    _expect("blob length", position, len(blob))
    _expect("outputs of the last layer", inputs, width)
    _expect("zero point of the last layer", zero_point, zero)
    return Model(hashlib.sha256(blob).digest(), kind, zero_point, features, layers)


def pack(model: Model) -> bytes:
    """Return a model's blob; its `digest` is not looked at. ScoreError if `load` refuses it."""
    parts = [
        struct.pack(
            _HEADER,
            MAGIC,
            VERSION,
            model.kind,
            model.inputs,
            len(model.layers),
            model.zero_point,
            bytes(6),
        )
    ]
    for f in model.features:
        parts.append(
            struct.pack(
                _FEATURE, f.channel, f.statistic, f.transform, f.shift, f.offset, f.multiplier
            )
        )
    for layer in model.layers:
        parts.append(
            struct.pack(
                _LAYER,
                layer.inputs,
                layer.outputs,
                layer.zero_in,
                layer.zero_out,
                layer.low,
                layer.high,
            )
        )
        parts.append(bytes([w & 255 for w in layer.weights]))
        for i in range(layer.outputs):
            parts.append(
                struct.pack(_NEURON, layer.biases[i], layer.multipliers[i], layer.shifts[i])
            )
    blob = b"".join(parts)
    load(blob)
    return blob


def _load_feature(blob: bytes, index: int) -> Feature:
    feature = Feature(*struct.unpack_from(_FEATURE, blob, HEADER_BYTES + index * FEATURE_BYTES))
    where = f"feature {index} "
    _range(where + "channel", feature.channel, 0, MAX_CHANNEL)
    _range(where + "statistic", feature.statistic, 0, len(STATISTIC_NAMES) - 1)
    _range(where + "transform", feature.transform, 0, LOG + MAX_KNEE)
    _range(where + "shift", feature.shift, 0, 62)
    _range(where + "multiplier", feature.multiplier, 1, 0x7FFFFFFF)
    return feature


def _load_layer(blob: bytes, position: int, index: int, width: int, zero: int) -> tuple[Layer, int]:
    """Return the layer at `position` and the position after it. `width`, `zero`: what it is fed."""
    where = f"layer {index} "
    if len(blob) < position + LAYER_HEADER_BYTES:
        raise ScoreError(where + "header", "8 bytes", len(blob) - position)
    inputs, outputs, zero_in, zero_out, low, high = struct.unpack_from(_LAYER, blob, position)
    _expect(where + "inputs", width, inputs)
    _range(where + "outputs", outputs, 1, MAX_WIDTH)
    _expect(where + "zero point in", zero, zero_in)
    _range(where + "low", low, -128, high)
    position += LAYER_HEADER_BYTES
    neurons = position + inputs * outputs
    end = neurons + outputs * NEURON_BYTES
    if len(blob) < end:
        raise ScoreError(where + "length", end - position, len(blob) - position)

    weights = array("b", blob[position:neurons])
    biases = array("i", bytes(4 * outputs))
    multipliers = array("I", bytes(4 * outputs))
    shifts = bytearray(outputs)
    for j in range(outputs):
        bias, multiplier, shift = struct.unpack_from(_NEURON, blob, neurons + j * NEURON_BYTES)
        _check_neuron(f"{where}neuron {j} ", weights, j * inputs, inputs, bias, multiplier, shift)
        biases[j] = bias
        multipliers[j] = multiplier
        shifts[j] = shift
    layer = Layer(
        inputs, outputs, zero_in, zero_out, low, high, weights, biases, multipliers, bytes(shifts)
    )
    return layer, end


def _check_neuron(
    where: str,
    weights: "array[int]",
    first: int,
    inputs: int,
    bias: int,
    multiplier: int,
    shift: int,
) -> None:
    reach = abs(bias)
    for i in range(first, first + inputs):
        reach += abs(weights[i]) * 255
    if reach >= ACCUMULATOR_LIMIT:
        raise ScoreError(where + "reach", "below 2^24", reach)
    if not 1 << 30 <= multiplier < 1 << 31:
        raise ScoreError(where + "multiplier", "2^30 to 2^31 - 1", multiplier)
    _range(where + "shift", shift, 0, 31)


def _expect(where: str, expected: object, got: object) -> None:
    if expected != got:
        raise ScoreError(where, expected, got)


def _range(where: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise ScoreError(where, f"{low} to {high}", value)
