"""What a score costs, per window, on this machine: 60 readings of four channels, or a burst.

Run: python tests/bench/bench_score.py [--json]

Rules
1. Each row is the best of several rounds, one process, BLAS held to one thread.
2. The reference row is the definition (plain integers); the others give the same integers, which is
   asserted before anything is timed.
3. A burst is a fall: 150 readings of three axes, 100 a second.
4. The node's row is the same source in the official WebAssembly MicroPython: a ratio to compare
   builds with, not an ESP32's time.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import json
import random
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from cargoseal import scoring  # noqa: E402
from cargoseal.scoring import ShippedModel, tflite  # noqa: E402
from cargoseal_score import features, infer  # noqa: E402
from cargoseal_score.model import KIND_HANDLING  # noqa: E402
from tests.micropython import host  # noqa: E402

WINDOWS = 200
BATCH = 100
ROUNDS = 7
READINGS = 60
BURST_READINGS = 150
NODE_FILE = "tests/score/both/timing.py"
NODE_ROUNDS = 300
NODE_HEAP_KIB = 64 * 1024


@dataclass(frozen=True)
class Window:
    offsets_ms: list[int]
    columns: dict[int, list[int | None]]


@dataclass(frozen=True)
class Row:
    name: str
    us_per_window: float


def slow_windows(missing: float) -> list[Window]:
    rng = random.Random(1)
    made = []
    for _ in range(WINDOWS):
        columns: dict[int, list[int | None]] = {
            channel: [
                None if rng.random() < missing else rng.randrange(low, high)
                for _ in range(READINGS)
            ]
            for channel, low, high in ((0, 300, 900), (1, 4000, 6000), (3, 0, 9), (4, 990, 1900))
        }
        made.append(Window([60_000 * i for i in range(READINGS)], columns))
    return made


def bursts() -> list[Window]:
    rng = random.Random(2)
    made = []
    for _ in range(WINDOWS):
        impact = rng.randrange(95, 105)
        columns: dict[int, list[int | None]] = {
            channel: [
                _in_a_fall(level, k - impact) + rng.randrange(-20, 20)
                for k in range(BURST_READINGS)
            ]
            for channel, level in ((12, 100), (13, -300), (14, 900))
        }
        made.append(Window([10 * i + rng.randrange(2) for i in range(BURST_READINGS)], columns))
    return made


def _in_a_fall(level: int, after_impact: int) -> int:
    """The acceleration of a thing that lies, falls for 40 readings, hits and lies."""
    if after_impact == 0:
        return level * 9
    return level // 20 if -40 <= after_impact < 0 else level


def best_us(act: Callable[[], object]) -> float:
    """Microseconds per window of the quickest round."""
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.perf_counter()
        act()
        best = min(best, time.perf_counter() - began)
    return best / WINDOWS * 1e6


def measure() -> list[Row]:
    rows = []
    for one in scoring.shipped_models():
        if one.model.kind == KIND_HANDLING:
            cases = {"a burst": bursts()}
        else:
            cases = {"all values there": slow_windows(0.0), "3 in 10 missing": slow_windows(0.3)}
        for what, windows in cases.items():
            rows += rows_of(one, what, windows)
            rows += node_rows(one, what, windows[0])
        rows += oracle_rows(one)
    return rows


def rows_of(one: ShippedModel, what: str, some: list[Window]) -> list[Row]:
    model = one.model
    inputs = [features.extract(model, w.offsets_ms, w.columns) for w in some]
    expected = [(x, infer.score(model, x)) for x in inputs]
    assert scoring.rescore_many(model, some) == expected
    assert [scoring.rescore(model, w) for w in some] == expected

    def reference() -> None:
        for w in some:
            infer.score(model, features.extract(model, w.offsets_ms, w.columns))

    def one_by_one() -> None:
        for w in some:
            scoring.rescore(model, w)

    def batches() -> None:
        for first in range(0, WINDOWS, BATCH):
            scoring.rescore_many(model, some[first : first + BATCH])

    return [
        Row(f"{one.name}: reference, {what}", best_us(reference)),
        Row(f"{one.name}: rescore one by one, {what}", best_us(one_by_one)),
        Row(f"{one.name}: rescore_many, batches of {BATCH}, {what}", best_us(batches)),
    ]


def oracle_rows(one: ShippedModel) -> list[Row]:
    if one.tflite is None:
        return []
    inputs = [bytes((i * k) & 255 for k in range(one.model.inputs)) for i in range(WINDOWS)]
    rows = []
    for name in tflite.runtime_names():
        oracle = tflite.Oracle(one.tflite, name)

        def run(oracle: tflite.Oracle = oracle) -> None:
            for x in inputs:
                oracle.run(x)

        rows.append(Row(f"{one.name}: {name} in reference mode, layers only", best_us(run)))
    return rows


def node_rows(one: ShippedModel, what: str, window: Window) -> list[Row]:
    """The node's code in MicroPython, features and score apart."""
    if not host.RUNTIME.exists():
        return []
    columns = [[channel, values] for channel, values in window.columns.items()]
    call = [one.blob.hex(), window.offsets_ms, columns, NODE_ROUNDS]
    features_us, score_us = next(host.results(NODE_FILE, "cost", [call], NODE_HEAP_KIB, 1))
    return [
        Row(f"{one.name}: features in MicroPython (WebAssembly), {what}", features_us),
        Row(f"{one.name}: score in MicroPython (WebAssembly), {what}", score_us),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description="What a score costs")
    parser.add_argument("--json", action="store_true", help="print JSON")
    as_json = parser.parse_args().json
    rows = measure()
    if as_json:
        made = [{"name": r.name, "per_window": round(r.us_per_window, 1)} for r in rows]
        print(json.dumps({"unit": "microseconds", "rows": made}, indent=1))
        return
    for row in rows:
        print(f"{row.name:75} {row.us_per_window:9.1f} us")


if __name__ == "__main__":
    main()
