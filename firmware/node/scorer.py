"""Features and score of a window, by the model for its kind: the statement will name its digest.

A kind without a model is sealed all the same: the statement then names 32 zero bytes, the claim's
input is empty and its score 0.
"""

import binascii

from cargoseal_score import blob, features, infer
from cargoseal_wire.constants import DIGEST_BYTES
from node.config import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cargoseal_score.model import Model
    from node.config import ModelSetting

_KINDS = ("climate", "handling")


class Scorer:
    """Scores closed windows."""

    def __init__(self, settings: "list[ModelSetting]") -> None:
        """ScoreError for a blob that is no model; ConfigError for one that is not there, is another
        than the enrolled, or is the second of its kind."""
        self._models: dict[int, Model] = {}
        self._thresholds: dict[int, int | None] = {}
        for at, setting in enumerate(settings):
            model = _checked(setting, "models[" + str(at) + "]")
            if model.kind in self._models:
                expected = "one model for windows of kind " + _KINDS[model.kind]
                raise ConfigError("models[" + str(at) + "]", expected, "a second one")
            self._models[model.kind] = model
            self._thresholds[model.kind] = setting.threshold

    def score(
        self, kind: int, offsets_ms: list[int], columns: "dict[int, list[int | None]]"
    ) -> tuple[bytes, bytes, int, bool]:
        """(digest of the model, model input, score, whether the score reaches its threshold) of a
        window of this kind with these readings."""
        model = self._models.get(kind)
        if model is None:
            return bytes(DIGEST_BYTES), b"", 0, False
        model_input = features.extract(model, offsets_ms, columns)
        score = infer.score(model, model_input)
        threshold = self._thresholds[kind]
        return model.digest, model_input, score, threshold is not None and score >= threshold


def _checked(setting: "ModelSetting", key: str) -> "Model":
    expected = setting.digest
    if setting.blob is None:
        raise ConfigError(key, _hex(expected or b""), "no model")
    model = blob.load(setting.blob)
    if expected is not None and model.digest != expected:
        raise ConfigError(key + ".digest", _hex(expected), _hex(model.digest))
    return model


def _hex(data: bytes) -> str:
    return binascii.hexlify(data).decode()
