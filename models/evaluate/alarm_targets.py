"""Whether what ships keeps its targets of false alarms, tried on shipments that set no threshold.

The figures are those of the card (`models/shipped`), made as the thresholds were: simulated normal
shipments, as many others as the threshold was set on.
"""

import json
from typing import Any

from models.evaluate.detectors import SHIPPED
from models.evaluate.result import Goal


def goal(kind: str, order: int) -> Goal | None:
    """Return the goal of the newest detector of a kind; None where no target was ever tried."""
    for folder in sorted(SHIPPED.glob(f"{kind}-v*"), reverse=True)[:1]:
        told = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
        tried = [one for one in told["operating_points"] if "achieved_per_week" in one]
        return of_points(kind, tried, order) if tried else None
    return None


def of_points(kind: str, points: list[dict[str, Any]], order: int) -> Goal:
    """Return the goal from operating points as metrics.json has them: a use keeps its target when
    its alarms per week are no more, whatever their interval allows."""
    return Goal(
        f"{kind}: false alarms within each use's target",
        "on other simulated shipments no more a week than the threshold was set for",
        all(_kept(one) for one in points),
        "; ".join(_words(one) for one in points),
        "–",
        order,
    )


def _kept(point: dict[str, Any]) -> bool:
    return bool(point["achieved_per_week"]["value"] <= point["alarms_per_week"])


def _words(point: dict[str, Any]) -> str:
    reached = point["achieved_per_week"]
    missed = "" if _kept(point) else ": **missed**"
    return (
        f"{point['use']} {reached['value']:.2f} [{reached['low']:.2f}, {reached['high']:.2f}]"
        f" of {point['alarms_per_week']:g}{missed}"
    )
