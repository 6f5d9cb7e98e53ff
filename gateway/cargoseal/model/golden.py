"""Golden vectors of a model: inputs, every layer's outputs and the score (reference kernels)."""

import json
import random
from hashlib import sha256
from typing import Any

from cargoseal_score.blob import load
from cargoseal_score.infer import run_layers, score

SEED = 20
RANDOM_VECTORS = 26


def golden_inputs(width: int) -> list[bytes]:
    """Return the inputs: the three constants, alternating extremes, one-hot extremes, random."""
    rng = random.Random(SEED)  # noqa: S311 - test vectors, no secret
    out = [bytes([128] * width), bytes([127] * width), bytes(width)]
    out += [bytes([128, 127] * width)[:width], bytes([127, 128] * width)[:width]]
    out += [bytes(128 if j == i else 0 for j in range(width)) for i in (0, width - 1)]
    out += [rng.randbytes(width) for _ in range(RANDOM_VECTORS)]
    return out


def golden(tflite: bytes | None, blob: bytes) -> dict[str, Any]:
    """Return the golden vectors; int8 rows as hex, so that any language reads them.

    A baseline has no .tflite (None): zeros stand for its digest, and its vectors have no layers.
    """
    model = load(blob)
    vectors = []
    for row in golden_inputs(model.inputs):
        layers = [bytes(v & 255 for v in out).hex() for out in run_layers(model, row)]
        vectors.append({"input": row.hex(), "layers": layers, "score": score(model, row)})
    return {
        "blob_sha256": sha256(blob).hexdigest(),
        "tflite_sha256": "00" * 32 if tflite is None else sha256(tflite).hexdigest(),
        "vectors": vectors,
    }


def golden_text(tflite: bytes | None, blob: bytes) -> str:
    """Return the text of golden.json, deterministic."""
    return json.dumps(golden(tflite, blob), indent=1) + "\n"
