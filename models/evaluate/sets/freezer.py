"""A working freezer: warm-ups above -15 °C as events, in themselves no failure of the freezer.

The set has no labels. Rows above -15 °C, the limit of the shipped profile `frozen-minus-15`, count
as anomalous and their runs as events: what a person would want to be told of.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np

from cargoseal_wire.constants import HUMIDITY, TEMPERATURE
from models.data.recording import Recording, events_of
from models.evaluate.climate_set import Shown, climate_result, delay_goal, recordings_of
from models.evaluate.detectors import Detectors
from models.evaluate.judge import FROZEN, Progress
from models.evaluate.result import SetResult

ORDER = 40
SET = "freezer_celsi"
WARM = -1500  # counts: -15 °C
TEXT = (
    "A freezer at about -19 °C with its compressor's cycle. No labels: rows above -15 °C (profile"
    " frozen-minus-15) count as anomalous and their runs as events, mostly defrosts and doors of a"
    " freezer that works. Forty hours and windows of an hour: few of them."
)


def evaluate(data: Path, detectors: Detectors, progress: Progress) -> SetResult | None:
    """Return the set's part of the report, None where DATA does not have it."""
    recordings = recordings_of(data, SET)
    if recordings is None:
        return None
    known = [with_warm_ups(recording) for recording in recordings]
    shown = Shown((TEMPERATURE, HUMIDITY), "Warm-ups are shaded.")
    result, _ = climate_result(known, detectors, progress, TEXT, shown, FROZEN)
    result.judged.clear()  # these labels are the profile's limit, and decide nothing about a model
    result.goals.append(delay_goal(result, detectors, "freezer: warm-ups above -15 °C", ORDER))
    return result


def with_warm_ups(recording: Recording) -> Recording:
    """Return the recording with its warm-ups as labels and events."""
    column = recording.columns[TEMPERATURE]
    warm = np.array([value is not None and value > WARM for value in column])
    events = events_of(recording.times_ms, warm, "above -15 °C")
    return replace(recording, labels=warm, events=events)
