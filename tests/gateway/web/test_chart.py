"""The pictures keep what matters: extremes, holes, and what a reader without eyes needs."""

import random
import re

from cargoseal.web.chart import Axis, Blank, Limit, Mark, Panel, Series, draw, envelope, ticks

HOUR_MS = 3_600_000


def panel(*runs: list[tuple[int, int]], limits: tuple[Limit, ...] = ()) -> Panel:
    return Panel("Temperature", "°C", 100, [Series("node abc", list(runs))], limits)


def test_one_minute_of_heat_in_a_month_is_still_drawn() -> None:
    run = [(minute * 60_000, 500) for minute in range(43_200)]
    run[20_000] = (20_000 * 60_000, 4700)
    points = envelope(run, Axis(0, run[-1][0], 0, 700))
    assert max(value for _, value in points) == 4700
    assert len(points) <= 4 * 701


def test_random_runs_keep_lowest_and_highest_of_every_pixel() -> None:
    chance = random.Random(7)
    for _ in range(50):
        run = [(t, chance.randint(-3000, 3000)) for t in sorted(chance.sample(range(10**6), 500))]
        axis = Axis(0, 10**6, 0, 90)
        points = envelope(run, axis)
        for pixel in range(91):
            inside = [value for t, value in run if int(axis(t)) == pixel]
            drawn = [value for x, value in points if int(x) == pixel]
            assert (min(inside), max(inside)) == (min(drawn), max(drawn)) if inside else not drawn


def test_no_line_bridges_a_hole_between_runs() -> None:
    svg = draw(panel([(0, 500), (60_000, 510)], [(HOUR_MS, 520), (HOUR_MS + 1, 530)]), 0, HOUR_MS)
    assert svg.count("<polyline") == 2


def test_a_single_reading_is_a_point() -> None:
    assert "<circle" in draw(panel([(0, 500)]), 0, HOUR_MS)


def test_a_far_limit_does_not_flatten_the_curve() -> None:
    svg = draw(panel([(0, 500), (1, 510)], limits=(Limit("above 40 °C", 4000),)), 0, HOUR_MS)
    assert "above 40 °C</text>" not in svg


def test_labels_are_escaped() -> None:
    svg = draw(
        panel([(0, 500), (1, 510)], limits=(Limit('"><script>', 505),)),
        0,
        HOUR_MS,
        [Blank(0, HOUR_MS, "<b>")],
        [Mark(10, 1, "<i>")],
    )
    assert not re.search(r"<(script|b|i)>", svg)


def test_numbers_of_close_marks_do_not_cover_each_other() -> None:
    svg = draw(panel([(0, 500), (1, 510)]), 0, HOUR_MS, marks=[Mark(5, n, "x") for n in (1, 2, 3)])
    heights = re.findall(r'<circle cx="[\d.]+" cy="(\d+)" r="8"', svg)
    assert len(set(heights)) == 3


def test_ticks_are_round_and_few() -> None:
    assert ticks(3.9, 6.1) == [4.0, 4.5, 5.0, 5.5, 6.0]
    assert ticks(-31.0, 47.0) == [-20.0, 0.0, 20.0, 40.0]
    for low, high in ((0, 0.001), (-5, 5e6), (1000, 1000.5)):
        assert 1 <= len(ticks(low, high)) <= 6
