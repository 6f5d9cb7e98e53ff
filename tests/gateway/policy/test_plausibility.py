"""Readings that cannot be as they are: attacks are doubted or found, their innocent twins not."""

import math
import random
from collections.abc import Callable, Iterable

import pytest

from cargoseal.evidence.entries import Review
from cargoseal.policy.plausibility.vapour import vapour
from cargoseal.policy.terms import Condition, Doubt, Reason, Rule
from cargoseal_wire import constants as c
from tests.gateway.policy.world import HOUR, MINUTE, START_MS, Box, Row, Sealed, Story, profile

Curve = Callable[[int], dict[int, int]]
HOURS = 6

ALONE = "[plausibility.alone]\nkelvin = 5\nminutes = 20\n"
VAPOUR = "[plausibility.vapour]\nkelvin = 5\n"
SHADED = "[plausibility.shaded]\ndark_lux = 2\nlight_lux = 100\nminutes = 30\n"
STUCK = "[plausibility.stuck]\nhours = 4\nmoved = 1\n"
REPLAY = "[plausibility.replay]\nreadings = 24\n"
EVERYTHING = ALONE + VAPOUR + SHADED + STUCK + REPLAY


def hours(box: Box, curve: Curve, first: int = 0, last: int = HOURS) -> list[Sealed]:
    """A window an hour, a reading a minute; each received when it is over."""
    return [
        box.seal([(m, dict(curve(m))) for m in range(60 * hour, 60 * hour + 60)])
        for hour in range(first, last)
    ]


def told(rules: str, *nodes: Iterable[Sealed], boxes: int) -> Story:
    story = Story(profile(rules, silence=100_000), *[Box(n + 1) for n in range(boxes)])
    windows = sorted((s for node in nodes for s in node), key=lambda s: s.received_ms)
    story.receive(*windows)
    return story


def because(story: Story) -> list[str]:
    """Why the sensors of the story's end are doubted."""
    found = story.log.fold.judge.plausibility.contradictions()
    return [some.because for node in sorted(found) for some in found[node]]


def air(seed: int, level: int = 500) -> Curve:
    """Temperature about a level and humidity that follows it, with a sensor's noise."""
    noise = random.Random(seed)

    def at(minute: int) -> dict[int, int]:
        drift = round(60 * math.sin(minute / 90))
        return {
            c.TEMPERATURE: level + drift + noise.randint(-4, 4),
            c.HUMIDITY: 5500 - 4 * drift + noise.randint(-15, 15),
        }

    return at


def warmed(curve: Curve, from_minute: int, kelvin: float, *, dry: bool = True) -> Curve:
    """The curve with ten minutes of heat; `dry`: at constant vapour."""

    def at(minute: int) -> dict[int, int]:
        found = curve(minute)
        step = max(0.0, min(1.0, (minute - from_minute) / 10)) * (minute < from_minute + 40)
        before = found[c.TEMPERATURE]
        found[c.TEMPERATURE] += round(100 * kelvin * step)
        if dry:
            held = vapour(before, found[c.HUMIDITY])
            found[c.HUMIDITY] = held * 10_000 // vapour(found[c.TEMPERATURE], 10_000)
        return found

    return at


# ----- heated or cooled alone --------------------------------------------------------------------


@pytest.mark.parametrize("kelvin", [9, -9])
def test_a_sensor_heated_or_cooled_alone_is_doubted(kelvin: int) -> None:
    story = told(
        ALONE,
        hours(Box(1), warmed(air(1), 130, kelvin)),
        hours(Box(2), air(2)),
        boxes=2,
    )
    assert (story.last.condition, story.last.doubts) == (Condition.SOUND, Doubt.SENSOR_FAULT)
    assert story.last.rule is Rule.SENSOR_FAULT
    (doubt,) = story.last.snapshot["doubts"]
    assert doubt["node"] == Box(1).node
    assert "no node beside it" in doubt["because"][0]
    assert abs(doubt["since_ms"] - START_MS - 130 * MINUTE) <= 30 * MINUTE


def test_air_that_warms_is_felt_by_both_and_no_doubt() -> None:
    slow = warmed(air(2), 135, 4)
    story = told(ALONE, hours(Box(1), warmed(air(1), 130, 9)), hours(Box(2), slow), boxes=2)
    assert story.verdicts == []


def test_without_a_witness_nobody_is_doubted() -> None:
    story = told(ALONE, hours(Box(1), warmed(air(1), 130, 9)), boxes=1)
    assert story.verdicts == []
    late = hours(Box(2), air(2), first=4)
    assert told(ALONE, hours(Box(1), warmed(air(1), 130, 9)), late, boxes=2).verdicts == []


def test_a_late_window_that_explains_takes_the_doubt_away() -> None:
    first = hours(Box(1), warmed(air(1), 130, 9))
    still, feels = hours(Box(2), air(2)), hours(Box(3), warmed(air(3), 132, 6))
    story = told(ALONE, first, still, boxes=3)
    assert story.log.fold.doubts == Doubt.SENSOR_FAULT
    story.receive(*feels)
    assert story.log.fold.doubts == Doubt(0)


