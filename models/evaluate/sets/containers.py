"""Freight containers: what the whole system concludes about weeks of normal rail and sea."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from cargoseal.policy.profile import load_profile
from cargoseal.policy.terms import Condition, Rule
from cargoseal_wire.constants import HUMIDITY, SHOCK, TEMPERATURE
from models.evaluate.climate_set import Shown, climate_result, duration, recordings_of
from models.evaluate.container_plot import container_plot
from models.evaluate.detectors import Detectors
from models.evaluate.judge import DRY_GOODS, Progress
from models.evaluate.result import Goal, SetResult
from models.evaluate.trips import Span, Trip, flagged_ms, trip
from models.evaluate.whole_way import ALARMS, Played, Told

ORDER = 30
SET = "schenker_containers"
TEXT = (
    "Trackers inside containers of DB Schenker, 2016: device B by rail from Europe to China in"
    " winter, the others by sea. No labels: doors, mount and shocks are in the channels. The table"
    " counts unlabelled alarms of the climate detectors. Verdicts are those of the whole system:"
    " every row was sealed by the firmware, verified and judged by the gateway, and `cargoseal"
    " verify` checked the token."
)


def evaluate(data: Path, detectors: Detectors, progress: Progress) -> SetResult | None:
    """Return the set's part of the report, None where DATA does not have it."""
    recordings = recordings_of(data, SET)
    if recordings is None:
        return None
    shown = Shown((TEMPERATURE, HUMIDITY, SHOCK), "", recordings[0].name)
    result, scored = climate_result(recordings, detectors, progress, TEXT, shown, DRY_GOODS)
    trips = [trip(r, data / SET / f"{r.name}.csv.gz", progress) for r in recordings]
    result.plots = [
        container_plot(one, t.played, t.openings) for one, t in zip(scored, trips, strict=True)
    ]
    result.goals = [quiet_goal(trips), removal_goal(trips), door_goal(trips), silence_goal(trips)]
    result.text += "\n\n" + "\n".join(f"- {sentence(t)}" for t in trips)
    result.facts = {t.recording.name: facts(t) for t in trips}
    return result


def quiet_goal(trips: list[Trip]) -> Goal:
    """No compromised verdict, at most one flag per device-month, on normal rail and sea legs."""
    normal = [t for t in trips if not t.removed]
    compromised = sum(t.played.worst() >= Condition.COMPROMISED for t in normal)
    rates = [len(t.on_the_way.flags_raised()) / t.months for t in normal]
    words = [
        f"{t.recording.device} {len(t.on_the_way.flags_raised())} in {t.months:.1f} months"
        + (f" ({len(t.played.flags_raised())} if nobody states its arrival)" if t.arrived else "")
        for t in normal
    ]
    return Goal(
        "containers: normal rail and sea legs",
        "no compromised verdict, at most one flag per device-month",
        compromised == 0 and all(rate <= 1 for rate in rates) if normal else None,
        f"{compromised} compromised; flags: {', '.join(words)}",
        f"a fixed 5 g limit: {', '.join(f'{t.recording.device} {t.hard_shocks}' for t in normal)}",
        30,
    )


def removal_goal(trips: list[Trip]) -> Goal:
    """Every tracker that stayed off its mount as long as the profile asks is told as tamper."""
    wanted, words = 0, []
    for t in trips:
        least = flagged_ms(load_profile(t.played.profile))
        begin = next((begin for begin, end in t.off_mount if end - begin >= least), None)
        if begin is None:
            continue
        wanted += 1
        told = [v for v in t.played.verdicts if v.rule == _name(Rule.TAMPER) and v.time_ms >= begin]
        if told:
            gravest = max(told, key=lambda v: v.condition)
            delay = duration((told[0].time_ms - begin) / 1000)
            words.append(f"{t.recording.device} {gravest.told}, first told after {delay}")
    return Goal(
        "containers: the removed tracker",
        "found",
        len(words) == wanted if wanted else None,
        f"{len(words)} of {wanted}{': ' if words else ''}{'; '.join(words)}",
        "without a mount contact: none",
        31,
    )


def _name(rule: Rule) -> str:
    return rule.name.lower()


def door_goal(trips: list[Trip]) -> Goal:
    """Every opening after departure was sealed at once, in a window that was closed for it."""
    waits = [wait_ms(t.played, opening) for t in trips for opening in t.openings]
    found = [wait for wait in waits if wait is not None]
    slowest = f", at most {duration(max(found) / 1000)} after the opening" if found else ""
    ruled = sum(v.rule == _name(Rule.DOOR) for t in trips for v in t.played.verdicts)
    return Goal(
        "containers: doors opened after departure",
        "found",
        len(found) == len(waits) if waits else None,
        f"{len(found)} of {len(waits)} sealed and sent as urgent{slowest};"
        f" {ruled} open long enough for a verdict",
        "without a door contact: none",
        32,
    )


def wait_ms(played: Played, opening: Span) -> int | None:
    """Return how long after an opening the window ended that was closed for it; None: none was."""
    for window in played.windows:
        if window.start_ms <= opening[0] <= window.end_ms and window.urgent_for(ALARMS["door"]):
            return window.end_ms - opening[0]
    return None


def silence_goal(trips: list[Trip]) -> Goal:
    """Wherever the gateway had nothing for longer than the profile allows, a silence is noted."""
    found = sum(_noted(t.played, stretch) for t in trips for stretch in t.unheard)
    wanted = sum(len(t.unheard) for t in trips)
    told = sum(len(t.played.silences) for t in trips)
    return Goal(
        "containers: silence",
        "found, and none where there was none",
        found == wanted == told if wanted else None,
        f"{found} of {wanted} stretches without a word beyond the profile's limit, {told} silences"
        " noted",
        "without heartbeat and counter: none",
        33,
    )


def _noted(played: Played, stretch: Span) -> bool:
    return any(stretch[0] == since and noted <= stretch[1] for since, noted in played.silences)


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
        "unheard": t.unheard,
        "silences": t.played.silences,
        "hard_shocks": t.hard_shocks,
        "row": t.played.row,
    }
