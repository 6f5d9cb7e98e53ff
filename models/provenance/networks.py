"""The trained networks that are judged beside the rules that ship: models/contenders/*-model.

Where a rule ships nothing in the shipped folders has layers. Kernels, machine code and interpreters
are proven on these: the next network that ships runs on the same code.
"""

from pathlib import Path

from cargoseal.scoring.folders import BLOB, ShippedModel
from cargoseal_score.blob import load

CONTENDERS = Path(__file__).resolve().parents[1] / "contenders"


def networks() -> list[ShippedModel]:
    """Return them by kind; no golden vectors, and no .tflite where none was written."""
    return [_read(folder) for folder in sorted(CONTENDERS.glob("*-model"))]


def _read(folder: Path) -> ShippedModel:
    blob = (folder / BLOB).read_bytes()
    tflite = folder / "model.tflite"
    name = f"{folder.name.removesuffix('-model')} network"
    return ShippedModel(
        name, blob, tflite.read_bytes() if tflite.exists() else None, b"", load(blob)
    )
