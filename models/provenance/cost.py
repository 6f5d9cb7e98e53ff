"""What a window of a model costs a node, for its card: from the figures that the bench counted.

`FIGURES` is written by `make bench` (tests/bench/bench_firmware.py) and committed:

    {"models": {SHA-256 of a blob: {what: rv32imc instructions of a window, ...}, ...}, ...}

The figures of a model are found by its blob, so that those of another are never taken for its own;
a model that was not measured has none, and its card says so. "whole window", where it is told, is
from the features to the spool; else the energy is that of the parts that are told.

Energy is computed, not measured, with the chip's speed and current of `tools.energy_model`.
"""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

from cargoseal.model.lineage import digest_of

NODE = import_module("tools.energy_model").NODE  # mypy knows that file by another name
FIGURES = Path(__file__).resolve().parents[2] / "tests" / "bench" / "firmware.json"
WHOLE = "whole window"
VOLT = 3.3


def cost_of(blob: bytes, figures: Path = FIGURES) -> dict[str, str]:
    """Return the rows of the card's table; empty where nobody has counted this blob's windows."""
    if not figures.is_file():
        return {}
    said: dict[str, Any] = json.loads(figures.read_text())
    parts: dict[str, float] | None = said.get("models", {}).get(digest_of(blob))
    if not parts:
        return {}
    rows = {f"rv32imc instructions: {name}": f"{round(n):,}" for name, n in parts.items()}
    counted = parts.get(WHOLE, sum(parts.values()))
    rows["energy of these, computed"] = (
        f"{millijoules(counted):.2f} mJ: {NODE.instructions_per_s.number / 1e6:g} million"
        f" instructions a second at {NODE.run_ma.number:g} mA and {VOLT:g} V (ESP32-C3,"
        " `tools/energy_model.py` says where from)"
    )
    return rows


def millijoules(instructions: float) -> float:
    """Return the energy of so many instructions."""
    return float(instructions / NODE.instructions_per_s.number * NODE.run_ma.number * VOLT)
