"""The policy: each rule's verdict, what several nodes say, what people say, what is not known."""

import itertools
import random

import pytest

from cargoseal.errors import UsageError
from cargoseal.evidence.entries import Leg, Review, Revoked, Verdict
from cargoseal.policy.terms import Condition, Doubt, Reason, Rule
from cargoseal_wire import constants as c
from tests.gateway.policy.world import (
    HOUR,
    MINUTE,
    START_MS,
    WARM,
    Box,
    Row,
    Sealed,
    Story,
    profile,
    steady,
)

COLD_TOTAL = """
[[limit]]
name = "cold-total"
channel = "temperature"
kind = "cumulative"
below = 2
minutes = 60
"""
TAMPER = """
[tamper]
flagged_minutes = 10
compromised_minutes = 60
hold_minutes = 120
[departure]
leg = "transit"
secure_minutes = 30
[legs]
start = "origin"
[legs.off]
destination = ["tamper", "door"]
"""


def story_of(rules: str, *rows: list[Row], **options: int) -> tuple[Story, Box]:
    box = Box()
    story = Story(profile(rules, **options), box)
    for part in rows:
        story.receive(box.seal(part))
    return story, box


def review(condition: Condition, minute: int) -> Review:
    return Review(
        condition,
        Reason.GOODS_INSPECTED,
        bytes(32),
        bytes(32),
        None,
        START_MS + minute * MINUTE,
    )


# ----- limits ------------------------------------------------------------------------------------


def test_readings_within_the_limits_give_no_verdict() -> None:
    story, _ = story_of(WARM, steady(0, 59, 500), steady(60, 119, 800))
    assert story.verdicts == []


def test_a_limit_exceeded_at_a_stretch_flags() -> None:
    story, box = story_of(WARM, steady(0, 9, 500), steady(10, 50, 900))
    (verdict,) = story.verdicts
    assert verdict.condition is Condition.FLAGGED
    assert verdict.rule is Rule.SINGLE_LIMIT
    assert verdict.since_ms == START_MS + 10 * MINUTE
    assert verdict.evidence == (3,)
    assert verdict.snapshot["node"] == box.node
    assert verdict.snapshot["limit"]["above"] == "8"
    assert verdict.snapshot["measured"]["peak"] == "9.00 °C"
    assert verdict.snapshot["measured"]["longest_s"] == 40 * 60


def test_a_stretch_runs_on_over_windows() -> None:
    story, _ = story_of(WARM, steady(0, 19, 900), steady(20, 29, 900), steady(30, 39, 900))
    assert story.last.since_ms == START_MS
    assert story.last.evidence == (2, 3, 4)


def test_short_excursions_do_not_add_up_for_a_single_limit() -> None:
    rows = [
        part for n in range(0, 200, 40) for part in (steady(n, n + 20, 900), [(n + 21, {0: 1})])
    ]
    story, _ = story_of(WARM, *rows)
    assert story.verdicts == []


def test_excursions_add_up_for_a_cumulative_limit() -> None:
    rows: list[list[Row]] = []
    for n in range(0, 200, 40):
        rows += [steady(n, n + 19, 100), steady(n + 20, n + 39, 500)]
    story, _ = story_of(COLD_TOTAL, *rows)
    (verdict,) = story.verdicts
    assert verdict.rule is Rule.CUMULATIVE_LIMIT
    assert verdict.since_ms == START_MS + 119 * MINUTE  # the window that used it up
    assert verdict.snapshot["measured"]["total_s"] == 60 * 60


@pytest.mark.parametrize(("minutes", "flagged"), [(0, True), (1, True), (2, False)])
def test_a_spike_of_one_minute_in_a_batch_reaches_the_verdict(minutes: int, flagged: bool) -> None:
    rows = steady(0, 59, 500)
    rows[30] = (30, {c.TEMPERATURE: 2000})
    story, _ = story_of(WARM.replace("minutes = 30", f"minutes = {minutes}"), rows)
    assert bool(story.verdicts) is flagged
    if flagged:
        assert story.last.snapshot["measured"]["peak"] == "20.00 °C"


