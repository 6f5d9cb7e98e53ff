"""The exposure monoid against a plain walk over all readings, on random timelines."""

import random
from dataclasses import replace
from functools import reduce

from hypothesis import given, settings
from hypothesis import strategies as st

from cargoseal.policy.exposure import (
    MAX_RUNS,
    Bound,
    Mark,
    Point,
    Run,
    Summary,
    elapsed_ms,
    join,
    nothing,
    summarise,
)
from cargoseal.policy.terms import Closing
from cargoseal.policy.timeline import Timeline

BOUND = Bound(hold_ms=10, keep_ms=4)
FIXED = settings(derandomize=True, deadline=None, max_examples=150)


def window(counter: int, previous: int, points: list[Point], *, broken: bool = False) -> Summary:
    if broken:
        return nothing(link(previous), link(counter), broken=True)
    return summarise(BOUND, link(previous), link(counter), points)


def link(number: int) -> bytes:
    return number.to_bytes(4, "big")


@st.composite
def timelines(draw: st.DrawFn) -> list[tuple[int, Summary, list[Point]]]:
    """Windows in order: (counter, summary, points); some lost, broken, rebooted, clockless."""
    windows = []
    uptime, wall, boot, previous = 0, 1000, 1, 0
    for counter in range(1, draw(st.integers(1, 12)) + 1):
        if draw(st.integers(0, 9)) == 0:
            boot, uptime = boot + 1, 0
            wall += draw(st.integers(0, 40))
        sound = draw(st.integers(0, 4)) > 0
        points = []
        for _ in range(draw(st.integers(0, 6))):
            step = draw(st.sampled_from([0, 1, 2, 3, 5, 10, 11, 30]))
            uptime, wall = uptime + step, wall + step
            mark = Mark(counter, boot, uptime, wall if sound else None, wall)
            value = draw(st.integers(0, 9))
            points.append(Point(mark, value >= 5, value))
        broken = draw(st.integers(0, 11)) == 0
        leaf = window(counter, previous, points, broken=broken)
        if draw(st.integers(0, 7)) > 0:  # else it is lost
            windows.append((counter, leaf, [] if broken else points))
        previous = counter
    return windows


def naive(windows: list[tuple[int, Summary, list[Point]]]) -> dict[str, object]:
    """Every reading and every pause, one after another."""
    runs: list[Run] = []
    known = unknown = total = hole = 0
    current: Run | None = None
    last: Point | None = None
    sealed: bytes | None = None
    broken = False
    for _, leaf, points in windows:
        broken = broken or (sealed is not None and leaf.previous != sealed) or leaf.lead_broken
        sealed = leaf.seal
        for point in points:
            if last is not None:
                passed = elapsed_ms(last.mark, point.mark)
                if not broken and passed is not None and passed <= BOUND.hold_ms:
                    known += passed
                    if current:
                        total += passed
                        current = current._replace(
                            end=point.mark, length_ms=current.length_ms + passed
                        )
                        if not point.outside:
                            runs.append(current._replace(closing=Closing.BACK))
                            current = None
                else:
                    unknown += passed or 0
                    hole = max(hole, passed or 0)
                    if current:
                        runs.append(current._replace(closing=Closing.UNKNOWN))
                        current = None
            broken = False
            if point.outside:
                if current is None:
                    current = Run(point.mark, point.mark, 0, point.value, Closing.OPEN)
                else:
                    current = current._replace(end=point.mark, peak=max(current.peak, point.value))
            last = point
    every = runs + ([current] if current else [])
    return {
        "known": known,
        "unknown": unknown,
        "total": total,
        "hole": hole,
        "longest": max((run.length_ms for run in every), default=0),
        "outside": sum(point.outside for *_, points in windows for point in points),
        "peak": max((p.value for *_, ps in windows for p in ps if p.outside), default=None),
        "runs": [r for r in every if r.length_ms >= BOUND.keep_ms or r.closing is Closing.OPEN],
    }


def told(whole: Summary | None) -> dict[str, object]:
    if whole is None:
        whole = nothing(b"", b"")
    return {
        "known": whole.known_ms,
        "unknown": whole.unknown_ms,
        "total": whole.total_ms,
        "hole": whole.hole_ms,
        "longest": whole.longest_ms,
        "outside": whole.outside,
        "peak": whole.peak,
        "runs": [
            run
            for run in whole.all_runs()
            if run.length_ms >= BOUND.keep_ms or run.closing is Closing.OPEN
        ],
    }


def join_all(leaves: list[Summary]) -> Summary | None:
    return reduce(lambda a, b: join(BOUND, a, b), leaves) if leaves else None


@FIXED
@given(timelines())
def test_joined_windows_tell_what_a_walk_over_all_readings_tells(
    windows: list[tuple[int, Summary, list[Point]]],
) -> None:
    assert told(join_all([leaf for _, leaf, _ in windows])) == naive(windows)


@FIXED
@given(timelines(), st.data())
def test_joining_is_associative(
    windows: list[tuple[int, Summary, list[Point]]], data: st.DataObject
) -> None:
    leaves = [leaf for _, leaf, _ in windows]
    if len(leaves) < 3:
        return
    i = data.draw(st.integers(1, len(leaves) - 2))
    j = data.draw(st.integers(i + 1, len(leaves) - 1))
    a, b, c = (join_all(part) for part in (leaves[:i], leaves[i:j], leaves[j:]))
    assert a and b and c
    assert join(BOUND, join(BOUND, a, b), c) == join(BOUND, a, join(BOUND, b, c))


