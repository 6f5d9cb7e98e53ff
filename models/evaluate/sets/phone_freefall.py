"""A phone dropped two metres and thrown up, +-16 g at 200 Hz."""

from pathlib import Path

from models.evaluate.detectors import Detectors
from models.evaluate.judge import Progress
from models.evaluate.result import SetResult
from models.evaluate.sets.handling_labels import PHONE
from models.evaluate.sets.handling_set import set_result

ORDER = 23
ABOUT = (
    "A phone of +-16 g at 200 Hz, dropped from about two metres onto something soft or thrown up"
    " and left to fall; before that it is held. A rebound is what flies up from a landing. Licence:"
    " CC0 1.0."
)


def evaluate(data: Path, detectors: Detectors, progress: Progress) -> SetResult | None:
    """Return the set's part of the report, None where DATA does not have it."""
    return set_result(data, PHONE, ABOUT, detectors, progress, staged=True)