def test_a_spike_in_the_last_reading_of_a_window_is_not_lost() -> None:
    rules = WARM.replace("minutes = 30", "minutes = 1")
    story, _ = story_of(rules, [*steady(0, 58, 500), (59, {0: 2000})], steady(60, 70, 500))
    assert story.last.snapshot["measured"]["longest_s"] == 60


def test_a_gap_is_unknown_time_and_not_exposure() -> None:
    box = Box()
    story = Story(profile(WARM), box)
    story.receive(box.seal(steady(0, 20, 900)))
    box.seal(steady(21, 39, 900))
    story.receive(box.seal(steady(40, 60, 900)))
    assert Condition.FLAGGED not in {verdict.condition for verdict in story.verdicts}
    story.until(START_MS + 3 * HOUR)
    assert story.last.doubts == Doubt.GAP_IN_EVIDENCE


def test_a_pause_longer_than_a_reading_speaks_is_unknown_time() -> None:
    story, _ = story_of(WARM, [(0, {0: 900}), (31, {0: 900}), (62, {0: 900})], hold=30)
    assert story.verdicts == []


def test_a_hole_between_readings_is_a_doubt_where_the_profile_says_so() -> None:
    gap = "[gap]\nhold_minutes = 30\nhole_minutes = 60\n"
    story, box = story_of(gap, steady(0, 10, 500), steady(100, 110, 500))
    assert story.last.doubts == Doubt.GAP_IN_EVIDENCE
    assert story.last.since_ms == START_MS + 10 * MINUTE
    assert story.last.snapshot["doubts"] == [
        {"doubt": "gap_in_evidence", "node": box.node, "since_ms": START_MS + 10 * MINUTE}
    ]


def test_an_excursion_that_cannot_end_is_closed_as_unknown() -> None:
    box = Box()
    story = Story(profile(WARM), box)
    story.receive(box.seal(steady(0, 20, 900)))
    (verdict,) = story.receive(
        box.seal([(30, {c.BATTERY: 3000})], faults=1, flags=c.FLAG_SENSOR_FAULT)
    )
    assert verdict.condition is Condition.SOUND
    assert verdict.doubts == Doubt.SENSOR_FAULT
    (excursion,) = verdict.snapshot["excursions"]
    assert excursion["ended"] == "unknown"
    assert excursion["until_ms"] == START_MS + 20 * MINUTE


def test_a_sensor_that_works_again_ends_the_doubt_but_not_the_condition() -> None:
    box = Box()
    story = Story(profile(WARM), box)
    story.receive(box.seal(steady(0, 40, 900)))
    story.receive(box.seal([(41, {0: None})], faults=1, flags=c.FLAG_SENSOR_FAULT))
    assert (story.last.condition, story.last.doubts) == (Condition.FLAGGED, Doubt.SENSOR_FAULT)
    story.receive(box.seal(steady(45, 50, 500)))
    assert (story.last.condition, story.last.doubts) == (Condition.FLAGGED, Doubt(0))
    assert story.last.rule is Rule.SINGLE_LIMIT
    assert story.last.snapshot["limit"]["name"] == "warm"
    assert story.last.corrects is not None


# ----- clocks ------------------------------------------------------------------------------------

NO_CLOCK = {"clock_source": c.CLOCK_NONE, "clock_error_ms": c.CLOCK_ERROR_UNKNOWN, "start_ms": 0}


