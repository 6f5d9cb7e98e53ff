"""Proves that every machine computes the same bits: windows compared, per model and machine.

    python -m tests.bits [--cases N] [--micropython N] [--jobs N] [--json FILE]

A case is a window of readings and a model input that try everything: both go through the layers,
so a case counts twice for what runs layers (tests/score/both/hostile.py).
Exit code 1 at the first difference. Progress goes to standard error.
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
from cargoseal.scoring import tflite
from tests.bits.proof import DifferentBitsError, prove

CASES = 100_000


def versions() -> dict[str, str]:
    """What took part."""
    found = {name: metadata.version(name) for name in ("numpy", *tflite.runtime_names())}
    return {"python": platform.python_version(), "machine": platform.machine(), **found}


def run(cases: int, in_micropython: int, jobs: int) -> dict[str, Any]:
    """The proof of every shipped model; DifferentBitsError at the first one."""
    models = {}
    for one in scoring.shipped_models():
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
    parser.add_argument("--micropython", type=int, help="how many of them in MicroPython too: all")
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, help="MicroPythons at once"
    )
    parser.add_argument("--json", type=Path, help="write the figures there too")
    options = parser.parse_args()
    most = options.cases if options.micropython is None else min(options.micropython, options.cases)
    try:
        proof = run(options.cases, most, options.jobs)
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
