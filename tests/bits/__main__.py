"""Proves that every machine computes the same bits: windows compared, per model and machine.

    python -m tests.bits [--cases N] [--micropython N] [--jobs N] [--json FILE]
    python -m tests.bits --check FILE

The models are those that ship and the networks that are judged beside them, so that every machine
has layers to run. A case is a window of readings and a model input that try everything: both go
through the layers, so a case counts twice for what runs layers (tests/score/both/hostile.py).
MicroPython runs the reference's own source and takes the longest: it gets a share of the cases.
Exit code 1 at the first difference. Progress goes to standard error.

--check compares a committed file with the models that are here: it must speak of their blobs, of
CASES cases each, and of every machine (`summary`).

What the figures do not show: no chip ran any of it. Viper's code is that for rv32imc, emulated;
that for xtensa is not there. MicroPython compared a share of the cases alone. Handling's features
have no numpy twin: reference, viper and MicroPython agree on them. TensorFlow Lite ran the two
networks, which do not ship: what ships has no layers. Python was one version on one machine.
"""

import argparse
import json
import os
import platform
import sys
import time
from importlib import metadata
from pathlib import Path
from typing import Any

from cargoseal import scoring
from cargoseal.scoring import ShippedModel, tflite
from models.provenance.networks import networks
from tests.bits import summary
from tests.bits.proof import DifferentBitsError, prove

CASES = 100_000
IN_MICROPYTHON = 20_000


def judged() -> list[ShippedModel]:
    """The models that are proven."""
    return [*scoring.shipped_models(), *networks()]


def versions() -> dict[str, str]:
    """What took part."""
    found = {name: metadata.version(name) for name in ("numpy", *tflite.runtime_names())}
    return {"python": platform.python_version(), "machine": platform.machine(), **found}


def run(cases: int, in_micropython: int, jobs: int) -> dict[str, Any]:
    """The proof of every model; DifferentBitsError at the first difference."""
    models = {}
    for one in judged():
        began = time.monotonic()

        def on(done: int, name: str = one.name, began: float = began) -> None:
            if done % 5000 == 0:
                print(f"{name}: {done} of {cases} cases, {time.monotonic() - began:.0f} s",
                      file=sys.stderr, flush=True)  # fmt: skip

        agreed = prove(one, cases, in_micropython, jobs, on)
        models[one.name] = {
            "model": one.model.digest.hex(),
            "cases": cases,
            "agreed": dict(agreed),
            "seconds": round(time.monotonic() - began),
        }
    return {"versions": versions(), "models": models}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bits", description=__doc__)
    parser.add_argument("--cases", type=int, default=CASES, help="cases per model")
    parser.add_argument(
        "--micropython", type=int, default=IN_MICROPYTHON, help="how many of them there too"
    )
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, help="MicroPythons at once"
    )
    parser.add_argument("--json", type=Path, help="write the figures there too")
    parser.add_argument("--check", type=Path, help="compare a file with the models; run nothing")
    options = parser.parse_args()
    if options.check is not None:
        wrong = summary.wrong(json.loads(options.check.read_text()), judged(), CASES)
        print(*(f"{options.check}: {line}" for line in wrong), sep="\n", end="", file=sys.stderr)
        return 1 if wrong else 0
    try:
        proof = run(options.cases, min(options.micropython, options.cases), options.jobs)
    except DifferentBitsError as difference:
        print(difference, file=sys.stderr)
        return 1
    for name, model in proof["models"].items():
        print(f"{name}, {model['cases']} cases, {model['seconds']} s")
        for machine, windows in model["agreed"].items():
            print(f"  {windows:9,} the same: {machine}")
    print(", ".join(f"{name} {version}" for name, version in proof["versions"].items()))
    if options.json is not None:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(proof, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