def test_a_window_without_a_clock_counts_by_uptime_and_raises_a_doubt() -> None:
    box = Box()
    story = Story(profile(WARM), box)
    story.receive(box.seal(steady(0, 15, 900)))
    story.receive(box.seal(steady(16, 25, 900), **NO_CLOCK))
    assert story.last.doubts == Doubt.CLOCK_UNSOUND
    assert story.last.rule is Rule.CLOCK
    story.receive(box.seal(steady(26, 31, 900)))
    assert story.last.condition is Condition.FLAGGED
    assert story.last.since_ms == START_MS
    assert story.last.doubts == Doubt(0)


@pytest.mark.parametrize(
    "changes",
    [
        {"clock_error_ms": 121_000},
        {"start_ms": START_MS + 50 * HOUR},
        {"clock_error_ms": c.CLOCK_ERROR_UNKNOWN},
    ],
)
def test_a_clock_that_cannot_be_believed_is_a_doubt(changes: dict[str, int]) -> None:
    box = Box()
    story = Story(profile(), box)
    story.receive(box.seal(steady(0, 9, 500), **changes))
    assert story.last.doubts == Doubt.CLOCK_UNSOUND


def test_an_event_without_a_clock_is_placed_by_its_power_cycle() -> None:
    box = Box()
    story = Story(profile("[free_fall]\nmin_ms = 300\n"), box)
    story.receive(box.seal(steady(0, 9, 500)))
    story.receive(box.seal([(20, {c.FREE_FALL: 500})], late_ms=5 * HOUR, **NO_CLOCK))
    assert story.last.rule is Rule.FREE_FALL
    assert story.last.since_ms == START_MS + 20 * MINUTE


def test_without_any_clock_an_event_is_placed_as_late_as_it_can_have_been() -> None:
    box = Box()
    story = Story(profile("[free_fall]\nmin_ms = 300\n"), box)
    sealed = box.seal([(20, {c.FREE_FALL: 500})], late_ms=5 * HOUR, **NO_CLOCK)
    story.receive(sealed)
    assert story.last.since_ms == sealed.received_ms


# ----- handling ----------------------------------------------------------------------------------


def test_a_fall_flags_with_its_height() -> None:
    story, _ = story_of("[free_fall]\nmin_ms = 300\n", [(0, {c.FREE_FALL: 639})])
    assert story.last.rule is Rule.FREE_FALL
    assert story.last.snapshot["measured"] == {"fall_ms": 639, "height_mm": 2002}


def test_a_short_fall_does_not_flag() -> None:
    story, _ = story_of("[free_fall]\nmin_ms = 300\n", [(0, {c.FREE_FALL: 299})])
    assert story.verdicts == []


SHOCKS = '[[shock]]\nname = "rough"\nlevel_g = 5\ncount = 3\nhours = 1\n'


def test_shocks_flag_by_their_rate_and_not_one_by_one() -> None:
    apart = [(60 * n, {c.SHOCK: 7000}) for n in range(10)]
    story, _ = story_of(SHOCKS, *([row] for row in apart), hold=90)
    assert story.verdicts == []
    close = [(n, {c.SHOCK: 5000}) for n in (0, 20, 59)]
    story, _ = story_of(SHOCKS, close)
    assert story.last.rule is Rule.SHOCK_RATE
    assert story.last.snapshot["measured"] == {"within_s": 59 * 60, "peak_mg": 5000}


def test_shocks_below_the_level_do_not_count() -> None:
    story, _ = story_of(SHOCKS, [(n, {c.SHOCK: 4999}) for n in range(20)])
    assert story.verdicts == []


def test_the_model_flags_when_it_persists() -> None:
    rules = "[anomaly]\nthreshold = 100\nwindows = 2\nof = 3\n"
    box = Box()
    story = Story(profile(rules), box)
    for n, score in enumerate([500, 5, 5, 500, 5]):
        assert story.receive(box.seal(steady(10 * n, 10 * n + 9, 500), score=score)) == []
    (verdict,) = story.receive(box.seal(steady(50, 59, 500), score=120))
    assert verdict.rule is Rule.ANOMALY
    assert verdict.score == 500
    assert verdict.snapshot["measured"] == {"scores": [500, 120]}


