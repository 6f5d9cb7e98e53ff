"""The same box in the boot of a car, two readings a second."""

from pathlib import Path

from models.evaluate.detectors import Detectors
from models.evaluate.judge import Progress
from models.evaluate.result import SetResult
from models.evaluate.sets.handling_labels import BOX, CAR
from models.evaluate.sets.handling_set import set_result

ORDER = 22
ABOUT = (
    "The same box in the boot of a car, speed bumps at the end, at 2 Hz. A burst of a second and a"
    " half would hold three readings: a node cuts none, and whether a detector would stay quiet on"
    " this ride cannot be told. It counts for no goal. Licence: none stated."
)


def evaluate(data: Path, detectors: Detectors, progress: Progress) -> SetResult | None:
    """Return the recording's part of the report, None where DATA does not have it."""
    return set_result(data, BOX, ABOUT, detectors, progress, only=CAR)
