"""Rows of a file -> sampling order and uptime.

Rules
1. A row that came late (loggers send over links that change the order) goes back to its place by
   its own time, be it hours; rows with the same time keep the file's order.
2. A clock that goes back by more than the window and runs on from there has been set: the rows
   after that stay after it, and the node sees its clock jump, as a real one would.
3. A row without a clock stays after the newest row that came before it.
4. Uptime never goes back. It follows the clock forward to the millisecond; rows without a clock
   lie between their neighbours, a usual interval apart if there is room. Over a clock that was set
   back, or forward by more than `_LONGEST_SILENCE_MS`, it goes on by one usual interval.
"""

from dataclasses import dataclass
from itertools import islice, pairwise

from cargoseal.replay.rows import Row

_LATE_RUN = 20  # rows that may come late together
_STEPS_OF_A_LEAP = 3  # usual intervals; no clock that runs makes a longer step
_LONGEST_SILENCE_MS = 400 * 24 * 3600 * 1000
_DEFAULT_INTERVAL_MS = 1000


@dataclass
class Ordered:
    """Rows in sampling order with their uptime set, and what was found."""

    rows: list[Row]
    put_back: int
    latest_ms: int  # how late the latest row came
    set_back: int
    interval_ms: int


def order_rows(rows: list[Row], window_ms: int) -> Ordered:
    """Orders rows and sets their uptime; the first row has uptime 0. A row that is late by no more
    than the window is put back without a question."""
    found = Ordered([], 0, 0, 0, 0)
    interval_ms = _usual_interval(rows)
    newest_ms = -1
    keyed = []
    for index, row in enumerate(rows):
        key = newest_ms
        if row.wall_ms is not None:
            late_ms = newest_ms - row.wall_ms
            key = row.wall_ms
            if late_ms > window_ms and not _comes_back(rows, index, newest_ms, interval_ms):
                found.set_back += 1
                newest_ms = key
            elif late_ms > 0:
                found.put_back += 1
                found.latest_ms = max(found.latest_ms, late_ms)
            newest_ms = max(newest_ms, key)
        keyed.append((found.set_back, key, index))
    found.rows = [rows[index] for _, _, index in sorted(keyed)]
    found.interval_ms = _usual_interval(found.rows)
    _set_uptime(found.rows, found.interval_ms)
    return found


def _comes_back(rows: list[Row], index: int, newest_ms: int, interval_ms: int) -> bool:
    """Whether the clock leaps back to the newest time within a few rows that have one; one that
    runs there step by step was set."""
    before_ms = rows[index].wall_ms or 0
    leaps = False
    following = (r.wall_ms for r in islice(rows, index + 1, None) if r.wall_ms is not None)
    for wall_ms in islice(following, _LATE_RUN):
        leaps = leaps or not 0 <= wall_ms - before_ms <= _STEPS_OF_A_LEAP * interval_ms
        if wall_ms >= newest_ms:
            return leaps
        before_ms = wall_ms
    return False


def _usual_interval(rows: list[Row]) -> int:
    steps = sorted(
        b.wall_ms - a.wall_ms
        for a, b in pairwise(rows)
        if a.wall_ms is not None and b.wall_ms is not None and b.wall_ms > a.wall_ms
    )
    return steps[len(steps) // 2] if steps else _DEFAULT_INTERVAL_MS


def _set_uptime(rows: list[Row], interval_ms: int) -> None:
    before: Row | None = None  # the last row with a clock
    for index, row in enumerate(rows):
        if row.wall_ms is None:
            continue
        if before is None or before.wall_ms is None:
            row.uptime_ms = index * interval_ms  # rows without a clock came before
        else:
            step_ms = row.wall_ms - before.wall_ms
            known = 0 <= step_ms <= _LONGEST_SILENCE_MS
            row.uptime_ms = before.uptime_ms + (step_ms if known else interval_ms)
        before = row
    _fill_in(rows, interval_ms)


def _fill_in(rows: list[Row], interval_ms: int) -> None:
    """Gives rows without a clock their uptime: between their neighbours', at the usual interval or,
    where there is no room for that, evenly."""
    at = 0
    while at < len(rows):
        end = at
        while end < len(rows) and rows[end].wall_ms is None:
            end += 1
        if end > at:
            before_ms = rows[at - 1].uptime_ms if at else -interval_ms
            step_ms = interval_ms
            if end < len(rows):
                step_ms = min(step_ms, (rows[end].uptime_ms - before_ms) // (end - at + 1))
            for number, row in enumerate(rows[at:end], start=1):
                row.uptime_ms = before_ms + number * step_ms
        at = end + 1