# ----- mount and door ----------------------------------------------------------------------------


def mounted(first: int, last: int, off: int = 0, door: int = 0) -> list[Row]:
    return [(n, {c.MOUNT: off, c.DOOR: door}) for n in range(first, last + 1, 5)]


def test_a_node_off_its_mount_before_it_departed_is_being_installed() -> None:
    story, _ = story_of(TAMPER, mounted(0, 115, off=1, door=1), mounted(120, 140))
    assert story.verdicts == []


def test_a_node_taken_off_on_the_way_flags_and_compromises_when_it_lasts() -> None:
    story, _ = story_of(TAMPER, mounted(0, 60), mounted(65, 85, off=1), mounted(90, 160, off=1))
    assert [v.condition for v in story.verdicts] == [Condition.FLAGGED, Condition.COMPROMISED]
    assert {v.rule for v in story.verdicts} == {Rule.TAMPER}
    assert story.last.since_ms == START_MS + 65 * MINUTE
    assert story.last.snapshot["measured"]["departed_ms"] == START_MS + 30 * MINUTE


def test_a_stated_departure_counts_even_for_a_node_that_never_was_secure() -> None:
    box = Box()
    story = Story(profile(TAMPER), box)
    story.fact(Leg("transit", START_MS + 60 * MINUTE, START_MS))
    story.receive(box.seal(mounted(0, 60, off=1)))
    assert story.verdicts == []
    story.receive(box.seal(mounted(65, 75, off=1)))
    assert story.last.rule is Rule.TAMPER
    assert story.last.since_ms == START_MS + 60 * MINUTE


def test_a_node_taken_off_after_it_arrived_is_no_tamper() -> None:
    box = Box()
    story = Story(profile(TAMPER), box)
    story.receive(box.seal(mounted(0, 60)))
    story.fact(Leg("destination", START_MS + 61 * MINUTE, START_MS + 61 * MINUTE))
    story.receive(box.seal(mounted(65, 250, off=1)))
    assert story.verdicts == []


def test_a_node_without_a_mount_channel_may_say_it_by_its_flag() -> None:
    rules = '[tamper]\nflagged_minutes = 5\n[legs]\nstart = "transit"\n'
    box = Box()
    story = Story(profile(rules), box)
    story.receive(box.seal(steady(0, 9, 500), flags=c.FLAG_TAMPER))
    assert story.last.rule is Rule.TAMPER


def test_a_door_open_on_the_way_flags() -> None:
    rules = TAMPER + "[door]\nminutes = 15\nhold_minutes = 60\n"
    story, _ = story_of(rules, mounted(0, 60), mounted(65, 90, door=1))
    assert story.last.rule is Rule.DOOR
    assert story.last.since_ms == START_MS + 65 * MINUTE


# ----- several nodes -----------------------------------------------------------------------------

TWO = WARM + "[corroboration]\nnodes = 2\nwindow_minutes = 30\n"


def test_one_node_alone_only_flags() -> None:
    first, second = Box(1), Box(2)
    story = Story(profile(TWO), first, second)
    story.receive(first.seal(steady(0, 59, 900)), second.seal(steady(0, 59, 500)))
    assert {v.condition for v in story.verdicts} == {Condition.FLAGGED}


def test_two_nodes_that_agree_compromise() -> None:
    first, second = Box(1), Box(2)
    story = Story(profile(TWO), first, second)
    story.receive(first.seal(steady(0, 59, 900)), second.seal(steady(80, 139, 900)))
    assert story.last.condition is Condition.COMPROMISED
    assert story.last.rule is Rule.CORROBORATED
    assert sorted(story.last.snapshot["measured"]["nodes"]) == sorted([first.node, second.node])
    assert story.last.evidence == (3, 5)
    assert story.last.since_ms == START_MS + 80 * MINUTE


