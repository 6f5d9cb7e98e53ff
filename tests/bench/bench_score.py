"""What a score costs: microseconds per segment of 60 readings and four channels, on this machine.

Run: python tests/bench/bench_score.py [--json]

Rules
1. Each row is the best of several rounds, one process, BLAS held to one thread.
2. The reference row is the definition (plain integers); the others give the same integers, which is
   asserted before anything is timed.
3. The node's row is the same source in the official WebAssembly MicroPython: a ratio to compare
   builds with, not an ESP32's time.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import json
import random
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from cargoseal import scoring  # noqa: E402
from cargoseal.scoring import tflite  # noqa: E402
from cargoseal_score import features, infer  # noqa: E402
from tests.micropython import host  # noqa: E402

SEGMENTS = 200
BATCH = 100
ROUNDS = 7
READINGS = 60
NODE_FILE = "tests/score/both/test_score.py"


@dataclass(frozen=True)
class Segment:
    offsets_ms: list[int]
    columns: dict[int, list[int | None]]


@dataclass(frozen=True)
class Row:
    name: str
    us_per_segment: float


def segments(missing: float) -> list[Segment]:
    rng = random.Random(1)
    made = []
    for _ in range(SEGMENTS):
        columns: dict[int, list[int | None]] = {
            channel: [
                None if rng.random() < missing else rng.randrange(low, high)
                for _ in range(READINGS)
            ]
            for channel, low, high in ((0, 300, 900), (1, 4000, 6000), (3, 0, 9), (4, 990, 1900))
        }
        made.append(Segment([60_000 * i for i in range(READINGS)], columns))
    return made


def best_us(act: Callable[[], object]) -> float:
    """Microseconds per segment of the quickest round."""
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.perf_counter()
        act()
        best = min(best, time.perf_counter() - began)
    return best / SEGMENTS * 1e6


def measure() -> list[Row]:
    model = next(iter(scoring.load_models().values()))
    rows = []
    for missing, name in ((0.0, "all values there"), (0.3, "3 in 10 missing")):
        some = segments(missing)
        inputs = [features.extract(model, s.offsets_ms, s.columns) for s in some]
        expected = [(x, infer.score(model, x)) for x in inputs]
        assert scoring.rescore_many(model, some) == expected
        assert [scoring.rescore(model, s) for s in some] == expected

        def reference(some: list[Segment] = some) -> None:
            for s in some:
                infer.score(model, features.extract(model, s.offsets_ms, s.columns))

        def one_by_one(some: list[Segment] = some) -> None:
            for s in some:
                scoring.rescore(model, s)

        def batches(some: list[Segment] = some) -> None:
            for first in range(0, SEGMENTS, BATCH):
                scoring.rescore_many(model, some[first : first + BATCH])

        rows.append(Row(f"reference, {name}", best_us(reference)))
        rows.append(Row(f"rescore one by one, {name}", best_us(one_by_one)))
        rows.append(Row(f"rescore_many, batches of {BATCH}, {name}", best_us(batches)))
    if tflite.runtime_name() is not None:
        oracle = tflite.Oracle(scoring.shipped_file(scoring.SHIPPED[0], "model.tflite"))
        rows.append(
            Row(
                f"{tflite.runtime_name()} in reference mode, layers only",
                best_us(lambda: [oracle.run(x) for x in inputs]),
            )
        )
    return rows + node_rows()


def node_rows() -> list[Row]:
    """The sweep of the shared tests: 2,000 scores in MicroPython, from the test's own time."""
    if not host.RUNTIME.exists():
        return []
    try:
        outcomes = host.run_file(NODE_FILE)
    except (OSError, subprocess.SubprocessError):
        return []
    sweep = next(o for o in outcomes if "thousand" in o.test)
    return [Row("score in MicroPython (WebAssembly), layers only", sweep.ms * 1000 / 2000)]


def main() -> None:
    parser = argparse.ArgumentParser(description="What a score costs")
    parser.add_argument("--json", action="store_true", help="print JSON")
    as_json = parser.parse_args().json
    rows = measure()
    if as_json:
        made = [{"name": r.name, "per_segment": round(r.us_per_segment, 1)} for r in rows]
        print(json.dumps({"unit": "microseconds", "rows": made}, indent=1))
        return
    for row in rows:
        print(f"{row.name:58} {row.us_per_segment:9.1f} us")


if __name__ == "__main__":
    main()