def test_a_review_that_clears_ends_the_doubt() -> None:
    still = air(2)
    story = told(
        ALONE + '[[shock]]\nname = "hard"\nlevel_g = 5\ncount = 1\nhours = 1\n',
        hours(Box(1), warmed(air(1), 130, 9)),
        hours(Box(2), lambda m: {**still(m), c.SHOCK: 6000}),
        boxes=2,
    )
    assert (story.last.condition, story.last.doubts) == (Condition.FLAGGED, Doubt.SENSOR_FAULT)
    when = START_MS + 10 * HOUR
    story.fact(Review(Condition.SOUND, Reason.SENSOR_AT_FAULT, bytes(32), bytes(32), None, when))
    story.until(when + 1)
    box = Box(2)
    box.counter = 50
    story.receive(box.seal([(700, still(700))]))
    assert not story.log.fold.doubts & Doubt.SENSOR_FAULT


# ----- humidity ----------------------------------------------------------------------------------


def test_a_temperature_that_rises_without_its_humidity_is_doubted() -> None:
    story = told(VAPOUR, hours(Box(1), warmed(air(1, 2000), 130, 12, dry=False)), boxes=1)
    assert story.last.doubts == Doubt.SENSOR_FAULT
    assert "as air alone cannot" in because(story)[0]


def test_a_temperature_that_falls_without_its_humidity_is_doubted() -> None:
    story = told(VAPOUR, hours(Box(1), warmed(air(1, 2000), 130, -12, dry=False)), boxes=1)
    assert story.last.doubts == Doubt.SENSOR_FAULT


def test_air_that_is_heated_alone_dries_and_is_no_doubt() -> None:
    story = told(VAPOUR, hours(Box(1), warmed(air(1, 2000), 130, 12)), boxes=1)
    assert story.verdicts == []


def test_air_that_condenses_loses_vapour_and_is_no_doubt() -> None:
    def dew(minute: int) -> dict[int, int]:
        return {c.TEMPERATURE: 2500 - 50 * minute, c.HUMIDITY: min(9900, 5000 + 400 * minute)}

    story = told(VAPOUR, [Box(1).seal([(m, dew(m)) for m in range(30)])], boxes=1)
    assert story.verdicts == []


def test_the_saturation_table_is_that_of_the_formula() -> None:
    for celsius in (-40, -18, 0, 5, 25, 60):
        exact = 6.112 * math.exp(17.62 * celsius / (243.12 + celsius)) * 1e8  # in micropascals
        assert vapour(100 * celsius, 10_000) == pytest.approx(exact * 10_000, rel=1e-6)
    assert vapour(32_000, 5000) == vapour(12_000, 5000)
    assert vapour(500, -3) == 0


# ----- light -------------------------------------------------------------------------------------


def lit(lux: int) -> Curve:
    return lambda minute: {c.LIGHT: 10 * lux + minute % 3}


def test_a_light_sensor_that_is_dark_where_another_sees_light_is_doubted() -> None:
    def covered(minute: int) -> dict[int, int]:
        return lit(0 if 130 <= minute < 200 else 300)(minute)

    story = told(SHADED, hours(Box(1), covered), hours(Box(2), lit(300)), boxes=2)
    assert story.log.fold.doubts == Doubt.SENSOR_FAULT
    (contradiction,) = story.log.fold.judge.plausibility.contradictions()[Box(1).node]
    assert abs(contradiction.since_ms - START_MS - 130 * MINUTE) <= 10 * MINUTE


def test_darkness_everywhere_and_a_flash_of_light_are_no_doubt() -> None:
    assert told(SHADED, hours(Box(1), lit(0)), hours(Box(2), lit(0)), boxes=2).verdicts == []

    def flash(minute: int) -> dict[int, int]:
        return lit(500 if 100 <= minute < 115 else 0)(minute)

    assert told(SHADED, hours(Box(1), lit(0)), hours(Box(2), flash), boxes=2).verdicts == []


# ----- stuck -------------------------------------------------------------------------------------


def test_a_sensor_that_stands_still_while_another_moves_is_doubted_until_it_moves() -> None:
    real = air(1)

    def stuck(minute: int) -> dict[int, int]:
        return {c.TEMPERATURE: 512 if minute >= 60 else real(minute)[c.TEMPERATURE]}

    def swinging(minute: int) -> dict[int, int]:
        return {c.TEMPERATURE: 500 + round(120 * math.sin(minute / 60))}

    first = Box(1)
    story = told(STUCK, hours(first, stuck, last=8), hours(Box(2), swinging, last=8), boxes=2)
    assert story.log.fold.doubts == Doubt.SENSOR_FAULT
    assert "5.12 °C" in because(story)[0]
    story.receive(*hours(first, real, first=8, last=9))
    assert story.log.fold.doubts == Doubt(0)


