"""Bursts: falls and their heights, scores that persist, disturbances told once, what they do not
say of the climate."""

import random

import pytest

from cargoseal.evidence.entries import Leg, Review
from cargoseal.policy.bursts import burst_of
from cargoseal.policy.events import Disturbances, Event, Events
from cargoseal.policy.terms import Condition, Doubt, Reason, Rule
from cargoseal_wire import constants as c
from tests.gateway.policy.world import (
    BUMP,
    HOUR,
    MINUTE,
    START_MS,
    WARM,
    Box,
    Sealed,
    Story,
    drop,
    profile,
    steady,
)

FALL = "[free_fall]\nmin_ms = 200\n"
FALLS = FALL + "cool_down_minutes = 10\n"
STRANGE = "[handling]\nthreshold = 100\n"


def told(rules: str, *sealed: Sealed, box: Box, **options: int) -> Story:
    story = Story(profile(rules, **options), box)
    story.receive(*sealed)
    return story


def outcome(story: Story) -> tuple[object, ...]:
    fold = story.log.fold
    return fold.condition, fold.doubts, fold.health(), fold.score(), sorted(fold.judge.found)


# ----- falls -------------------------------------------------------------------------------------


def test_a_fall_is_found_in_a_sealed_burst_with_its_height() -> None:
    box = Box()
    (verdict,) = told(FALL, box.burst(5, drop(400)), box=box).verdicts
    assert (verdict.condition, verdict.rule) == (Condition.FLAGGED, Rule.FREE_FALL)
    measured = verdict.snapshot["measured"]
    assert measured["fall_ms"] == pytest.approx(400, abs=15)
    assert measured["height_mm"] == pytest.approx(785, rel=0.1)
    assert measured["peak_mg"] == 12_000
    assert verdict.since_ms == pytest.approx(START_MS + 5 * MINUTE + 1000, abs=30)
    assert verdict.evidence == (2,)


def test_a_bump_is_no_fall_and_a_flag_alone_makes_none_of_a_burst() -> None:
    box = Box()
    story = told(FALL, box.burst(5, BUMP, flags=c.FLAG_FREE_FALL), box=box)
    assert story.verdicts == []


def test_a_burst_without_an_axis_says_nothing() -> None:
    box = Box()
    rows = [(n / 6000, {c.ACCEL_X: 0, c.ACCEL_Y: 0}) for n in range(100)]
    sealed = box.seal(rows, kind=c.HANDLING)
    assert burst_of(sealed.facts) is None
    assert told(FALL + STRANGE, sealed, box=box).verdicts == []


@pytest.mark.parametrize("burst_first", [True, False])
def test_a_fall_that_burst_and_reading_tell_counts_once(burst_first: bool) -> None:
    box = Box()
    rows = [*steady(0, 4, 500), (5, {c.FREE_FALL: 0}), (6, {c.FREE_FALL: 400})]
    burst, climate = box.burst(5.5, drop(400)), box.seal(rows)
    story = Story(profile(FALLS.replace("10", "0")), box)
    story.receive(*([burst, climate] if burst_first else [climate, burst]))
    assert [v.rule for v in story.verdicts] == [Rule.FREE_FALL]


def test_two_falls_count_twice_where_the_rule_has_a_cool_down() -> None:
    box = Box()
    sealed = [box.burst(minute, drop(400)) for minute in (5, 30)]
    assert len(told(FALLS, *sealed, box=box).verdicts) == 2
    assert len(told(FALL, *sealed, box=box).verdicts) == 1


def test_two_falls_of_one_minute_are_one_disturbance() -> None:
    box = Box()
    sealed = [box.burst(minute, drop(400)) for minute in (5, 5.5, 6)]
    assert len(told(FALLS, *sealed, box=box).verdicts) == 1


def test_two_nodes_whose_bursts_show_one_fall_compromise() -> None:
    first, second = Box(1), Box(2)
    story = Story(profile(FALL + "[corroboration]\nwindow_minutes = 1\n"), first, second)
    story.receive(first.burst(5, drop(400)), second.burst(5, drop(390)))
    assert story.last.rule is Rule.CORROBORATED


# ----- scores ------------------------------------------------------------------------------------


def test_a_strange_burst_flags_and_tells_its_own_score() -> None:
    box = Box()
    climate = box.seal(steady(0, 9, 500), score=90)
    story = told(STRANGE, climate, box.burst(10, BUMP, score=150), box=box)
    (verdict,) = story.verdicts
    assert (verdict.condition, verdict.rule) == (Condition.FLAGGED, Rule.ANOMALY)
    assert verdict.score == 150
    assert verdict.snapshot["limit"]["name"] == "handling"
    assert verdict.snapshot["measured"] == {"scores": [150], "peak_mg": 2600}


def test_a_handling_score_never_counts_as_a_climate_score() -> None:
    box = Box()
    rules = "[anomaly]\nthreshold = 100\nwindows = 1\nof = 1\n"
    story = told(rules, box.burst(1, BUMP, score=9000), box=box)
    assert story.verdicts == []
    assert story.log.fold.score() == 0


