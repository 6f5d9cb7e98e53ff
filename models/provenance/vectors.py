"""tests/vectors/score.json: what both interpreters must compute, from windows and inputs.

    python -m models.provenance.vectors [--check]

The shipped models, the networks that stand beside them, and two made by hand: `odd` has every
statistic of a window, the magnitude, both transforms, both kinds of clamp and the extremes of
multiplier and shift; `rule` is a baseline, with every statistic of bursts. Everything comes from a
small generator of pseudo-random numbers with a fixed seed that MicroPython runs too.
"""

import argparse
import json
import sys
from array import array
from hashlib import sha256
from pathlib import Path
from typing import Any

from cargoseal.scoring import shipped_models
from cargoseal_score import bursts
from cargoseal_score.blob import load, pack
from cargoseal_score.errors import ScoreError
from cargoseal_score.features import extract
from cargoseal_score.infer import score
from cargoseal_score.model import (
    KIND_HANDLING,
    LINEAR,
    LOG,
    MAGNITUDE,
    MAGNITUDE_OF,
    PART,
    STATISTIC_NAMES,
    Feature,
    Layer,
    Model,
)
from models.provenance.networks import networks

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "tests" / "vectors" / "score.json"
SWEEP = 1000
SPANS = (1, 30, 2000, 20_000, 1 << 24, (1 << 31) - 1)
LENGTHS = (1, 2, 3, 7, 20, 61)
BURST_LENGTHS = (1, 2, 9, 75, 150, 301)
PARAMETERS = (0, 1, 2, 3, 4, 8, 60, 150, 350, 500, 1000, 2000)
PARAMETERS_PER_STATISTIC = 3
PART_PAIRS = ((0, 1), (1, 3), (59, 60), (0, 65_535))


def steps(seed: int, count: int) -> list[int]:
    """Return numbers below 2^31 of the generator x = 1103515245 x + 12345 mod 2^31."""
    out = []
    for _ in range(count):
        seed = (1103515245 * seed + 12345) & 0x7FFFFFFF
        out.append(seed)
    return out


def sweep_input(index: int, width: int) -> bytes:
    """Return the pseudo-random model input with this index."""
    return bytes((n >> 16) & 255 for n in steps(index + 1, width))


def odd_model() -> Model:
    """Return a model by hand: every statistic linear and logarithmic, odd zero point, extremes."""
    features = [
        Feature(channel, code, transform, shift, offset, multiplier, *_part(code))
        for code in range(len(STATISTIC_NAMES))
        for channel, transform, shift, offset, multiplier in (
            (code % 3, LINEAR, 8, -300 * code, 77 + code),
            (31 - code, LOG + 3 * code % 25, 6, 512, 800),
            (MAGNITUDE, LOG + code, 6, 512, 800),
        )
    ]
    features += [Feature(12, PART, LINEAR, 10, 0, 50, i, k) for i, k in PART_PAIRS]
    width = len(features)
    first = Layer(
        width, 5, -7, -128, -128, 127,
        array("b", [(n >> 12) % 255 - 127 for n in steps(9, width * 5)]),
        array("i", [0, 16_000, -16_000, 999, -1]),
        array("I", [1 << 30, (1 << 31) - 1, 1_234_567_890, 1 << 30, 2_000_000_001]),
        bytes([8, 9, 7, 31, 8]),
    )  # fmt: skip
    second = Layer(
        5, width, -128, -7, -100, 90,
        array("b", [(n >> 12) % 255 - 127 for n in steps(10, width * 5)]),
        array("i", [(n >> 8) % 40_001 - 20_000 for n in steps(11, width)]),
        array("I", [(1 << 30) + (n >> 1) for n in steps(12, width)]),
        bytes(n % 9 for n in range(width)),
    )  # fmt: skip
    return Model(b"", KIND_HANDLING, -7, features, [first, second])


def _part(code: int) -> tuple[int, int]:
    return (2, 5) if code == PART else (0, 0)


def rule_model() -> Model:
    """Return a baseline by hand: every statistic of bursts that there is, and the highest shock."""
    features = [Feature(MAGNITUDE, STATISTIC_NAMES.index("max"), LOG + 8, 4, 256, 300)]
    for code in sorted(bursts.STATISTICS):
        for first, second in allowed(code):
            features.append(Feature(MAGNITUDE, code, LOG + 4, 4, 512, 300, first, second))
            features.append(Feature(14, code, LINEAR, 8, 0, 50, first, second))
    return Model(b"", KIND_HANDLING, 3, features, [])