def test_two_sensors_that_both_stand_still_are_no_doubt() -> None:
    still: Curve = lambda _: {c.TEMPERATURE: 512}  # noqa: E731
    assert told(STUCK, hours(Box(1), still), hours(Box(2), still), boxes=2).verdicts == []


# ----- replay ------------------------------------------------------------------------------------


def test_yesterdays_curve_is_known_again_at_another_level_and_place() -> None:
    box = Box(1)
    real = air(1)
    first = hours(box, real)
    curve = [v for s in first for v in s.facts.readings.columns[c.TEMPERATURE]]

    def again(minute: int) -> dict[int, int]:
        value = curve[(minute - 60 * HOURS + 17) % len(curve)]
        assert value is not None
        return {c.TEMPERATURE: value + 137}

    story = told(REPLAY, first, hours(box, again, first=HOURS, last=2 * HOURS), boxes=1)
    verdict = story.verdicts[0]
    assert (verdict.condition, verdict.rule) == (Condition.FLAGGED, Rule.IMPLAUSIBLE)
    measured = verdict.snapshot["measured"]
    assert measured["seen_before_by"] == box.node.hex()
    assert measured["counter"] > HOURS >= measured["under_counter"]
    assert len(verdict.evidence) == 2


def test_one_nodes_curve_that_another_one_seals_is_known_again() -> None:
    real = air(1)
    curve = [real(minute) for minute in range(60 * HOURS)]

    def copied(minute: int) -> dict[int, int]:
        return curve[minute - 60 * HOURS]

    first = hours(Box(1), lambda minute: curve[minute])
    second = hours(Box(2), copied, first=HOURS, last=2 * HOURS)
    story = told(REPLAY, first, second, boxes=2)
    assert story.last.rule is Rule.IMPLAUSIBLE
    assert story.last.snapshot["node"] == Box(2).node
    assert story.last.snapshot["measured"]["seen_before_by"] == Box(1).node.hex()


def test_a_compressors_cycle_in_coarse_steps_repeats_and_is_no_replay() -> None:
    def cycle(minute: int) -> dict[int, int]:
        return {c.TEMPERATURE: -1900 + 10 * abs(minute % 30 - 15), c.HUMIDITY: 6000}

    assert told(REPLAY, hours(Box(1), cycle, last=24), boxes=1).verdicts == []


def test_two_days_alike_but_for_the_noise_are_no_replay() -> None:
    windows = hours(Box(1), air(1), last=24)
    assert told(REPLAY, windows, hours(Box(2), air(2), last=24), boxes=2).verdicts == []


# ----- all together ------------------------------------------------------------------------------


def test_every_check_is_off_unless_the_profile_asks_for_it() -> None:
    for rules in ("", "[plausibility]\n"):
        story = told(
            rules,
            hours(Box(1), warmed(air(1), 130, 30, dry=False)),
            hours(Box(2), air(2)),
            boxes=2,
        )
        assert story.verdicts == []


def attacked(seed: int) -> list[Sealed]:
    """Three nodes, and everything at once."""
    curve, other = air(seed), air(seed + 1)
    first = [curve(minute) for minute in range(60 * HOURS)]

    def light(minute: int) -> int:
        return 0 if 100 <= minute < 180 else 3000

    rows: list[Curve] = [
        warmed(lambda m: {**first[m], c.LIGHT: 3000}, 130, 9, dry=False),
        lambda m: {**other(m), c.LIGHT: light(m)},
        lambda m: {**first[m - 60 if m >= 60 else m], c.LIGHT: 3000},
    ]
    when = START_MS + 20 * HOUR
    return [
        Sealed(s.raw, s.facts, s.score, when)
        for n, curve_of in enumerate(rows)
        for s in hours(Box(n + 1), curve_of)
    ]


@pytest.mark.parametrize("seed", range(3))
def test_what_is_doubted_does_not_depend_on_the_order_of_arrival(seed: int) -> None:
    windows = attacked(seed)
    chance = random.Random(seed)
    outcomes = []
    for _ in range(6):
        story = Story(profile(EVERYTHING, silence=100_000), *[Box(n) for n in (1, 2, 3)])
        story.receive(*windows)
        fold = story.log.fold
        outcomes.append(
            (
                fold.condition,
                fold.doubts,
                fold.health(),
                sorted(fold.judge.found),
                fold.judge.plausibility.contradictions(),
            )
        )
        chance.shuffle(windows)
    assert all(found == outcomes[0] for found in outcomes)
    assert outcomes[0][1] == Doubt.SENSOR_FAULT
    assert any(key == "replay" for key, _ in outcomes[0][3])


def test_a_row_without_values_is_no_evidence_of_anything() -> None:
    rows: list[Row] = [(minute, {c.TEMPERATURE: None}) for minute in range(60)]
    assert told(EVERYTHING, [Box(1).seal(rows)], hours(Box(2), air(2)), boxes=2).verdicts == []