@FIXED
@given(timelines(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(
    windows: list[tuple[int, Summary, list[Point]]], chance: random.Random
) -> None:
    expected = join_all([leaf for _, leaf, _ in windows])
    arrivals = list(windows)
    chance.shuffle(arrivals)
    timeline = Timeline(BOUND)
    for counter, leaf, _ in arrivals:
        timeline.add(counter, leaf)
        if chance.random() < 0.5:
            timeline.whole()
    assert timeline.whole() == expected


@FIXED
@given(timelines(), st.integers(0, 11))
def test_a_window_that_comes_late_never_takes_exposure_away(
    windows: list[tuple[int, Summary, list[Point]]], late: int
) -> None:
    without = [leaf for n, (_, leaf, _) in enumerate(windows) if n != late]
    before, after = told(join_all(without)), told(join_all([leaf for _, leaf, _ in windows]))
    for key in ("total", "longest", "outside"):
        assert after[key] >= before[key]  # type: ignore[operator]


def at(counter: int, minute: int, value: int, *, boot: int = 1, wall: bool = True) -> Point:
    mark = Mark(counter, boot, minute, minute if wall else None, minute)
    return Point(mark, value >= 5, value)


def test_one_reading_outside_is_a_run_of_its_own() -> None:
    whole = window(1, 0, [at(1, 0, 1), at(1, 1, 9), at(1, 2, 1)])
    assert (whole.total_ms, whole.outside, whole.peak) == (1, 1, 9)


def test_a_lost_window_is_unknown_time_and_not_exposure() -> None:
    a, b = window(1, 0, [at(1, 0, 9)]), window(3, 2, [at(3, 5, 9)])
    whole = join(BOUND, a, b)
    assert (whole.total_ms, whole.unknown_ms) == (0, 5)
    assert whole.all_runs()[0].closing is Closing.UNKNOWN
    found = join(BOUND, join(BOUND, a, window(2, 1, [at(2, 2, 9)])), b)
    assert (found.total_ms, found.unknown_ms) == (5, 0)


def test_a_sensor_that_failed_ends_a_run_as_unknown() -> None:
    a, b = window(1, 0, [at(1, 0, 9)]), window(2, 1, [], broken=True)
    whole = join(BOUND, join(BOUND, a, b), window(3, 2, [at(3, 6, 9)]))
    assert [run.closing for run in whole.all_runs()] == [Closing.UNKNOWN, Closing.OPEN]
    assert whole.total_ms == 0


def test_over_a_restart_time_runs_by_the_wall_clock() -> None:
    a = window(1, 0, [at(1, 100, 9)])
    whole = join(BOUND, a, window(2, 1, [at(2, 105, 9, boot=2)]))
    assert whole.total_ms == 5


def test_over_a_restart_without_a_clock_nothing_is_known() -> None:
    a = window(1, 0, [at(1, 100, 9)])
    whole = join(BOUND, a, window(2, 1, [at(2, 105, 9, boot=2, wall=False)]))
    assert (whole.total_ms, whole.unknown_ms) == (0, 0)


def test_a_clock_that_was_set_back_gives_no_negative_time() -> None:
    early = at(2, 50, 9, boot=2)
    assert elapsed_ms(at(1, 100, 9).mark, early.mark) is None


def test_lower_is_worse_for_a_lower_limit() -> None:
    cold = Bound(hold_ms=10, keep_ms=0, sign=-1)
    points = [Point(at(1, n, 0).mark, True, value) for n, value in enumerate([-3, -9, -5])]
    assert summarise(cold, b"", b"", points).peak == -9


def test_the_latest_closed_runs_are_kept_when_there_are_many() -> None:
    bound = Bound(hold_ms=10, keep_ms=0)
    points = [at(1, n, 9 * (n % 2)) for n in range(400)]
    runs = summarise(bound, b"", b"", points).runs
    assert len(runs) == MAX_RUNS
    assert runs[-1].start.uptime_ms == 397


def test_a_backlog_behind_an_alarm_costs_few_joins_a_window() -> None:
    timeline = Timeline(BOUND)
    leaves = [window(n, n - 1, [at(n, n, 1)]) for n in range(1, 1025)]
    timeline.add(1024, leaves[-1])
    for counter, leaf in enumerate(leaves[:-1], 1):
        timeline.add(counter, leaf)
        timeline.whole()
    assert timeline.joins < 12 * 1024
    whole = timeline.whole()
    assert whole and whole.known_ms == 1023


def test_the_newest_window_costs_one_join() -> None:
    timeline = Timeline(BOUND)
    for n in range(1, 1001):
        timeline.add(n, window(n, n - 1, [at(n, n, 1)]))
        timeline.whole()
    assert timeline.joins == 999


def test_the_same_window_twice_changes_nothing() -> None:
    timeline = Timeline(BOUND)
    leaf = window(5, 4, [at(5, 1, 9)])
    timeline.add(5, leaf)
    timeline.add(5, replace(leaf, total_ms=99))
    assert timeline.whole() == leaf
