"""Freight containers: what the whole system concludes about weeks of normal rail and sea.

No set of labels comes with them: door and mount contacts are the truth (SOURCE.md). Rows are
anomalous while, after the departure, the doors are open or the tracker is off its mount. A climate
detector sees neither contact; the rule of the contacts beside it is the truth itself and says only
that nothing is lost on the way from reading to window.
"""

from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cargoseal.policy.profile import load_profile
from cargoseal_wire.constants import DOOR, HUMIDITY, MOUNT, SHOCK, TEMPERATURE
from models.data.recording import Recording, labels_of
from models.evaluate import container_goals, metrics
from models.evaluate.climate_set import Shown, climate_result, recordings_of
from models.evaluate.container_plot import container_plot
from models.evaluate.detectors import Detectors, Point
from models.evaluate.judge import DRY_GOODS, LIMITS, Progress, Scored
from models.evaluate.result import Row, SetResult
from models.evaluate.trips import FIXED_LIMIT_MG, Trip, departure, profile_of, runs, trip
from models.evaluate.whole_way import Told
from models.evaluate.windows import judged

ORDER = container_goals.ORDER
SET = "schenker_containers"
TEXT = (
    "Trackers inside containers of DB Schenker, 2016: device B by rail from Europe to China in"
    " winter, the others by sea. The set's truth are its door and mount contacts: rows count as"
    " anomalous while, after the departure, the doors are open or the tracker is off its mount. No"
    " climate detector sees the contacts, and goods do not change because a door opens: what is"
    " missed here is the contact's task, and FAR and alarms per week are the figures that matter."
    " Verdicts are those of the whole system: every row was sealed by the firmware, verified and"
    " judged by the gateway, and `cargoseal verify` checked the token."
)
CONTACTS = "door and mount contacts (the truth itself)"
HARD = "a shock of 5 g or more"


def evaluate(data: Path, detectors: Detectors, progress: Progress) -> SetResult | None:
    """Return the set's part of the report, None where DATA does not have it."""
    recordings = recordings_of(data, SET)
    if recordings is None:
        return None
    known = [with_contacts(recording) for recording in recordings]
    shown = Shown((TEMPERATURE, HUMIDITY, SHOCK), "", known[0].name)
    result, scored = climate_result(
        known, detectors, progress, TEXT, shown, DRY_GOODS, by_climate=False
    )
    result.judged.clear()  # a contact's events decide nothing about a climate model
    result.rows += [_contacts_row(scored), _shock_row(scored)]
    trips = [trip(r, data / SET / f"{r.name}.csv.gz", progress) for r in known]
    result.plots = [
        container_plot(one, t.played, t.openings) for one, t in zip(scored, trips, strict=True)
    ]
    result.goals = container_goals.goals(trips)
    result.text += "\n\n" + "\n".join(f"- {sentence(t)}" for t in trips)
    result.facts = {t.recording.name: facts(t) for t in trips}
    return result


def with_contacts(recording: Recording) -> Recording:
    """Return the recording with open doors and an empty mount after its departure as events."""
    profile = load_profile(profile_of(recording))
    departed = departure(recording, profile.departure.secure_minutes or 0)
    if departed is None:
        return replace(recording, labels=np.zeros(len(recording), bool))
    spans = sorted(
        (*span, name)
        for channel, name in ((DOOR, "door open"), (MOUNT, "off its mount"))
        for span in runs(recording, channel, departed)
    )
    return replace(recording, labels=labels_of(recording.times_ms, spans), events=spans)


def _contacts_row(scored: list[Scored]) -> Row:
    return _row(CONTACTS, scored, [some.judged[LIMITS].loud > 0 for some in scored], 1.0)


def _shock_row(scored: list[Scored]) -> Row:
    scores = []
    for some in scored:
        shocks = some.recording.columns.get(SHOCK, [None] * len(some.recording))
        hardest = [max(v or 0 for v in shocks[w.first : w.end]) for w in some.windows]
        scores.append(np.array(hardest))
    return _row(HARD, scored, scores, FIXED_LIMIT_MG)


def _row(name: str, scored: list[Scored], scores: list[NDArray[Any]], threshold: float) -> Row:
    """Return a rule's row; it pauses for a day behind an alarm, as the detectors do."""
    said = [
        judged(one.recording, one.windows, values, Point(threshold, cool_down_h=24.0))
        for one, values in zip(scored, scores, strict=True)
    ]
    found, events = metrics.found_events(said)
    return Row(name, metrics.figures(said), True, f"{found} of {events} events found")


def sentence(t: Trip) -> str:
    """Return what became of one recording, in words."""
    row = t.played.row
    doubts = f" ({row['doubts']})" if row["doubts"] else ""
    told = "; ".join(_told(v) for v in t.played.verdicts) or "none"
    text = (
        f"**{t.recording.name}** under `{t.played.profile}`: {row['readings']:,} readings in"
        f" {row['sealed']} sealed windows, {row['verified']} verified, check {row['checked']};"
        f" {t.hard_shocks} shocks of 5 g or more. Condition: {row['condition']}{doubts}."
        f" Verdicts: {told}."
    )
    if t.arrived is None:
        return text
    after = "; ".join(_told(v) for v in t.arrived.verdicts) or "none"
    return f"{text} With its arrival stated in the hour of the doors' opening: {after}."


def _told(verdict: Told) -> str:
    why = verdict.why or verdict.rule.replace("_", " ")
    return f"{verdict.told} on {_date(verdict.time_ms)} ({why}, since {_date(verdict.since_ms)})"


def _date(moment_ms: int) -> str:
    return f"{datetime.fromtimestamp(moment_ms / 1000, UTC):%Y-%m-%d %H:%M} UTC"


def facts(t: Trip) -> dict[str, object]:
    """Return the same for programs."""
    return {
        "profile": t.played.profile,
        "months": t.months,
        "removed_tracker": t.removed,
        "verdicts": [asdict(v) for v in t.played.verdicts],
        "verdicts_with_arrival_stated": [asdict(v) for v in t.on_the_way.verdicts],
        "openings_after_departure": t.openings,
        "off_mount_after_departure": t.off_mount,
        "gaps_of_rows": t.gaps,
        "openings_in_transit": t.in_transit,
        "silences": t.played.silences,
        "hard_shocks": t.hard_shocks,
        "row": t.played.row,
    }
