"""A trained network as files: .tflite, and the blob compiled from it; a rule as a blob alone."""

from cargoseal.model.compile import METADATA_NAME, compile_tflite, feature_metadata
from cargoseal_score.blob import pack
from cargoseal_score.model import Feature, Model
from models.train.dataset import Inputs
from models.train.feature_table import ZERO_POINT
from models.train.network import Network
from models.train.quantize import quantize
from models.train.tflite_writer import write_tflite

DESCRIPTION = "Cargoseal anomaly autoencoder"


def compiled(
    kind: int, network: Network, features: list[Feature], calibration: Inputs
) -> tuple[bytes, bytes]:
    """Return (tflite, blob) of the quantized network.

    calibration: the inputs whose activations must fit, faults included where they were trained on.
    """
    scale, layers = quantize(network, calibration, ZERO_POINT)
    metadata = {METADATA_NAME: feature_metadata(kind, features)}
    tflite = write_tflite(scale, ZERO_POINT, layers, metadata, DESCRIPTION)
    return tflite, compile_tflite(tflite)


def rule(kind: int, features: list[Feature]) -> bytes:
    """Return a blob without layers: its score is the largest squared distance from zero."""
    return pack(Model(b"", kind, ZERO_POINT, features, []))