def test_a_climate_score_never_counts_as_a_handling_score() -> None:
    box = Box()
    assert told(STRANGE, box.seal(steady(0, 9, 500), score=9000), box=box).verdicts == []


def test_bursts_between_strange_windows_keep_them_neighbours() -> None:
    rules = "[anomaly]\nthreshold = 100\nwindows = 2\nof = 2\n"
    box = Box()
    sealed = [box.seal(steady(0, 9, 500), score=500)]
    sealed += [box.burst(10 + n, BUMP) for n in range(5)]
    sealed.append(box.seal(steady(20, 29, 500), score=500))
    assert told(rules, *sealed, box=box).last.rule is Rule.ANOMALY
    late = Story(profile(rules), box)
    late.receive(sealed[0], sealed[-1], *sealed[1:5])
    assert late.log.fold.condition is Condition.SOUND
    late.receive(sealed[5])
    assert late.log.fold.condition is Condition.FLAGGED


def test_several_bursts_within_the_time_may_be_asked_for() -> None:
    rules = "[handling]\nthreshold = 100\ncount = 3\nhours = 1\ncool_down_minutes = 5\n"
    box = Box()
    near = [box.burst(minute, BUMP, score=200) for minute in (0, 1, 2, 3)]
    assert told(rules, *near, box=box).verdicts == []  # one disturbance
    box = Box()
    apart = [box.burst(minute, BUMP, score=200) for minute in (0, 10, 20)]
    assert told(rules, *apart, box=box).last.rule is Rule.ANOMALY
    box = Box()
    rare = [box.burst(minute, BUMP, score=200) for minute in (0, 40, 80)]
    assert told(rules, *rare, box=box).verdicts == []


def test_scores_within_the_cool_down_raise_no_new_finding() -> None:
    rules = "[anomaly]\nthreshold = 100\nwindows = 1\nof = 1\ncool_down_minutes = 60\n"
    box = Box()
    sealed = [box.seal(steady(10 * n, 10 * n + 9, 500), score=500) for n in range(6)]
    assert len(told(rules, *sealed, box=box).verdicts) == 1
    sealed.append(box.seal(steady(200, 209, 500), score=500))
    story = told(rules, *sealed, box=box)
    assert [v.since_ms for v in story.verdicts] == [START_MS, START_MS + 200 * MINUTE]
    assert len(story.posted) == 1


def test_a_disturbance_that_goes_on_is_told_again_after_each_cool_down() -> None:
    rules = "[anomaly]\nthreshold = 100\nwindows = 1\nof = 1\ncool_down_minutes = 60\n"
    box = Box()
    sealed = [box.seal(steady(10 * n, 10 * n + 9, 500), score=500) for n in range(18)]
    found = [v.since_ms - START_MS for v in told(rules, *sealed, box=box).verdicts]
    assert found == [0, 60 * MINUTE, 120 * MINUTE]


def test_a_rule_that_is_off_in_a_leg_finds_no_burst_strange() -> None:
    box = Box()
    rules = profile(STRANGE + '[legs.off]\ndestination = ["handling"]\n')
    story = Story(rules, box)
    story.fact(Leg("destination", START_MS, START_MS))
    story.receive(box.burst(10, BUMP, score=500))
    assert story.verdicts == []


def test_a_review_that_clears_opens_a_new_account_of_bursts() -> None:
    box = Box()
    story = told(STRANGE, box.burst(10, BUMP, score=500), box=box)
    when = START_MS + 11 * MINUTE
    story.fact(Review(Condition.SOUND, Reason.GOODS_INSPECTED, bytes(32), bytes(32), None, when))
    assert story.log.fold.score(c.HANDLING) == 0
    story.receive(box.burst(20, BUMP, score=400))
    assert (story.last.condition, story.last.score) == (Condition.FLAGGED, 400)


# ----- what a burst does not say -----------------------------------------------------------------


def test_a_node_that_only_sends_bursts_is_heard_but_its_climate_is_unknown() -> None:
    box = Box()
    story = Story(profile(WARM, silence=240), box)
    story.receive(box.seal(steady(0, 9, 500)))
    for minute in range(60, 600, 60):
        sealed = box.burst(minute, BUMP)
        story.until(sealed.received_ms)
        story.receive(sealed)
    assert story.last.doubts == Doubt.GAP_IN_EVIDENCE
    assert story.last.since_ms == START_MS + 9 * MINUTE
    story.receive(box.seal(steady(600, 609, 500)))
    assert story.log.fold.doubts == Doubt(0)  # no hole_minutes: what is behind is not a doubt


def test_a_node_that_never_sends_climate_is_unknown_where_the_climate_is_limited() -> None:
    for rules, doubts in ((WARM, Doubt.GAP_IN_EVIDENCE), (STRANGE, Doubt(0))):
        box = Box()
        sealed = [box.burst(minute, BUMP) for minute in range(0, 600, 60)]
        story = told(rules, *sealed, box=box, silence=240)
        assert story.log.fold.doubts == doubts


