"""Compile a .tflite file into the integer blob that node, gateway and contract execute.

    python -m cargoseal.model.compile models/shipped/handling-v1/model.tflite OUT.blob

Deterministic: the same file gives the same bytes on every machine. The feature table rides in the
.tflite as the metadata entry `cargoseal.features` (the blob's kind byte followed by the blob's
feature records), or comes beside it (`features_file`).
"""

import sys
from dataclasses import dataclass
from pathlib import Path

from cargoseal.model.features_file import FeaturesFile
from cargoseal.model.lowering import Lowering, lower, rescaled
from cargoseal.model.tflite_reader import TfliteError, read_tflite
from cargoseal_score.blob import FEATURE_BYTES, MAX_BLOB_BYTES, pack, unpack_feature
from cargoseal_score.blob import pack_feature as feature_record
from cargoseal_score.errors import ScoreError
from cargoseal_score.model import Feature, Model

METADATA_NAME = "cargoseal.features"


@dataclass(frozen=True)
class Compiled:
    """A blob, and how it came about."""

    blob: bytes
    lowering: Lowering


def feature_metadata(kind: int, features: list[Feature]) -> bytes:
    """Return the metadata entry that carries kind and feature table in the .tflite file."""
    return bytes([kind]) + b"".join(feature_record(feature) for feature in features)


def compile_tflite(data: bytes, table: FeaturesFile | None = None) -> bytes:
    """Return the blob; TfliteError for a file it cannot express, ScoreError for its numbers."""
    return compiled(data, table).blob


def compiled(data: bytes, table: FeaturesFile | None = None) -> Compiled:
    """Return blob and lowering; `table` is for a file that carries no feature table itself.

    TfliteError for a file that the blob cannot express, ScoreError for its numbers.
    """
    graph = read_tflite(data)
    lowering = lower(graph)
    entry = graph.metadata(METADATA_NAME)
    width = lowering.layers[0].inputs
    if entry is None and table is None:
        raise TfliteError(f"no metadata entry {METADATA_NAME!r}: a features file says what goes in")
    if entry is not None and table is not None:
        raise TfliteError(f"it carries its own {METADATA_NAME!r}: leave the features file away")
    if table is not None:
        kind = table.kind
        features = table.features(width, lowering.input_scale, lowering.input_zero_point)
        if table.rescale:
            rescaled(lowering)
    else:
        kind, features = _features(entry or b"", width)
    _check_ends(lowering)
    return Compiled(_packed(kind, features, lowering), lowering)


def _features(entry: bytes, width: int) -> tuple[int, list[Feature]]:
    if len(entry) != 1 + FEATURE_BYTES * width:
        raise TfliteError(f"{METADATA_NAME}: {len(entry)} bytes for {width} inputs")
    return entry[0], [unpack_feature(entry, 1 + FEATURE_BYTES * i) for i in range(width)]


def _check_ends(lowering: Lowering) -> None:
    """The score compares output with input: same width, same scale, same zero point."""
    inputs, outputs = lowering.layers[0].inputs, lowering.layers[-1].outputs
    if inputs != outputs:
        raise TfliteError(
            f"{inputs} inputs and {outputs} outputs, expected as many: the score is the error of "
            "the input's reconstruction"
        )
    start = (lowering.input_scale, lowering.input_zero_point)
    end = (lowering.output_scale, lowering.output_zero_point)
    if start != end:
        raise TfliteError(
            f"input and output differ in scale or zero point: {start} and {end}. Train with the "
            "same fake_quant range on both, or say rescale = true in the features file"
        )


def _packed(kind: int, features: list[Feature], lowering: Lowering) -> bytes:
    weights = lowering.multiplications
    if weights > MAX_BLOB_BYTES:
        raise ScoreError(
            "blob", f"at most {MAX_BLOB_BYTES} bytes (a contract's code)", f"{weights} weights"
        )
    return pack(Model(b"", kind, lowering.input_zero_point, features, lowering.layers))


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
