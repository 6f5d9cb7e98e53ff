"""The model blob: one immutable byte string that pins features, weights and arithmetic.

Big-endian throughout, so that a contract reads it as it stands. It starts with 0x00 (the EVM's
STOP): stored as a contract's code it cannot be run as a program.

    header    16  magic 00 43 53 4d | version u8 | kind u8 | inputs u16 | layers u8
                  | input zero point i8 | six zero bytes
    features  16 each, one per input:
                  channel u8 | statistic u8 | transform u8 | shift u8 | offset i32 | multiplier u32
                  | first u16 | second u16
    layers        header 8: inputs u16 | outputs u16 | zero point in i8 | zero point out i8
                            | low i8 | high i8
                  weights: outputs x inputs int8, row after row, contiguous
                  neurons, 9 each: bias i32 | multiplier u32 | right shift u8

Without layers it is a baseline: features and the rule that the input farthest from the zero point
decides (`infer`). The same format, so that a simple rule is sealed, verified and disputed as a
network is.

A blob is refused, by `ScoreError`, unless all of this holds:

1. It has the magic, the version, zero padding, and exactly the length its tables ask for,
   at most `MAX_BLOB_BYTES` (the EVM's limit for code).
2. Widths are 1 to `MAX_WIDTH`, layers 0 to `MAX_LAYERS`; each layer takes what the one before
   gives; the last gives as many values as the first takes, with the input's zero point.
   (256 squared errors of at most 255 stay below 2^24: a score always fits 24 bits.)
3. Every feature names a known channel, statistic and transform; 1 <= multiplier < 2^31,
   shift <= 62. `first` and `second` are parameters that its statistic takes: first < second for
   a part, those that `bursts.check` allows for the statistics of bursts, else both zero.
4. For every neuron  sum(|w|) * 255 + |bias| < 2^24,  2^30 <= multiplier < 2^31,  shift <= 31.
   The accumulator therefore fits a float32 exactly and no intermediate leaves 64 bits.
5. low <= high for every layer.
"""

import hashlib
import struct
from array import array

from cargoseal_score import bursts
from cargoseal_score.errors import ScoreError
from cargoseal_score.model import (
    BURSTS,
    KIND_CLIMATE,
    KIND_HANDLING,
    LOG,
    MAGNITUDE,
    MAX_KNEE,
    PART,
    STATISTIC_NAMES,
    Feature,
    Layer,
    Model,
)

__all__ = ["Model", "ScoreError", "load", "pack"]

MAGIC = b"\x00CSM"
VERSION = 2
MAX_BLOB_BYTES = 24_576
MAX_WIDTH = 256
MAX_LAYERS = 8
ACCUMULATOR_LIMIT = 1 << 24

HEADER_BYTES = 16
FEATURE_BYTES = 16
LAYER_HEADER_BYTES = 8
NEURON_BYTES = 9

_HEADER = ">4sBBHBb6s"
_FEATURE = ">BBBBiIHH"
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
    _range("layers", layer_count, 0, MAX_LAYERS)

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
    parts += [pack_feature(feature) for feature in model.features]
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


def pack_feature(feature: Feature) -> bytes:
    """Return the feature's record of `FEATURE_BYTES`."""
    return struct.pack(
        _FEATURE,
        feature.channel,
        feature.statistic,
        feature.transform,
        feature.shift,
        feature.offset,
        feature.multiplier,
        feature.first,
        feature.second,
    )


def unpack_feature(record: bytes, position: int) -> Feature:
    """Return the feature whose record begins at `position`, unchecked."""
    return Feature(*struct.unpack_from(_FEATURE, record, position))


def _load_feature(blob: bytes, index: int) -> Feature:
    feature = unpack_feature(blob, HEADER_BYTES + index * FEATURE_BYTES)
    where = f"feature {index} "
    _range(where + "channel", feature.channel, 0, MAGNITUDE)
    _range(where + "transform", feature.transform, 0, LOG + MAX_KNEE)
    _range(where + "shift", feature.shift, 0, 62)
    _range(where + "multiplier", feature.multiplier, 1, 0x7FFFFFFF)
    _check_statistic(where, feature)
    return feature


def _check_statistic(where: str, feature: Feature) -> None:
    code, first, second = feature.statistic, feature.first, feature.second
    if code >= BURSTS:
        bursts.check(code, first, second)
        return
    _range(where + "statistic", code, 0, len(STATISTIC_NAMES) - 1)
    if code == PART:
        _range(where + "part", first, 0, second - 1)
    else:
        _expect(where + "parameters", (0, 0), (first, second))


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
