"""Labelled motes: hot water vapour beside a sensor, for minutes."""

from pathlib import Path

from cargoseal_wire.constants import HUMIDITY, TEMPERATURE
from models.evaluate.climate_set import Shown, climate_result, delay_goal, recordings_of
from models.evaluate.detectors import Detectors
from models.evaluate.judge import Progress
from models.evaluate.result import SetResult

ORDER = 44
SET = "labelled_wsn_suthaharan"
TEXT = (
    "TelosB motes indoors, a reading every 5 s for 6 h. Mote 1 stood in hot water vapour for ten"
    " minutes; mote 2 did not. With one event, intervals speak of windows, not of other events."
)


def evaluate(data: Path, detectors: Detectors, progress: Progress) -> SetResult | None:
    """Return the set's part of the report, None where DATA does not have it."""
    recordings = recordings_of(data, SET)
    if recordings is None:
        return None
    shown = Shown((TEMPERATURE, HUMIDITY), "Mote 1: vapour raises temperature and humidity.")
    result, _ = climate_result(recordings, detectors, progress, TEXT, shown)
    result.goals.append(delay_goal(result, detectors, "labelled motes: hot vapour", ORDER))
    return result
