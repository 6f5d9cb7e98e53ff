"""NAB's two temperature series: failures of a cooling system and of a machine."""

from pathlib import Path

from cargoseal_wire.constants import TEMPERATURE
from models.evaluate.climate_set import Shown, climate_result, delay_goal, recordings_of
from models.evaluate.detectors import Detectors
from models.evaluate.judge import Progress
from models.evaluate.plots import scored_plot
from models.evaluate.result import SetResult

ORDER = 46
SET = "nab_temperature"
MACHINE = "machine_temperature_system_failure"
TEXT = (
    "One temperature each: an office's every hour, a machine's every 5 minutes. NAB's labels are"
    " windows of days around a failure, so most labelled rows look normal and delay counts from"
    " the window's begin: AUC and recall are low for everyone. A machine at 38 °C (it runs hot by"
    " design) is no cargo either."
)


def evaluate(data: Path, detectors: Detectors, progress: Progress) -> SetResult | None:
    """Return the set's part of the report, None where DATA does not have it."""
    recordings = recordings_of(data, SET)
    if recordings is None:
        return None
    shown = Shown((TEMPERATURE,), "The machine's temperature with NAB's windows.", MACHINE)
    result, scored = climate_result(recordings, detectors, progress, TEXT, shown)
    for one in scored:
        if one.recording.name != MACHINE:
            title = "The office's temperature with NAB's windows."
            result.plots.append(scored_plot("nab_ambient.png", title, one, shown.channels))
    result.goals.append(delay_goal(result, detectors, "NAB temperatures", ORDER))
    return result