def test_two_nodes_far_apart_in_time_do_not_agree() -> None:
    first, second = Box(1), Box(2)
    story = Story(profile(TWO), first, second)
    story.receive(first.seal(steady(0, 59, 900)), second.seal(steady(90, 139, 900)))
    assert story.last.condition is Condition.FLAGGED


def test_too_warm_and_too_cold_is_no_agreement() -> None:
    cold = WARM.replace('"warm"', '"cold"').replace("above = 8", "below = 2")
    first, second = Box(1), Box(2)
    story = Story(profile(TWO + cold), first, second)
    story.receive(first.seal(steady(0, 59, 900)), second.seal(steady(0, 59, 100)))
    assert story.last.condition is Condition.FLAGGED


def test_two_nodes_that_fell_together_compromise() -> None:
    rules = "[free_fall]\nmin_ms = 300\n[corroboration]\nwindow_minutes = 1\n"
    first, second = Box(1), Box(2)
    story = Story(profile(rules), first, second)
    story.receive(first.seal([(5, {c.FREE_FALL: 500})]), second.seal([(5, {c.FREE_FALL: 480})]))
    assert story.last.rule is Rule.CORROBORATED
    assert story.last.condition is Condition.COMPROMISED


# ----- people ------------------------------------------------------------------------------------


def test_only_a_review_goes_back() -> None:
    story, box = story_of(WARM, steady(0, 59, 900))
    story.receive(box.seal(steady(60, 600, 500, step=10)))
    assert story.log.fold.condition is Condition.FLAGGED
    story.fact(review(Condition.SOUND, 700))
    assert story.log.fold.condition is Condition.SOUND


def test_after_a_review_that_clears_exposure_is_counted_anew() -> None:
    story, box = story_of(WARM, steady(0, 59, 900))
    story.fact(review(Condition.SOUND, 60))
    story.receive(box.seal(steady(60, 80, 900)))
    assert story.log.fold.condition is Condition.SOUND
    (verdict,) = story.receive(box.seal(steady(81, 95, 900)))
    assert verdict.condition is Condition.FLAGGED
    assert verdict.since_ms == START_MS + 60 * MINUTE


def test_a_review_that_confirms_keeps_the_account() -> None:
    first, second = Box(1), Box(2)
    story = Story(profile(TWO), first, second)
    story.receive(first.seal(steady(0, 59, 900)))
    story.fact(review(Condition.FLAGGED, 60))
    story.receive(second.seal(steady(0, 59, 900)))
    assert story.last.condition is Condition.COMPROMISED


def test_a_review_may_make_it_worse() -> None:
    story, _ = story_of(WARM, steady(0, 9, 500))
    story.fact(review(Condition.COMPROMISED, 10))
    story.until(START_MS + 10 * HOUR)
    assert (story.last.condition, story.last.rule) == (Condition.COMPROMISED, Rule.REVIEW)


def test_a_revoked_node_is_not_believed_to_be_watching() -> None:
    story, box = story_of(WARM, steady(0, 9, 500))
    (verdict,) = story.fact(Revoked(box.node, START_MS + HOUR, START_MS + HOUR))
    assert verdict.doubts == Doubt.SILENT


# ----- what goes on chain, and in which order ----------------------------------------------------


def test_only_changes_of_condition_and_doubts_are_posted() -> None:
    first, second = Box(1), Box(2)
    story = Story(profile(WARM), first, second)
    story.receive(first.seal(steady(0, 59, 900)), second.seal(steady(0, 59, 900)))
    assert len(story.verdicts) == 2
    assert len(story.posted) == 1


def test_a_finding_less_grave_than_the_condition_is_no_news() -> None:
    rules = WARM.replace("minutes = 30", 'minutes = 30\nseverity = "compromised"')
    story, box = story_of(rules + "[free_fall]\nmin_ms = 300\n", steady(0, 59, 900))
    assert story.receive(box.seal([(60, {c.FREE_FALL: 500})])) == []


