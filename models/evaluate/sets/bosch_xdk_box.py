"""A box thrown ten times and handled roughly, +-2 g at 100 Hz."""

from pathlib import Path

from models.evaluate.detectors import Detectors
from models.evaluate.judge import Progress
from models.evaluate.result import SetResult
from models.evaluate.sets.handling_labels import BOX, CAR
from models.evaluate.sets.handling_set import set_result

ORDER = 21
ABOUT = (
    "A box of 3 kg with a sensor of +-2 g at 100 Hz: ten throws of about two metres, and a"
    " recording called rough handling, which is five more throws (0.47-0.55 s of free flight each):"
    " they are labelled as falls, and whether rough handling that is no throw would be told from a"
    " ride this set cannot say. Between the throws it is lifted, carried and turned. Licence: none"
    " stated."
)


def evaluate(data: Path, detectors: Detectors, progress: Progress) -> SetResult | None:
    """Return the set's part of the report, None where DATA does not have it."""
    return set_result(data, BOX, ABOUT, detectors, progress, without=CAR, staged=True)
