"""How long a node's readings were outside of a bound: a monoid over sealed windows.

Rules
1. Windows are joined in the order they were sealed (by counter), whatever order they came in.
2. A reading speaks until the next one, but for at most `hold_ms`; a longer pause is unknown time.
3. Between two windows time runs by the node's uptime within one power cycle, else by its wall
   clock where that was sound on both sides. Where neither tells, where a window between is missing
   (the chain does not join), or a sensor failed, what lies between is unknown.
4. Unknown time is never exposure, and it ends a run: the run is then closed as `UNKNOWN`.
5. Joining is associative, so a late window costs its block and not the whole history; and a window
   that comes late can only add exposure, never take any away.
6. Single readings are never averaged away: a run may be as short as one reading.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

from cargoseal.policy.terms import Closing

MAX_RUNS = 64  # closed runs kept per summary, the latest ones


class Mark(NamedTuple):
    """A reading on its node's clocks. `wall_ms` is None where the wall clock was not sound."""

    counter: int
    boot: int
    uptime_ms: int
    wall_ms: int | None
    placed_ms: int  # the best guess of its Unix time, for people and for comparing nodes


class Run(NamedTuple):
    """Consecutive readings outside of the bound, and the time they speak for."""

    start: Mark
    end: Mark
    length_ms: int
    peak: int
    closing: Closing


@dataclass(frozen=True, slots=True)
class Summary:
    """What joins: the exposure of one window, or of several that follow one another.

    Without any reading (`first` is None) only the links and `lead_broken` mean something.
    """

    previous: bytes  # the link to the window before
    seal: bytes  # the link to the window after
    first: Mark | None = None
    last: Mark | None = None
    lead_broken: bool = False  # something is unknown before the first reading
    trail_broken: bool = False  # … after the last reading
    prefix: Run | None = None  # the run that the first reading is in
    suffix: Run | None = None  # the run that the last reading is in
    solid: bool = False  # prefix and suffix are one run, and there is nothing else
    runs: tuple[Run, ...] = ()  # closed runs of at least `keep_ms`, neither prefix nor suffix
    known_ms: int = 0
    unknown_ms: int = 0
    total_ms: int = 0
    longest_ms: int = 0
    hole_ms: int = 0  # the longest stretch of unknown time whose length is known
    hole_from_ms: int = 0  # where that begins, placed
    outside: int = 0  # readings outside
    peak: int | None = None  # the worst value outside

    def all_runs(self) -> list[Run]:
        """Every run that is kept, in order; the last one is OPEN if it still may grow."""
        ends = [self.prefix] if self.prefix and not self.solid else []
        tail = [self.suffix] if self.suffix else []
        return [*ends, *self.runs, *tail]


class Bound(NamedTuple):
    """How a timeline is kept. `sign` is -1 where lower values are worse."""

    hold_ms: int
    keep_ms: int  # shorter closed runs are added up, but not listed
    sign: int = 1


class Point(NamedTuple):
    """One reading of a channel: where it is, whether outside, and its count."""

    mark: Mark
    outside: bool
    value: int


def elapsed_ms(earlier: Mark, later: Mark) -> int | None:
    """Time between two readings, or None when no clock of the node tells."""
    if earlier.boot == later.boot:
        passed = later.uptime_ms - earlier.uptime_ms
    elif earlier.wall_ms is not None and later.wall_ms is not None:
        passed = later.wall_ms - earlier.wall_ms
    else:
        return None
    return passed if passed >= 0 else None


def nothing(previous: bytes, seal: bytes, *, broken: bool = False) -> Summary:
    """A window that says nothing about the channel; `broken` if its sensor had failed."""
    return Summary(previous, seal, lead_broken=broken, trail_broken=broken)


def summarise(bound: Bound, previous: bytes, seal: bytes, points: list[Point]) -> Summary:
    """The exposure of one window. `points` in the order of its readings."""
    if not points:
        return nothing(previous, seal)
    if not any(point.outside for point in points):
        times = [point.mark.uptime_ms for point in points]
        return quiet(bound, previous, seal, points[0].mark, points[-1].mark, times)
    whole = _single(previous, seal, points[0])
    for point in points[1:]:
        whole = _bridge(bound, whole, _single(seal, seal, point), broken=False, seal=seal)
    return whole


def quiet(
    bound: Bound, previous: bytes, seal: bytes, first: Mark, last: Mark, times_ms: Sequence[int]
) -> Summary:
    """The usual window, with no reading outside: only known and unknown time.

    `times_ms` are its readings on any clock that runs like the node's.
    """
    unknown = hole = hole_from = 0
    for earlier, later in pairwise(times_ms):
        passed = later - earlier
        if passed > bound.hold_ms:
            unknown += passed
            if passed > hole:
                hole, hole_from = passed, first.placed_ms + earlier - times_ms[0]
    return Summary(
        previous,
        seal,
        first,
        last,
        known_ms=times_ms[-1] - times_ms[0] - unknown,
        unknown_ms=unknown,
        hole_ms=hole,
        hole_from_ms=hole_from,
    )


