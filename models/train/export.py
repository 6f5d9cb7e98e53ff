"""Write a model folder: model.tflite, model.blob, golden.json."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cargoseal.model.compile import METADATA_NAME, compile_tflite, feature_metadata
from cargoseal.model.golden import golden_text
from cargoseal_score.model import KIND_CLIMATE, Feature
from models.train.feature_table import ZERO_POINT
from models.train.network import Network
from models.train.quantize import quantize
from models.train.tflite_writer import write_tflite

DESCRIPTION = "Cargoseal anomaly autoencoder"


def compiled(
    network: Network, features: list[Feature], calibration: NDArray[np.int8]
) -> tuple[bytes, bytes]:
    """Return (tflite, blob) of the quantized network. calibration: normal inputs, int8."""
    scale, layers = quantize(network, calibration, ZERO_POINT)
    metadata = {METADATA_NAME: feature_metadata(KIND_CLIMATE, features)}
    tflite = write_tflite(scale, ZERO_POINT, layers, metadata, DESCRIPTION)
    return tflite, compile_tflite(tflite)


def export(folder: Path, tflite: bytes, blob: bytes) -> None:
    """Write the model and its golden vectors into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.tflite").write_bytes(tflite)
    (folder / "model.blob").write_bytes(blob)
    (folder / "golden.json").write_text(golden_text(tflite, blob))
