"""What a rule found at one node: broken by what, since when, on which evidence.

Rules
1. A finding holds the rule's own numbers and what was measured: it can be judged without asking
   what the profile says today.
2. It names windows by counter; the fold turns them into positions of the log.
"""

from typing import Any, NamedTuple

from cargoseal.policy.channels import in_units, unit
from cargoseal.policy.exposure import Run, Summary, join
from cargoseal.policy.legs import ALWAYS_MS
from cargoseal.policy.rules import (
    MINUTE_MS,
    Door,
    Limit,
    Tamper,
    severity,
)
from cargoseal.policy.terms import Closing, Condition, Rule
from cargoseal.policy.timeline import Timeline
from cargoseal_wire.constants import CLIMATE


class Finding(NamedTuple):
    """A broken rule. `key` is the rule's name in its profile.

    It rests on `windows`: the first and last counter of neighbouring ones, or on each in `single`.
    """

    rule: Rule
    key: str
    severity: Condition
    node: bytes
    since_ms: int
    windows: tuple[int, int]
    snapshot: dict[str, Any]
    single: tuple[int, ...] = ()
    kind: int = CLIMATE  # whose score goes with it


class Hit(NamedTuple):
    """When a node broke a rule, for agreement between nodes. `forever`: from then on."""

    start_ms: int
    end_ms: int
    windows: tuple[int, int]


def _limit_words(limit: Limit) -> dict[str, Any]:
    word, value = limit.bound
    return {
        "name": limit.name,
        "channel": limit.channel,
        "unit": unit(limit.channel),
        word: format(value.normalize(), "f"),
        "kind": limit.kind,
        "minutes": limit.minutes,
    }


def qualified(limit_ms: int, whole: Summary) -> list[Run]:
    """The runs that lasted long enough, in order."""
    return [run for run in whole.all_runs() if run.length_ms >= limit_ms]


def single_limit(limit: Limit, node: bytes, whole: Summary) -> Finding | None:
    """The channel outside at one stretch for the limit's time."""
    runs = qualified(limit.duration_ms, whole)
    if not runs:
        return None
    run = runs[0]
    return Finding(
        Rule.SINGLE_LIMIT,
        limit.name,
        severity(limit.severity),
        node,
        run.start.placed_ms,
        (run.start.counter, run.end.counter),
        {
            "limit": _limit_words(limit),
            "measured": {
                "longest_s": run.length_ms // 1000,
                "peak": in_units(limit.channel_id, run.peak),
                "ended": run.closing.name.lower(),
                "unknown_s": whole.unknown_ms // 1000,
            },
        },
    )


def cumulative_limit(limit: Limit, node: bytes, timeline: Timeline) -> Finding | None:
    """The channel outside for the limit's time in total, since the window that used it up."""
    whole = timeline.whole()
    if whole is None or whole.total_ms < limit.duration_ms or whole.peak is None:
        return None
    outside, since_ms = _used_up(limit, timeline)
    return Finding(
        Rule.CUMULATIVE_LIMIT,
        limit.name,
        severity(limit.severity),
        node,
        since_ms,
        (outside[0], outside[-1]),
        {
            "limit": _limit_words(limit),
            "measured": {
                "total_s": whole.total_ms // 1000,
                "peak": in_units(limit.channel_id, whole.peak),
                "known_s": whole.known_ms // 1000,
                "unknown_s": whole.unknown_ms // 1000,
            },
        },
        tuple(outside),
    )


def _used_up(limit: Limit, timeline: Timeline) -> tuple[list[int], int]:
    """The windows with readings outside until the total was used up, and when it was."""
    outside: list[int] = []
    joined: Summary | None = None
    for counter, leaf in timeline.leaves():
        joined = leaf if joined is None else join(timeline.bound, joined, leaf)
        if leaf.outside:
            outside.append(counter)
        if joined.total_ms >= limit.duration_ms and joined.last is not None:
            return outside, joined.last.placed_ms
    raise AssertionError("a total is reached where its windows are joined")


def after_departure_ms(run: Run, departed_ms: int | None) -> int | None:
    """How much of a run lies after the departure; None when it ended before, or none is known."""
    if departed_ms is None or run.end.placed_ms < departed_ms:
        return None
    before = max(0, departed_ms - run.start.placed_ms) if departed_ms > ALWAYS_MS else 0
    return max(0, run.length_ms - before)


def tamper(rule: Tamper, node: bytes, whole: Summary, departed_ms: int | None) -> list[Finding]:
    """The node off its mount: flagged, and proven when it lasts."""
    found = []
    steps = (
        (rule.flagged_minutes, Condition.FLAGGED),
        (rule.compromised_minutes, Condition.COMPROMISED),
    )
    for minutes, condition in steps:
        if minutes is None:
            continue
        for run in whole.all_runs():
            lasted = after_departure_ms(run, departed_ms)
            if lasted is not None and lasted >= minutes * MINUTE_MS:
                found.append(_off_mount(rule, node, run, lasted, condition, departed_ms))
                break
    return found


def _off_mount(
    rule: Tamper,
    node: bytes,
    run: Run,
    lasted_ms: int,
    condition: Condition,
    departed_ms: int | None,
) -> Finding:
    since = max(run.start.placed_ms, departed_ms or 0)
    measured = {"off_mount_s": lasted_ms // 1000, "ended": run.closing.name.lower()}
    if departed_ms is not None and departed_ms > ALWAYS_MS:
        measured["departed_ms"] = departed_ms
    return Finding(
        Rule.TAMPER,
        f"tamper {condition.name.lower()}",
        condition,
        node,
        since,
        (run.start.counter, run.end.counter),
        {"limit": rule.model_dump(exclude_none=True), "measured": measured},
    )


def door(rule: Door, node: bytes, whole: Summary, departed_ms: int | None) -> Finding | None:
    """The door open on the way."""
    for run in whole.all_runs():
        lasted = after_departure_ms(run, departed_ms)
        if lasted is not None and lasted >= rule.minutes * MINUTE_MS:
            return Finding(
                Rule.DOOR,
                "door",
                severity(rule.severity),
                node,
                max(run.start.placed_ms, departed_ms or 0),
                (run.start.counter, run.end.counter),
                {
                    "limit": rule.model_dump(),
                    "measured": {"open_s": lasted // 1000, "ended": run.closing.name.lower()},
                },
            )
    return None


def hits(limit: Limit, whole: Summary) -> list[Hit]:
    """When a node was outside of a single limit for long enough."""
    return [
        Hit(run.start.placed_ms, run.end.placed_ms, (run.start.counter, run.end.counter))
        for run in qualified(limit.duration_ms, whole)
    ]


def excursion_words(limit: Limit, run: Run, *, unknown: bool) -> dict[str, Any]:
    """A run of a limit in words for a snapshot or a page; `unknown`: its node cannot tell more."""
    closing = Closing.UNKNOWN if unknown and run.closing is Closing.OPEN else run.closing
    words: dict[str, Any] = {
        "name": limit.name,
        "since_ms": run.start.placed_ms,
        "until_ms": run.end.placed_ms,
        "length_s": run.length_ms // 1000,
        "peak": in_units(limit.channel_id, run.peak),
        "ended": closing.name.lower(),
    }
    return words
