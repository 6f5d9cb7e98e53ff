"""The goals of handling, each with what was reached: on recordings, and on simulated drops."""

from collections.abc import Sequence

from cargoseal_score.fall import height_mm
from models.data.phone_freefall import FALL_M
from models.evaluate.result import Goal
from models.evaluate.sets import handling_drops as simulated
from models.evaluate.sets.handling_bursts import FALL, HANDLED, REBOUND, RIDE, ROAD
from models.evaluate.sets.handling_judges import USUAL_LOW, flight_ms
from models.evaluate.sets.handling_labels import CAR, PHONE, ROUGH
from models.evaluate.sets.handling_opinions import (
    Material,
    Opinion,
    count,
    false_per_hour,
    found_from,
    hits,
    near_share,
    rows_of,
    share,
    told,
)

ENOUGH = 0.95
QUIET = (  # kind, goal, order
    (RIDE, "zero false falls on tram and bus", 22),
    (ROAD, "road bumps and potholes told from drops", 23),
    (HANDLED, "lifting, carrying, turning is no drop", 24),
)


def goals(material: Material, chosen: Opinion, opinions: Sequence[Opinion]) -> list[Goal]:
    """Return the goals that this material can tell of; `chosen` is what ships."""
    rule = next(o for o in opinions if o.name == USUAL_LOW)
    made = [
        _falls(material, chosen, rule),
        _rough(material, chosen, rule),
        *(_quiet(material, chosen, rule, *wanted) for wanted in QUIET),
        _car(material),
        _rebounds(material, chosen, rule),
        _low_drops(material, chosen, opinions),
        _known_heights(material),
        *(_height(material, h) for h in simulated.HEIGHTS_M if h >= simulated.LOW_M),
    ]
    return [goal for goal in made if goal is not None]


def _falls(material: Material, chosen: Opinion, rule: Opinion) -> Goal | None:
    total = count(material, FALL)
    if not total:
        return None
    return Goal(
        "every throw and fall found",
        "all throws and falls of the recordings",
        hits(chosen, material, FALL) == total,
        f"{hits(chosen, material, FALL)} of {total}",
        f"{hits(rule, material, FALL)} of {total} ({rule.name})",
        20,
    )


def _rough(material: Material, chosen: Opinion, rule: Opinion) -> Goal | None:
    rows = [i for i in rows_of(material, FALL) if material.cases[i].recording == ROUGH]
    if not rows:
        return None
    ours, theirs = (int((o.cases[rows] >= o.threshold).sum()) for o in (chosen, rule))
    return Goal(
        "rough handling told apart",
        "found, and apart from rides",
        None,
        f"cannot be told: the {len(rows)} events of the recording called rough handling are throws,"
        f" labelled as falls, and {ours} are called falls; no recording has rough handling that is"
        " no throw",
        f"{theirs} of the {len(rows)} ({rule.name})",
        21,
    )


def _quiet(
    material: Material, chosen: Opinion, rule: Opinion, kind: str, name: str, order: int
) -> Goal | None:
    total = count(material, kind)
    if not total:
        return None
    false = hits(chosen, material, kind)
    own = sum(material.cases[i].natural for i in rows_of(material, kind))
    return Goal(
        name,
        "no alarm, also at the worst moments",
        false == 0,
        f"{false} of {total} bursts; a node would have cut {own} of them, the others are the worst"
        " moments between",
        f"{hits(rule, material, kind)} of {total} ({rule.name})",
        order,
    )


def _car(material: Material) -> Goal | None:
    if all(s.name != CAR for s in material.streams):
        return None
    return Goal(
        "zero false falls in the boot of a car",
        "no alarm",
        None,
        "cannot be told: the one ride has two readings a second, of which no burst is cut",
        "the same",
        22,
    )


def _rebounds(material: Material, chosen: Opinion, rule: Opinion) -> Goal | None:
    total = count(material, REBOUND)
    if not total:
        return None
    return Goal(
        "low, tumbling flights in recordings (rebounds of 0.22-0.37 s)",
        "at least 95 %",
        hits(chosen, material, REBOUND) >= ENOUGH * total,
        f"{hits(chosen, material, REBOUND)} of {total}",
        f"{hits(rule, material, REBOUND)} of {total} ({rule.name})",
        25,
    )


def _low_drops(material: Material, chosen: Opinion, opinions: Sequence[Opinion]) -> Goal:
    def words(o: Opinion) -> str:
        found, false = found_from(o, material, simulated.LOW_M), false_per_hour(o, material)
        return f"{told(found)}, {false.value:.2f} false alarms per ride-hour"

    reached = found_from(chosen, material, simulated.LOW_M).value
    others = [
        o for o in opinions if o.name != chosen.name and (o.name == USUAL_LOW or not o.is_baseline)
    ]
    return Goal(
        "tumbling drops from 20 cm (simulated, held out)",
        "at least 95 % found",
        reached is not None and reached >= ENOUGH,
        words(chosen),
        "; ".join(f"{words(o)} ({o.name})" for o in others),
        26,
    )


def _known_heights(material: Material) -> Goal | None:
    """Known of recordings: the phone's falls, 1.9 to 2.1 m."""
    falls = [c for c in material.cases if c.set == PHONE and c.recording.startswith("fall_")]
    if not falls:
        return None
    fallen = [0 if c.burst is None else flight_ms(c.burst) for c in falls if c.kind == FALL]
    metres = [height_mm(ms) / 1000 for ms in fallen]
    low, high = FALL_M[0] * (1 - simulated.HEIGHT_ERROR), FALL_M[1] * (1 + simulated.HEIGHT_ERROR)
    right = share(sum(low <= m <= high for m in metres), len(metres))
    return Goal(
        "drop height, recorded falls of a phone from 1.9-2.1 m",
        "within ±25 %",
        right.value == 1.0,
        f"{round((right.value or 0.0) * len(metres))} of {len(metres)}"
        f" ({min(metres):.2f}-{max(metres):.2f} m)",
        "–",
        27,
    )


def _height(material: Material, height_m: float) -> Goal:
    near = near_share(material, height_m)
    return Goal(
        f"drop height, simulated drops from {height_m:.1f} m",
        "within ±25 % for at least 95 %",
        near.value is not None and near.value >= ENOUGH,
        f"{told(near)} of {sum(d.height_m == height_m for d in material.drops)}",
        "–",
        28,
    )
