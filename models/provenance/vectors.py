"""tests/vectors/score.json: what both interpreters must compute, from windows and inputs.

    python -m models.provenance.vectors [--check]

Two models: the shipped one, and one made by hand that has every statistic, both transforms, both
kinds of clamp and the extremes of multiplier and shift. Everything comes from a small generator of
pseudo-random numbers with a fixed seed that MicroPython runs too.
"""

import argparse
import json
import sys
from array import array
from hashlib import sha256
from pathlib import Path
from typing import Any

from cargoseal_score.blob import load, pack
from cargoseal_score.features import extract
from cargoseal_score.infer import score
from cargoseal_score.model import LINEAR, LOG, STATISTIC_NAMES, Feature, Layer, Model

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "tests" / "vectors" / "score.json"
SHIPPED = ROOT / "models" / "shipped" / "climate-v1" / "model.blob"
SWEEP = 1000
SPANS = (1, 30, 2000, 20_000, 1 << 24, (1 << 31) - 1)
LENGTHS = (1, 2, 3, 7, 20, 61)


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
        Feature(channel, code, transform, shift, offset, multiplier)
        for code in range(len(STATISTIC_NAMES))
        for channel, transform, shift, offset, multiplier in (
            (code % 3, LINEAR, 8, -300 * code, 77 + code),
            (31 - code, LOG + 3 * code, 6, 512, 800),
        )
    ]
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
    return Model(b"", 1, -7, features, [first, second])


def windows() -> list[dict[str, Any]]:
    """Return windows of many lengths and value ranges, with values and whole channels missing."""
    out = []
    for i, span in enumerate(SPANS):
        for j, length in enumerate(LENGTHS):
            columns = {}
            for channel in (0, 1, 2, 3, 4, *range(23, 32)):
                random = steps(1 + i * 1000 + j * 100 + channel, 2 * length)
                values = [
                    None if random[2 * k] >> 20 < 200 * j else random[2 * k + 1] % (2 * span) - span
                    for k in range(length)
                ]
                if (channel + i + j) % 7:
                    columns[str(channel)] = values
            out.append({"count": length, "columns": columns})
    return out


def build() -> dict[str, Any]:
    """Return the contents of the file."""
    made = windows()
    models = {}
    for name, blob in (("shipped", SHIPPED.read_bytes()), ("odd", pack(odd_model()))):
        model = load(blob)
        inputs = []
        for window in made:
            columns = {int(c): v for c, v in window["columns"].items()}
            inputs.append(extract(model, list(range(window["count"])), columns))
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