def outcome(story: Story) -> tuple[object, ...]:
    fold = story.log.fold
    whole = [
        node.account.timelines[name].whole()
        for _, node in sorted(fold.judge.nodes.items())
        for name in sorted(node.account.timelines)
    ]
    return fold.condition, fold.doubts, fold.health(), fold.score(), whole


def some_windows() -> list[Sealed]:
    """Two nodes' windows with everything that rules look at."""
    chance = random.Random(5)
    sealed = []
    for seed in (1, 2):
        box = Box(seed)
        for n in range(8):
            rows: list[Row] = []
            for minute in range(20 * n, 20 * n + 20):
                values: dict[int, int | None] = {c.TEMPERATURE: chance.choice([500, 850, 950])}
                if chance.random() < 0.1:
                    values[c.SHOCK] = 6000
                if chance.random() < 0.03:
                    values[c.FREE_FALL] = 400
                rows.append((minute, values))
            one = box.seal(rows)
            sealed.append(Sealed(one.raw, one.facts, one.score, START_MS + 4 * HOUR))
    return sealed


def test_the_outcome_does_not_depend_on_the_order_of_arrival() -> None:
    rules = profile(TWO + SHOCKS + COLD_TOTAL + "[free_fall]\nmin_ms = 350\n", grace=10)
    windows = some_windows()
    chance = random.Random(1)
    outcomes = []
    for _ in range(12):
        story = Story(rules, Box(1), Box(2))
        story.receive(*windows)
        outcomes.append(outcome(story))
        chance.shuffle(windows)
    assert all(found == outcomes[0] for found in outcomes)
    assert outcomes[0][0] is not Condition.SOUND


def test_the_condition_never_goes_back_by_itself() -> None:
    rules = profile(TWO + SHOCKS + "[free_fall]\nmin_ms = 350\n")
    windows = some_windows()
    random.Random(3).shuffle(windows)
    story = Story(rules, Box(1), Box(2))
    story.receive(*windows)
    conditions = [verdict.condition for verdict in story.verdicts]
    assert all(a <= b for a, b in itertools.pairwise(conditions))


def test_a_segment_of_a_strange_node_is_the_callers_mistake() -> None:
    box, stranger = Box(1), Box(2)
    story = Story(profile(), box)
    with pytest.raises(UsageError, match="assigned"):
        story.receive(stranger.seal(steady(0, 9, 500)))


def test_a_log_read_back_gives_the_same_state() -> None:
    windows = some_windows()
    rules = profile(TWO + SHOCKS)
    story = Story(rules, Box(1), Box(2))
    story.receive(*windows)
    again = Story(rules).log
    again = type(again)(7, rules)
    facts = {(s.facts.statement.node, s.facts.statement.counter): s.facts for s in windows}
    for entry in story.entries:
        key = (getattr(entry, "node", b""), getattr(entry, "counter", 0))
        again.restore(entry, facts.get(key) if entry.TYPE == 1 else None)
    assert again.size == story.log.size
    assert again.last_verdict == story.log.last_verdict
    late = Box(1)
    late.counter, late.previous = 8, windows[0].facts.seal_digest
    extra = late.seal(steady(200, 300, 950))
    assert list(again.segment(extra.entry, extra.facts)) == list(
        story.log.segment(extra.entry, extra.facts)
    )


def test_health_tells_how_much_of_a_limit_is_left() -> None:
    story, _ = story_of(WARM, steady(0, 15, 900), steady(16, 20, 500))
    assert story.log.fold.health() == 100 - 40 * 53 // 100
    assert story.log.fold.condition is Condition.SOUND


def test_verdicts_are_what_the_log_can_hold() -> None:
    story, _ = story_of(WARM, steady(0, 59, 900))
    assert all(isinstance(verdict, Verdict) for verdict in story.verdicts)
    assert 20 <= story.last.health < 60
