"""Prove that a model folder holds together.

    python -m models.provenance.check models/shipped/climate-v1

1. The blob compiled from the .tflite is the committed blob, byte for byte.
2. The golden vectors made by the reference kernels are the committed ones.
3. metrics.json is about this blob, and card.md follows from metrics, blob and .tflite.
4. The gateway's fast kernels can run the model exactly (`InferencePlan`).
5. Where a TensorFlow Lite runtime installs, it gives the golden layers in reference mode.
"""

import json
import sys
from pathlib import Path

from cargoseal.model.compile import compile_tflite
from cargoseal.model.golden import golden_text
from cargoseal.scoring import tflite as runtime
from cargoseal.scoring.fast_infer import InferencePlan
from cargoseal_score.blob import load
from models.provenance.card import card


class CheckError(Exception):
    """The folder contradicts itself."""


def check(folder: Path) -> list[str]:
    """Return what was checked, in words; CheckError for the first contradiction."""
    tflite = (folder / "model.tflite").read_bytes()
    blob = (folder / "model.blob").read_bytes()
    text = (folder / "golden.json").read_text()
    metrics = json.loads((folder / "metrics.json").read_text())
    _same("model.blob", compile_tflite(tflite), blob)
    _same("golden.json", golden_text(tflite, blob), text)
    model = load(blob)
    _same("model in metrics.json", metrics["model"], model.digest.hex())
    _same(
        "card.md",
        card(folder.resolve().name, tflite, blob, metrics),
        (folder / "card.md").read_text(),
    )
    InferencePlan(model)
    done = ["blob follows from .tflite", "golden vectors", "metrics and card", "fast kernels"]
    name = runtime.runtime_name()
    if name is None:
        return [*done, "no TensorFlow Lite runtime here"]
    oracle = runtime.Oracle(tflite)
    for i, vector in enumerate(json.loads(text)["vectors"]):
        layers = [layer.hex() for layer in oracle.run_layers(bytes.fromhex(vector["input"]))]
        _same(f"layers of golden vector {i} by {name}", layers, vector["layers"])
    return [*done, f"{name} in reference mode"]


def _same(what: str, expected: object, got: object) -> None:
    if expected != got:
        raise CheckError(f"{what}: expected {str(expected)[:200]}, got {str(got)[:200]}")


def main() -> int:
    """Check the folder argv[1]; exit code 1 when it contradicts itself."""
    if len(sys.argv) != 2:
        sys.stderr.write("usage: python -m models.provenance.check FOLDER\n")
        return 2
    try:
        done = check(Path(sys.argv[1]))
    except CheckError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    for line in done:
        sys.stdout.write(f"ok: {line}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
