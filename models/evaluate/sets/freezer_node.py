"""A freezer's node from its commissioning on: two hours and a half, and a probe not connected."""

from pathlib import Path

from cargoseal_wire.constants import DOOR, TEMPERATURE
from models.evaluate.climate_set import Shown, climate_result, recordings_of
from models.evaluate.detectors import Detectors
from models.evaluate.judge import Progress
from models.evaluate.result import SetResult

ORDER = 41
SET = "freezer_door_battery_sample"
TEXT = (
    "A freezer's node: set up with its probe not connected (0.00 °C, the set's own error flag is"
    " the label), later -35 °C. Two and a half hours: enough to load and judge, too little to tell"
    " detectors apart."
)


def evaluate(data: Path, detectors: Detectors, progress: Progress) -> SetResult | None:
    """Return the set's part of the report, None where DATA does not have it."""
    recordings = recordings_of(data, SET)
    if recordings is None:
        return None
    shown = Shown((TEMPERATURE, DOOR), "While it was set up: a probe error is labelled.")
    result, _ = climate_result(recordings, detectors, progress, TEXT, shown)
    result.judged.clear()  # a probe that is not there is for the sensor fault flag, not the score
    return result
