"""Features and score of a window, by the model whose digest the statement will name.

Without a model the statement names 32 zero bytes, the claim's input is empty and its score 0.
"""

import binascii
import hashlib

from cargoseal_score import blob, features, infer
from cargoseal_wire.constants import CLIMATE, DIGEST_BYTES
from node.config import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from node.window import Window


def check_digest(model_blob: bytes | None, expected: bytes | None) -> None:
    """ConfigError when the enrolment named a model and this is another, or none."""
    if expected is None:
        return
    got = b"" if model_blob is None else hashlib.sha256(model_blob).digest()
    if got != expected:
        text = "no model" if model_blob is None else binascii.hexlify(got).decode()
        raise ConfigError("model_digest", binascii.hexlify(expected).decode(), text)


class Scorer:
    """Scores closed windows."""

    def __init__(self, model_blob: bytes | None, threshold: int | None) -> None:
        """`threshold`: scores from here on are flagged, None for never. ScoreError for a blob
        that is not a model."""
        self._model = None if model_blob is None else blob.load(model_blob)
        self._threshold = threshold
        self.digest = bytes(DIGEST_BYTES) if self._model is None else self._model.digest
        self.kind = CLIMATE if self._model is None else self._model.kind

    def score(self, window: "Window") -> tuple[bytes, int]:
        """(model input, score)."""
        if self._model is None:
            return b"", 0
        model_input = features.extract(self._model, window.offsets_ms(), window.columns())
        return model_input, infer.score(self._model, model_input)

    def anomalous(self, score: int) -> bool:
        return self._threshold is not None and self._model is not None and score >= self._threshold
