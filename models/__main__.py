"""Make a model, stage by stage.

    python -m models STAGE KIND [--scale N] [--build FOLDER] [--data DATA] [--out FOLDER]

STAGE is dataset, features, train, quantize, evaluate, card, or all of them in that order; KIND is
climate or handling. Each stage reads what the one before wrote in build/models/KIND. Seeds are
fixed. DATA holds recordings, laid out like ../shared/data/public: without it nobody has judged the
model on real recordings, and its baseline ships. Needs the `train` extra (flatbuffers).
"""

import argparse
import importlib
import sys
import time
from pathlib import Path

from models.evaluate.folder import evaluate, ship
from models.train import pipeline
from models.train.dataset import Progress
from models.train.task import Task

STAGES = ("dataset", "features", "train", "quantize", "evaluate", "card")
KINDS = ("climate", "handling")
MODELS = Path(__file__).resolve().parent


def run(stage: str, task: Task, options: argparse.Namespace, progress: Progress) -> None:
    """Run one stage."""
    build: Path = options.build
    if stage == "dataset":
        pipeline.make_dataset(task, build, options.scale, progress)
    elif stage == "features":
        pipeline.make_features(task, build, progress)
    elif stage == "train":
        pipeline.train(task, build, progress)
    elif stage == "quantize":
        pipeline.quantize(task, build, progress)
    elif stage == "evaluate":
        evaluate(task, build, options.data, progress)
    else:
        ship(task, build, options.out, progress)


def main() -> int:
    """Parse the command line and run the stages asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m models",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("stage", choices=[*STAGES, "all"])
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the windows to simulate")
    parser.add_argument("--build", type=Path, help="folder of the stages (build/models/KIND)")
    parser.add_argument("--data", type=Path, help="recordings (../shared/data/public if there)")
    parser.add_argument("--out", type=Path, default=MODELS, help="holds shipped/ and contenders/")
    options = parser.parse_args()
    options.build = options.build or MODELS.parent / "build" / "models" / options.kind
    options.data = options.data or _public()
    task: Task = importlib.import_module(f"models.train.{options.kind}").TASK
    began = time.monotonic()

    def progress(message: str) -> None:
        sys.stderr.write(f"{time.monotonic() - began:6.1f} s  {message}\n")

    for stage in STAGES if options.stage == "all" else (options.stage,):
        progress(f"-- {stage}")
        run(stage, task, options, progress)
    return 0


def _public() -> Path | None:
    folder = MODELS.parents[1] / "shared" / "data" / "public"
    return folder if folder.is_dir() else None


if __name__ == "__main__":
    sys.exit(main())
