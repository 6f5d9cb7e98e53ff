"""Floors of trams and buses, 500 Hz."""

from pathlib import Path

from models.evaluate.detectors import Detectors
from models.evaluate.judge import Progress
from models.evaluate.result import SetResult
from models.evaluate.sets.handling_labels import TRANSIT
from models.evaluate.sets.handling_set import set_result

ORDER = 25
ABOUT = (
    "The floors of a tram and a bus in traffic, +-2 g at 500 Hz, five samples averaged to one. Of"
    " every ten seconds the worst moment is judged. Nothing falls. Licence: none stated."
)


def evaluate(data: Path, detectors: Detectors, progress: Progress) -> SetResult | None:
    """Return the set's part of the report, None where DATA does not have it."""
    return set_result(data, TRANSIT, ABOUT, detectors, progress)
