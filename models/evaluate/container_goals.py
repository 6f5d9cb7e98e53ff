"""The containers' goals: what was found of what the recordings' own channels say happened.

Removal and silence are read off with the profile's own times, so these two show that the system is
consistent with the recordings. They are no rates of detection.
"""

from collections.abc import Callable

from cargoseal.policy.profile import load_profile
from cargoseal.policy.terms import Condition, Rule
from models.evaluate.duration import duration
from models.evaluate.result import Goal
from models.evaluate.trips import Span, Trip, flagged_ms
from models.evaluate.whole_way import ALARMS, Played, Told

ORDER = 30
ELSEWHERE = "that of `data/train` has, see `models/evaluation/train`:"


def goals(trips: list[Trip]) -> list[Goal]:
    """Return all of them; what this data has no case of is neither reached nor missed."""
    return [*quiet_goals(trips), removal_goal(trips), door_goal(trips), silence_goal(trips)]


def quiet_goals(trips: list[Trip]) -> list[Goal]:
    """No compromised verdict, at most one flag per device-month, on normal rail and sea legs.

    Told twice: with the arrival stated by who receives the goods, and as nobody states it, where
    a way's end looks like an attack. A way that raised no flag needs no statement.
    """
    return [
        _quiet_goal(trips, "the arrival stated", lambda t: t.on_the_way),
        _quiet_goal(trips, "nobody states the arrival", lambda t: t.played),
    ]


def _quiet_goal(trips: list[Trip], how: str, replay: Callable[[Trip], Played]) -> Goal:
    normal = [t for t in trips if not t.removed]
    compromised = sum(replay(t).worst() >= Condition.COMPROMISED for t in normal)
    flags = [(t, len(replay(t).flags_raised())) for t in normal]
    words = [
        f"{t.recording.device} {n} in {t.months:.1f} months ({n / t.months:.1f})" for t, n in flags
    ]
    return Goal(
        f"containers: normal rail and sea legs, {how}",
        "no compromised verdict, at most one flag per device-month",
        compromised == 0 and all(n <= t.months for t, n in flags) if normal else None,
        f"{compromised} compromised; flags (per device-month): {', '.join(words)}",
        f"a fixed 5 g limit: {', '.join(f'{t.recording.device} {t.hard_shocks}' for t in normal)}",
        ORDER,
    )


def removal_goal(trips: list[Trip]) -> Goal:
    """Every tracker that stayed off its mount until that is proof is told as tamper.

    Consistency: who counts as removed follows from the time that the profile takes for proof.
    A tracker that is taken off where its way ends is told beside it, and is no case of this.
    """
    removed = [t for t in trips if t.removed]
    ends = [words for t in trips if not t.removed and (words := _taken_off(t))]
    found = [t for t in removed if _tamper(t)]
    told = "; ".join(_removal(t) for t in removed)
    if len(removed) == 1:
        told += f"; {removed[0].recording.device} is the only real removal"
    if not removed:
        told = f"no tracker is removed in this data ({ELSEWHERE} device F, the only real one)"
    beside = f". At a way's end, the same event as its doors: {'; '.join(ends)}" if ends else ""
    return Goal(
        "containers: the removed tracker",
        "found: consistency with the profile's own time for proof, no rate of detection",
        len(found) == len(removed) if removed else None,
        told + beside,
        "without a mount contact: none",
        ORDER + 1,
    )


def _tamper(t: Trip) -> list[Told]:
    """Return the verdicts of tamper after the tracker had first been off for as long as is told."""
    least = flagged_ms(load_profile(t.played.profile))
    begin = next((begin for begin, end in t.off_mount if end - begin >= least), None)
    if begin is None:
        return []
    name = _name(Rule.TAMPER)
    return [v for v in t.played.verdicts if v.rule == name and v.time_ms >= begin]


def _removal(t: Trip) -> str:
    told, since = _tamper(t), t.off_mount[0][0]
    if not told:
        return f"{t.recording.device} not told"
    steps = [f"{v.told} after {duration((v.time_ms - since) / 1000)}" for v in told]
    return f"{t.recording.device} {', '.join(steps)}"


def _taken_off(t: Trip) -> str:
    told = _tamper(t)
    if not told:
        return ""
    wait = duration((told[0].time_ms - t.off_mount[0][0]) / 1000)
    return f"{t.recording.device} {told[0].told} after {wait} where nobody states its arrival"


def _name(rule: Rule) -> str:
    return rule.name.lower()


def door_goal(trips: list[Trip]) -> Goal:
    """Every opening in transit was sealed at once, in a window that was closed for it."""
    transit = [wait_ms(t.played, opening) for t in trips for opening in t.in_transit]
    ends = [
        wait_ms(t.played, opening)
        for t in trips
        for opening in t.openings
        if opening not in t.in_transit
    ]
    told = f"{_sealed(transit)} in transit"
    if not transit:
        told = f"no door is opened in transit in this data ({ELSEWHERE} device C)"
    return Goal(
        "containers: doors opened in transit",
        "found",
        all(wait is not None for wait in transit) if transit else None,
        f"{told}; at the way's end, or with a removal: {_sealed(ends)}",
        "without a door contact: none",
        ORDER + 2,
    )


def _sealed(waits: list[int | None]) -> str:
    found = [wait for wait in waits if wait is not None]
    slowest = f", at most {duration(max(found) / 1000)} after the opening" if found else ""
    return f"{len(found)} of {len(waits)} sealed and sent as urgent{slowest}"


def wait_ms(played: Played, opening: Span) -> int | None:
    """Return how long after an opening the window ended that was closed for it; None: none was."""
    for window in played.windows:
        if window.start_ms <= opening[0] <= window.end_ms and window.urgent_for(ALARMS["door"]):
            return window.end_ms - opening[0]
    return None


def silence_goal(trips: list[Trip]) -> Goal:
    """A silence was noted in every gap between two rows of a recording, and nowhere else.

    The gaps are the recording's own: the gateway knows only what it received, and when. Both are
    measured by the profile's silence, so this is consistency.
    """
    gaps = [(t, gap) for t in trips for gap in t.gaps]
    found = sum(any(_within(one, gap) for one in t.played.silences) for t, gap in gaps)
    noted = [(t, one) for t in trips for one in t.played.silences]
    beside = sum(not any(_within(one, gap) for gap in t.gaps) for t, one in noted)
    return Goal(
        "containers: silence",
        "found, and none where there was none: consistency with the recording's own gaps, no rate"
        " of detection",
        found == len(gaps) and not beside if gaps else None,
        f"{found} of {len(gaps)} gaps between two rows of the recordings that are longer than the"
        f" profile's silence; {beside} silences noted elsewhere",
        "without heartbeat and counter: none",
        ORDER + 3,
    )


def _within(silence: Span, gap: Span) -> bool:
    """Whether a silence (since, noted) is about this gap.

    It begins at the last receipt, which a window that was still open delays into the gap; it may
    be noted when the gap is just over.
    """
    return gap[0] <= silence[0] < gap[1]
