"""The interpreter beside the lowered layers: every layer's int8 outputs, in reference mode."""

from array import array
from collections.abc import Sequence

from cargoseal.model.lowering import Lowering
from cargoseal.scoring.tflite import Oracle
from cargoseal_score.infer import run_layer


def compare(
    tflite: bytes, lowering: Lowering, rows: Sequence[bytes], runtime: str | None = None
) -> str | None:
    """Return the first difference in words, None where all layers of all rows agree.

    `rows` are int8 inputs. A layer that the file does not have (`rescaled`) is not compared.
    RuntimeError where there is no such runtime.
    """
    oracle = Oracle(tflite, runtime)
    scale, zero_point = lowering.input_scale, lowering.input_zero_point
    for number, row in enumerate(rows):
        theirs = oracle.run_tensors(row, lowering.returns, scale, zero_point)
        x = array("b", row)
        for index, (layer, expected) in enumerate(zip(lowering.layers, theirs, strict=False)):
            x = run_layer(layer, x)
            if x.tobytes() != expected:
                return f"input {number}, layer {index}: {expected.hex()}, here {x.tobytes().hex()}"
    return None