def _single(previous: bytes, seal: bytes, point: Point) -> Summary:
    run = Run(point.mark, point.mark, 0, point.value, Closing.OPEN) if point.outside else None
    return Summary(
        previous,
        seal,
        point.mark,
        point.mark,
        prefix=run,
        suffix=run,
        solid=point.outside,
        outside=int(point.outside),
        peak=point.value if point.outside else None,
    )


def join(bound: Bound, a: Summary, b: Summary) -> Summary:
    """The exposure of `a` and then `b`."""
    unlinked = a.seal != b.previous
    if a.first is None:
        broken = a.lead_broken or unlinked or b.lead_broken
        trail = broken if b.first is None else b.trail_broken
        return replace(b, previous=a.previous, lead_broken=broken, trail_broken=trail)
    if b.first is None:
        broken = a.trail_broken or unlinked or b.lead_broken
        return replace(a, seal=b.seal, trail_broken=broken)
    broken = a.trail_broken or unlinked or b.lead_broken
    return _bridge(bound, a, b, broken=broken, seal=b.seal)


def _bridge(bound: Bound, a: Summary, b: Summary, *, broken: bool, seal: bytes) -> Summary:
    """Joins two summaries that both have readings."""
    assert a.last is not None and b.first is not None  # noqa: S101  the callers' condition
    passed = elapsed_ms(a.last, b.first)
    known = not broken and passed is not None and passed <= bound.hold_ms
    time_ms = passed or 0
    carried = time_ms if known and a.suffix else 0
    prefix, middle, suffix = _join_runs(bound, a, b, known, time_ms)
    kept = [run for run in middle if run.length_ms >= bound.keep_ms]
    joined = suffix.length_ms if suffix else 0
    lengths = [run.length_ms for run in (*middle, prefix) if run]
    hole, hole_from = _longest_hole(a, b, 0 if known else time_ms)
    return Summary(
        a.previous,
        seal,
        a.first,
        b.last,
        lead_broken=a.lead_broken,
        trail_broken=b.trail_broken,
        prefix=prefix,
        suffix=suffix,
        solid=a.solid and b.solid and known,
        runs=(*a.runs, *kept, *b.runs)[-MAX_RUNS:],
        known_ms=a.known_ms + b.known_ms + (time_ms if known else 0),
        unknown_ms=a.unknown_ms + b.unknown_ms + (0 if known else time_ms),
        total_ms=a.total_ms + b.total_ms + carried,
        longest_ms=max(a.longest_ms, b.longest_ms, joined, *lengths, 0),
        hole_ms=hole,
        hole_from_ms=hole_from,
        outside=a.outside + b.outside,
        peak=_worst(bound, a.peak, b.peak),
    )


def _longest_hole(a: Summary, b: Summary, between_ms: int) -> tuple[int, int]:
    """Length and placed beginning of the longest hole; the first of equals."""
    found = (a.hole_ms, a.hole_from_ms)
    if between_ms > found[0] and a.last is not None:
        found = (between_ms, a.last.placed_ms)
    return (b.hole_ms, b.hole_from_ms) if b.hole_ms > found[0] else found


def _join_runs(
    bound: Bound, a: Summary, b: Summary, known: bool, time_ms: int
) -> tuple[Run | None, list[Run], Run | None]:
    """Prefix, runs that are closed now, and suffix of the joined summary."""
    assert b.first is not None  # noqa: S101  the caller's condition
    left, right = a.suffix, b.prefix
    middle: list[Run] = []
    if left and known:
        grown = left._replace(end=b.first, length_ms=left.length_ms + time_ms)
        if right:
            left = right = Run(
                grown.start,
                right.end,
                grown.length_ms + right.length_ms,
                _worse(bound, left.peak, right.peak),
                right.closing,
            )
            if not a.solid and not b.solid:
                middle.append(left)
        else:
            left = grown._replace(closing=Closing.BACK)
            if not a.solid:
                middle.append(left)
    else:
        if left:
            left = left._replace(closing=Closing.UNKNOWN)
            if not a.solid:
                middle.append(left)
        if right and not b.solid:
            middle.append(right)
    prefix = left if a.solid else a.prefix
    suffix = right if b.solid else b.suffix
    return prefix, middle, suffix


def _worse(bound: Bound, a: int, b: int) -> int:
    return a if a * bound.sign >= b * bound.sign else b


def _worst(bound: Bound, a: int | None, b: int | None) -> int | None:
    if a is None or b is None:
        return b if a is None else a
    return _worse(bound, a, b)
