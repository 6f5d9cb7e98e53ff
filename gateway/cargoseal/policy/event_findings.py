"""What a rule about events found: falls, shocks by their rate, scores that persist."""

from typing import Any

from cargoseal.policy.bursts import Burst, height_mm
from cargoseal.policy.events import Event
from cargoseal.policy.findings import Finding
from cargoseal.policy.rules import Anomaly, FreeFall, Handling, Shock, severity
from cargoseal.policy.terms import Rule
from cargoseal_wire.constants import HANDLING


def free_fall(rule: FreeFall, node: bytes, event: Event, burst: Burst | None) -> Finding:
    """A fall; its height follows from its time. `burst`: where its readings are sealed."""
    measured = {"fall_ms": event.value, "height_mm": height_mm(event.value)}
    if burst is not None:
        measured["peak_mg"] = burst.peak_mg
    return Finding(
        Rule.FREE_FALL,
        "free_fall",
        severity(rule.severity),
        node,
        event.at,
        (event.counter, event.counter),
        {"limit": _numbers(rule), "measured": measured},
    )


def shock_rate(rule: Shock, node: bytes, some: list[Event]) -> Finding:
    """As many hard shocks within the rule's time as it takes."""
    return Finding(
        Rule.SHOCK_RATE,
        rule.name,
        severity(rule.severity),
        node,
        some[0].at,
        _span(some),
        {
            "limit": {
                "name": rule.name,
                "level_g": format(rule.level_g.normalize(), "f"),
                "count": rule.count,
                "hours": rule.hours,
            },
            "measured": {
                "within_s": (some[-1].at - some[0].at) // 1000,
                "peak_mg": max(event.value for event in some),
            },
        },
    )


def anomaly(rule: Anomaly, node: bytes, some: list[Event], since_ms: int) -> Finding:
    """Enough strange windows among neighbouring ones; `since_ms` is where the newest lies."""
    return Finding(
        Rule.ANOMALY,
        "anomaly",
        severity(rule.severity),
        node,
        since_ms,
        _span(some),
        {"limit": _numbers(rule), "measured": {"scores": [event.value for event in some]}},
    )


def handling(rule: Handling, node: bytes, some: list[Event], burst: Burst | None) -> Finding:
    """Enough strange bursts; `burst` is the newest of them."""
    measured: dict[str, Any] = {"scores": [event.value for event in some]}
    if burst is not None:
        measured["peak_mg"] = burst.peak_mg
        if burst.fall_ms:
            measured |= {"fall_ms": burst.fall_ms, "height_mm": height_mm(burst.fall_ms)}
    return Finding(
        Rule.ANOMALY,
        "handling",
        severity(rule.severity),
        node,
        some[-1].at,
        _span(some),
        {"limit": {"name": "handling", **_numbers(rule)}, "measured": measured},
        kind=HANDLING,
    )


def _numbers(rule: Anomaly | FreeFall | Handling) -> dict[str, Any]:
    return rule.model_dump(exclude={"severity"}, exclude_none=True)


def _span(events: list[Event]) -> tuple[int, int]:
    counters = [event.counter for event in events]
    return min(counters), max(counters)
