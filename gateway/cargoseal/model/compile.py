"""Compile a .tflite file into the integer blob that node, gateway and contract execute.

    python -m cargoseal.model.compile models/shipped/climate-v1/model.tflite OUT.blob

Deterministic: the same file gives the same bytes on every machine. The multipliers come from the
file's float32 scales in IEEE double arithmetic, exactly as TensorFlow Lite derives them; the node
never does this (its floats have 32 bits). The feature table rides in the .tflite as the metadata
entry `cargoseal.features`: the blob's kind byte followed by the blob's feature records.
"""

import math
import struct
import sys
from array import array
from pathlib import Path

from cargoseal.model.tflite_reader import ConvLayer, TfliteError, read_tflite
from cargoseal_score.blob import FEATURE_BYTES, pack
from cargoseal_score.errors import ScoreError
from cargoseal_score.model import Feature, Layer, Model

METADATA_NAME = "cargoseal.features"
_FEATURE = ">BBBBiI"


def quantize_multiplier(
    input_scale: float, weight_scale: float, output_scale: float
) -> tuple[int, int]:
    """Return (multiplier, right shift) of  input_scale * weight_scale / output_scale.

    The product of two float32 is exact in a double, the quotient rounds once: TensorFlow Lite's
    own order. ScoreError where the result would need a left shift or more than 31 right ones.
    """
    fraction, exponent = math.frexp(input_scale * weight_scale / output_scale)
    multiplier = math.floor(fraction * (1 << 31) + 0.5)
    if multiplier == 1 << 31:
        multiplier >>= 1
        exponent += 1
    if not -31 <= exponent <= 0:
        raise ScoreError("requantization shift", "0 to 31 to the right", -exponent)
    return multiplier, -exponent


def feature_metadata(kind: int, features: list[Feature]) -> bytes:
    """Return the metadata entry that carries kind and feature table in the .tflite file."""
    records = [
        struct.pack(_FEATURE, f.channel, f.statistic, f.transform, f.shift, f.offset, f.multiplier)
        for f in features
    ]
    return bytes([kind]) + b"".join(records)


def compile_tflite(data: bytes) -> bytes:
    """Return the blob; TfliteError for a file it cannot express, ScoreError for its numbers."""
    source = read_tflite(data)
    table = source.metadata.get(METADATA_NAME)
    if table is None:
        raise TfliteError(f"no metadata entry {METADATA_NAME!r}")
    if len(table) != 1 + FEATURE_BYTES * source.layers[0].inputs:
        raise TfliteError(
            f"{METADATA_NAME}: {len(table)} bytes for {source.layers[0].inputs} inputs"
        )
    features = [
        Feature(*struct.unpack_from(_FEATURE, table, 1 + FEATURE_BYTES * i))
        for i in range(source.layers[0].inputs)
    ]
    first, last = source.layers[0], source.layers[-1]
    if (first.input_scale, first.input_zero_point) != (last.output_scale, last.output_zero_point):
        raise TfliteError("input and output differ in scale or zero point")
    layers = [_layer(layer) for layer in source.layers]
    return pack(Model(b"", table[0], first.input_zero_point, features, layers))


def _layer(source: ConvLayer) -> Layer:
    pairs = [
        quantize_multiplier(source.input_scale, scale, source.output_scale)
        for scale in source.weight_scales
    ]
    return Layer(
        inputs=source.inputs,
        outputs=source.outputs,
        zero_in=source.input_zero_point,
        zero_out=source.output_zero_point,
        low=max(-128, source.output_zero_point) if source.relu else -128,
        high=127,
        weights=array("b", source.weights),
        biases=array("i", source.biases),
        multipliers=array("I", [m for m, _ in pairs]),
        shifts=bytes(shift for _, shift in pairs),
    )


def main() -> int:
    """Compile argv[1] to argv[2]."""
    if len(sys.argv) != 3:
        sys.stderr.write("usage: python -m cargoseal.model.compile FILE.tflite OUT.blob\n")
        return 2
    blob = compile_tflite(Path(sys.argv[1]).read_bytes())
    Path(sys.argv[2]).write_bytes(blob)
    return 0


if __name__ == "__main__":
    sys.exit(main())
