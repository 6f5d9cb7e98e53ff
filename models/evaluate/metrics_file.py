"""What metrics.json says of a detector: the keys of the card, and the figures for programs."""

from dataclasses import asdict
from hashlib import sha256
from typing import Any

from models.evaluate.calibrate import OperatingPoint
from models.evaluate.contest import Contest, signed
from models.evaluate.decide import Calibrated, Named, Verdict
from models.evaluate.figure_table import cell, cells
from models.evaluate.result import SetResult
from models.train.task import Task

Told = dict[str, Any]


def metrics(task: Task, verdict: Verdict, named: Named, facts: dict[str, object]) -> Told:
    """Return metrics.json of one detector: keys of the card, and the figures for programs."""
    points = verdict.points[named.name]
    return {
        "model": sha256(named.blob).hexdigest(),
        "recommended_threshold": points[0].point.threshold,
        "about": task.words.about,
        "use": task.words.use,
        "ships": {
            "detector": "baseline" if verdict.ships.is_baseline else "model",
            "why": why(verdict.contest),
        },
        "operating_points": [_operating_point(c) for c in points],
        "training": task.words.training,
        "tables": [_thresholds(verdict, points), _simulated(verdict), *_recordings(verdict)],
        "failures": list(task.words.failures),
        "attacks": list(task.words.attacks),
        "contest": _contest(verdict.contest),
        "training_facts": facts,
    }


def why(contest: Contest | None) -> str:
    """Return why the model ships or does not, in a sentence."""
    if contest is None:
        return "Nobody has judged the model on recordings: they were not here."
    told = ", ".join(f"{signed(d.difference)} to {d.baseline}" for d in contest.duels)
    over = ", ".join(contest.duels[0].groups)
    if contest.model_ships:
        return f"On recordings its AUC is above that of every rule: {told} ({over})."
    return (
        f"The network's AUC on recordings, less that of each rule: {told} ({over}; paired"
        f" bootstrap, 95 %). It is not above {contest.hardest.baseline} with that confidence."
    )


def _contest(contest: Contest | None) -> Told | None:
    if contest is None:
        return None
    return {
        "measure": "AUC",
        "model_auc": contest.duels[0].model_auc,
        "duels": [
            {
                "baseline": duel.baseline,
                "groups": {name: asdict(figure) for name, figure in duel.groups.items()},
                "baseline_auc": duel.baseline_auc,
                "difference": asdict(duel.difference),
            }
            for duel in contest.duels
        ],
    }


def _operating_point(c: Calibrated) -> Told:
    many = f"{c.use.windows} of {c.use.of} windows" if c.use.of > 1 else "one window"
    return {
        "use": c.use.name,
        "threshold": c.point.threshold,
        "windows": c.use.windows,
        "of": c.use.of,
        "cool_down_minutes": round(c.use.cool_down_h * 60),
        "alarms_per_week": c.use.alarms_per_week,
        "interval": c.point.interval,
        "peaks_over_threshold": c.point.peaks_threshold,
        "achieved_per_week": asdict(c.alarms_per_week),
        "means": f"{c.use.name}: false alarms at most {c.use.alarms_per_week:g} per shipment-week"
        f" ({many}; {c.use.about})",
    }


def _thresholds(verdict: Verdict, points: list[Calibrated]) -> Told:
    return {
        "title": "Thresholds",
        "text": (
            "From simulated normal shipments by conformal risk control; beside it peaks over"
            " threshold. The least rate that so many can show is B / (K + 1), B being what one can"
            " hold at most: no lower target could be kept. Tried on as many other shipments:"
            " alarms per week, and the share of shipments with any. Intervals are 95 %."
        ),
        "columns": [
            *("use", "simulated", "target per week", "least that can be shown", "threshold"),
            *("by peaks", "reached per week", "shipments with an alarm"),
        ],
        "rows": [
            [
                c.use.name,
                f"{c.point.shipments} {'days' if c.use.days == 1 else 'weeks'}",
                f"{c.use.alarms_per_week:g}",
                f"{c.point.least_per_week:.3f}",
                _threshold(c.point),
                _number(c.point.peaks_threshold),
                cell("auc", c.alarms_per_week),
                cell("auc", c.with_alarm),
            ]
            for c in points
        ],
    }


def _threshold(point: OperatingPoint) -> str:
    if point.threshold is None or point.interval is None:
        return _number(point.threshold)
    return f"{point.threshold:,} [{point.interval[0]:,}, {point.interval[1]:,}]"


def _number(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"


def _simulated(verdict: Verdict) -> Told:
    names = [d.name for d in verdict.detectors]
    faults = list(verdict.simulated[names[0]])
    rows = []
    for fault in faults:
        row = [fault.replace("_", " ") or "mean of all"]
        for name in names:
            told = verdict.simulated[name][fault]
            row += [cell("auc", told.auc), f"{told.detected.value or 0.0:.2f}"]
        rows.append(row)
    return {
        "title": "Simulated faults",
        "text": (
            "Shipments of the test split, which decides nothing. Per detector: AUC of windows that"
            " show the fault against normal ones, and the share of them that score above 99 % of"
            " the normal ones."
        ),
        "columns": ["fault", *(c for name in names for c in (f"{name}: AUC", "found at 1 %"))],
        "rows": rows,
    }


def _recordings(verdict: Verdict) -> list[Told]:
    return [_of_a_set(result) for result in verdict.sets]


def _of_a_set(result: SetResult) -> Told:
    table = cells(result.rows)
    text = f"{result.text}\n\n{table.notes}." if table.notes else result.text
    return {"title": result.set, "text": text, "columns": table.columns, "rows": table.rows}
