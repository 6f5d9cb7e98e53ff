"""Cars over bumps and potholes, the vertical axis at 50 Hz."""

from pathlib import Path

from models.evaluate.detectors import Detectors
from models.evaluate.judge import Progress
from models.evaluate.result import SetResult
from models.evaluate.sets.handling_labels import ROADS
from models.evaluate.sets.handling_set import set_result

ORDER = 24
ABOUT = (
    "Phones in cars over speed bumps, metal bumps, potholes and plain roads: series of seconds at"
    " 50 Hz, of the vertical axis alone, taken as it is. Nothing falls. Licence: none stated."
)


def evaluate(data: Path, detectors: Detectors, progress: Progress) -> SetResult | None:
    """Return the set's part of the report, None where DATA does not have it."""
    return set_result(data, ROADS, ABOUT, detectors, progress)