def test_a_burst_in_the_midst_of_climate_windows_is_no_gap_and_no_time() -> None:
    box = Box()
    sealed = [box.seal(steady(0, 19, 900)), box.burst(19.5, BUMP), box.seal(steady(20, 39, 900))]
    (verdict,) = told(WARM, *sealed, box=box).verdicts
    assert verdict.rule is Rule.SINGLE_LIMIT
    assert verdict.snapshot["measured"]["longest_s"] == 39 * 60
    assert verdict.snapshot["measured"]["unknown_s"] == 0


def test_an_excursion_is_unknown_from_when_only_bursts_come() -> None:
    box = Box()
    story = told(WARM, box.seal(steady(0, 20, 900)), box=box, silence=60)
    story.receive(box.burst(60, BUMP), box.burst(90, BUMP))
    (excursion,) = story.last.snapshot["excursions"]
    assert excursion["ended"] == "unknown"


def test_a_burst_does_not_mend_a_broken_thermometer() -> None:
    box = Box()
    broken = box.seal([(0, {0: None})], faults=1, flags=c.FLAG_SENSOR_FAULT)
    story = told(WARM, broken, box.burst(1, BUMP), box=box)
    assert story.log.fold.doubts == Doubt.SENSOR_FAULT
    story.receive(box.seal(steady(2, 9, 500)))
    assert story.log.fold.doubts == Doubt(0)


# ----- the order of arrival ----------------------------------------------------------------------

EVERYTHING = (
    WARM
    + FALLS
    + "[handling]\nthreshold = 300\ncount = 2\nhours = 2\ncool_down_minutes = 15\n"
    + "[anomaly]\nthreshold = 300\nwindows = 2\nof = 3\ncool_down_minutes = 45\n"
)


def some_windows(seed: int) -> list[Sealed]:
    """Climate windows and bursts of two nodes, sealed as they come."""
    chance = random.Random(seed)
    sealed = []
    for number in (1, 2):
        box = Box(number)
        for n in range(12):
            at = 20 * n
            for _ in range(chance.choice([0, 0, 1, 3])):
                shape = chance.choice([BUMP, BUMP, drop(100), drop(300)])
                sealed.append(
                    box.burst(at + 18 * chance.random(), shape, score=chance.choice([5, 400]))
                )
            rows = [
                (m, {0: chance.choice([500, 850]), c.FREE_FALL: 250 * (chance.random() < 0.02)})
                for m in range(at, at + 20)
            ]
            sealed.append(box.seal(rows, score=chance.choice([5, 5, 400])))
    when = START_MS + 6 * HOUR
    return [Sealed(one.raw, one.facts, one.score, when) for one in sealed]


@pytest.mark.parametrize("seed", range(4))
def test_the_outcome_of_bursts_and_windows_does_not_depend_on_the_order_of_arrival(
    seed: int,
) -> None:
    windows = some_windows(seed)
    chance = random.Random(seed)
    outcomes = []
    for _ in range(10):
        story = Story(profile(EVERYTHING), Box(1), Box(2))
        story.receive(*windows)
        outcomes.append(outcome(story))
        chance.shuffle(windows)
    assert all(found == outcomes[0] for found in outcomes)
    assert len(outcomes[0][4]) > 3  # type: ignore[arg-type]


def greatest(events: list[Event], cool_down: int) -> int:
    """The greatest number of events that lie far enough apart, by trying from every one."""
    best: dict[int, int] = {}
    for n in range(len(events) - 1, -1, -1):
        later = [
            best[m]
            for m in range(n + 1, len(events))
            if events[m].since - events[n].at >= cool_down
        ]
        best[n] = 1 + max(later, default=0)
    return max(best.values(), default=0)


def test_there_are_as_many_disturbances_as_events_can_lie_apart() -> None:
    chance = random.Random(11)
    for _ in range(200):
        cool_down = chance.choice([0, 3, 10])
        events = [
            Event(at, n, 0, at - chance.choice([0, 0, 4]))
            for n, at in enumerate(chance.sample(range(100), chance.randint(1, 14)))
        ]
        seen = Disturbances(cool_down)
        for number, event in enumerate(events, 1):
            before = len(seen)
            seen.add(event)
            assert before <= len(seen) == greatest(sorted(events[:number]), cool_down)


def test_a_late_event_completes_what_an_exhaustive_search_finds() -> None:
    chance = random.Random(7)
    for _ in range(100):
        moments = chance.sample(range(60), 8)
        events = Events()
        found = False
        for n, at in enumerate(moments):
            event = Event(at, n, 0, at)
            events.add(event)
            found = found or any(True for _ in events.completed(event, 3, 12))
        ordered = sorted(moments)
        assert found == any(ordered[i + 2] - ordered[i] <= 12 for i in range(6))
