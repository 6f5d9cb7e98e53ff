"""Rooms with people: an open door is the labelled event, seen by climate and light alone."""

from pathlib import Path

from cargoseal_wire.constants import HUMIDITY, LIGHT, TEMPERATURE
from models.evaluate.climate_set import Shown, climate_result, delay_goal, recordings_of
from models.evaluate.detectors import Detectors
from models.evaluate.judge import Progress
from models.evaluate.result import SetResult

ORDER = 42
SET = "room_climate_doors"
TEXT = (
    "Heated rooms, a person comes in and goes: the door is open for 4 to 20 s at the begin and the"
    " end of a session. That is a hard and a foreign task for a detector of spoilt cargo; whether"
    " it ranks these windows higher at all is the question. The door itself is no input."
)


def evaluate(data: Path, detectors: Detectors, progress: Progress) -> SetResult | None:
    """Return the set's part of the report, None where DATA does not have it."""
    recordings = recordings_of(data, SET)
    if recordings is None:
        return None
    shown = Shown(
        (TEMPERATURE, HUMIDITY, LIGHT), "The session and node with most openings of the door."
    )
    result, _ = climate_result(recordings, detectors, progress, TEXT, shown)
    result.goals.append(delay_goal(result, detectors, "rooms: doors by climate alone", ORDER))
    return result
