"""Make a model folder from nothing: simulate, train, quantize, export, evaluate, write the card.

    python -m models.train.build --out build/anomaly [--windows N] [--starts N] [--epochs N]

Seeds are fixed. About two minutes on one core. Needs the `train` extra (flatbuffers). Works without
`../shared`: only the recordings section of the evaluation is empty then.
"""

import argparse
import json
import sys
import time
from pathlib import Path

from cargoseal_score.model import KIND_CLIMATE
from models.data.windows import load_recordings
from models.evaluate.simulated import evaluate
from models.provenance.card import card
from models.train.dataset import Progress, inputs, normal_windows
from models.train.export import compiled, export
from models.train.feature_table import ZERO_POINT, climate_features, fitted
from models.train.select import best_network, validation

TRAINING_SEED = 1
VALIDATION_SEED = 50
EVALUATION_SEED = 100


def build(folder: Path, windows: int, starts: int, epochs: int, progress: Progress) -> None:
    """Write model.tflite, model.blob, golden.json, metrics.json and card.md into the folder."""
    normal = normal_windows(TRAINING_SEED, windows, progress)
    wide = climate_features()
    sample = inputs(KIND_CLIMATE, ZERO_POINT, wide, normal[:: max(1, windows // 5000)])
    features = fitted(wide, sample)
    x = inputs(KIND_CLIMATE, ZERO_POINT, features, normal)

    judge = validation(features, VALIDATION_SEED, (windows // 3, max(90, windows // 60)), progress)
    network, seed = best_network(x, features, judge, starts, epochs, progress)
    tflite, blob = compiled(network, features, x)
    export(folder, tflite, blob)
    sizes = (max(1000, windows * 2 // 3), max(90, windows // 30))
    metrics = evaluate(blob, x, EVALUATION_SEED, sizes, load_recordings(), progress)
    metrics["training"] = {
        "windows": windows,
        "seed": TRAINING_SEED,
        "starts": starts,
        "kept_start": seed,
        "epochs": epochs,
    }
    (folder / "metrics.json").write_text(json.dumps(metrics, indent=1) + "\n")
    (folder / "card.md").write_text(card(folder.resolve().name, tflite, blob, metrics))


def main() -> int:
    """Parse the command line and build."""
    parser = argparse.ArgumentParser(prog="python -m models.train.build", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    parser.add_argument("--windows", type=int, default=27_000, help="normal training windows")
    parser.add_argument("--starts", type=int, default=6, help="networks to choose from")
    parser.add_argument("--epochs", type=int, default=100)
    options = parser.parse_args()
    began = time.monotonic()

    def progress(message: str) -> None:
        sys.stderr.write(f"{time.monotonic() - began:6.1f} s  {message}\n")

    build(options.out, options.windows, options.starts, options.epochs, progress)
    progress(f"written to {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