def allowed(code: int) -> list[tuple[int, int]]:
    """Return a few parameters that a statistic of bursts takes, small and large."""
    found = []
    for first in PARAMETERS:
        for second in PARAMETERS:
            try:
                bursts.check(code, first, second)
            except ScoreError:
                continue
            found.append((first, second))
    return found[len(found) // 5 :: len(found) // PARAMETERS_PER_STATISTIC + 1]


def windows() -> list[dict[str, Any]]:
    """Return windows of many lengths and value ranges, with values and whole channels missing."""
    out = []
    for i, span in enumerate(SPANS):
        for j, length in enumerate(LENGTHS):
            columns = {}
            for channel in (0, 1, 2, 3, 4, *MAGNITUDE_OF, *range(23, 32)):
                random = steps(1 + i * 1000 + j * 100 + channel, 2 * length)
                values = [
                    None if random[2 * k] >> 20 < 200 * j else random[2 * k + 1] % (2 * span) - span
                    for k in range(length)
                ]
                if (channel + i + j) % 7:
                    columns[str(channel)] = values
            out.append(
                {"offsets_ms": [60_000 * k + k % 7 for k in range(length)], "columns": columns}
            )
    return out


def burst_windows() -> list[dict[str, Any]]:
    """Return windows of a fall each: at rest, tumbling through the air, an impact, at rest."""
    out = []
    for i, length in enumerate(BURST_LENGTHS):
        for spin_mg in (0, 60, 300):
            random = [n >> 16 for n in steps(77 + i + spin_mg, 4 * length)]
            columns: dict[str, list[int | None]] = {}
            for axis, channel in enumerate(MAGNITUDE_OF):
                noise = [random[4 * k + axis] % 41 - 20 for k in range(length)]
                columns[str(channel)] = [
                    _fallen(axis, k / length, spin_mg) + noise[k] for k in range(length)
                ]
            if spin_mg == 60:
                columns[str(MAGNITUDE_OF[i % 3])][length // 2] = None
            offsets = [0]
            for k in range(1, length):
                offsets.append(offsets[-1] + 5 + random[4 * k + 3] % 3)
            out.append({"offsets_ms": offsets, "columns": columns})
    return out


def _fallen(axis: int, at: float, spin_mg: int) -> int:
    if 0.4 <= at < 0.65:
        return (spin_mg, -spin_mg, spin_mg // 2)[axis]
    if 0.65 <= at < 0.67:
        return (2500, -7000, 9000)[axis]
    return (120, -80, 1000)[axis]


def build() -> dict[str, Any]:
    """Return the contents of the file."""
    made = windows() + burst_windows()
    blobs = {one.name: one.blob for one in [*shipped_models(), *networks()]}
    blobs |= {"odd": pack(odd_model()), "rule": pack(rule_model())}
    models = {}
    for name, blob in blobs.items():
        model = load(blob)
        inputs = []
        for window in made:
            columns = {int(c): v for c, v in window["columns"].items()}
            inputs.append(extract(model, window["offsets_ms"], columns))
        scores = [score(model, sweep_input(i, model.inputs)) for i in range(SWEEP)]
        text = ",".join(str(s) for s in scores)
        models[name] = {
            "blob": blob.hex(),
            "digest": model.digest.hex(),
            "inputs": [row.hex() for row in inputs],
            "scores": [score(model, row) for row in inputs],
            "sweep": SWEEP,
            "sweep_sha256": sha256(text.encode()).hexdigest(),
        }
    return {"models": models, "windows": made}


def text() -> str:
    """Return the text of the file, deterministic."""
    return json.dumps(build(), separators=(",", ":")) + "\n"


def main() -> int:
    """Write the file, or compare it."""
    parser = argparse.ArgumentParser(
        prog="python -m models.provenance.vectors", description=__doc__
    )
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    if not parser.parse_args().check:
        FILE.write_text(text())
        return 0
    if FILE.exists() and FILE.read_text() == text():
        return 0
    sys.stderr.write(f"{FILE} is not what python -m models.provenance.vectors writes\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
