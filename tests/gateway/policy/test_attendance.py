"""Gaps, silences and broken chains: noted when due, closed when filled, never invented."""

from cargoseal.evidence.entries import (
    ChainBreak,
    Closed,
    Gap,
    GapClosed,
    HeardAgain,
    Leg,
    Released,
    Silence,
)
from cargoseal.policy.terms import Condition, Doubt, Rule
from tests.gateway.policy.world import HOUR, MINUTE, START_MS, Box, Sealed, Story, profile, steady

RULES = profile(hold=30, grace=10, silence=240)


def hours(box: Box, *which: int) -> list[Sealed]:
    """All hours up to the last of `which` are sealed; those of `which` are given."""
    sealed = [box.seal(steady(60 * n, 60 * n + 59, 500)) for n in range(max(which) + 1)]
    return [sealed[n] for n in which]


def kinds(story: Story) -> list[str]:
    return [type(entry).__name__ for entry in story.entries]


def test_a_missing_segment_is_a_gap_after_its_grace() -> None:
    box = Box()
    story = Story(RULES, box)
    first, third = hours(box, 0, 2)
    story.receive(first, third)
    assert story.until(third.received_ms + 10 * MINUTE - 1) == []
    (verdict,) = story.until(third.received_ms + 10 * MINUTE)
    assert story.entries[-2] == Gap(box.node, 1, 3, third.received_ms + 10 * MINUTE)
    assert verdict.condition is Condition.SOUND
    assert verdict.doubts == Doubt.GAP_IN_EVIDENCE
    assert verdict.rule is Rule.GAP


def test_a_segment_that_comes_within_the_grace_leaves_no_gap() -> None:
    box = Box()
    story = Story(RULES, box)
    first, second, third = hours(box, 0, 1, 2)
    story.receive(first, third, second)
    assert story.until(third.received_ms + 2 * HOUR) == []
    assert "Gap" not in kinds(story)


def test_a_gap_that_is_filled_is_closed_and_its_doubt_goes() -> None:
    box = Box()
    story = Story(RULES, box)
    first, second, third = hours(box, 0, 1, 2)
    story.receive(first, third)
    story.until(third.received_ms + HOUR)
    late = Sealed(second.raw, second.facts, second.score, third.received_ms + 2 * HOUR)
    (verdict,) = story.receive(late)
    assert GapClosed(box.node, 1, 3, late.received_ms) in story.entries
    assert verdict.doubts == Doubt(0)
    assert verdict.corrects is not None


def test_what_is_still_missing_of_a_gap_is_noted_anew() -> None:
    box = Box()
    story = Story(RULES, box)
    first, third, fifth = hours(box, 0, 2, 4)
    story.receive(first, fifth)
    story.until(fifth.received_ms + HOUR)
    late = Sealed(third.raw, third.facts, third.score, fifth.received_ms + 2 * HOUR)
    story.receive(late)
    story.until(late.received_ms + HOUR)
    gaps = [(e.after, e.before) for e in story.entries if isinstance(e, Gap)]
    assert gaps == [(1, 5), (1, 3), (3, 5)]
    assert story.last.doubts == Doubt.GAP_IN_EVIDENCE


def test_numbers_that_were_never_sealed_are_no_gap() -> None:
    box = Box()
    story = Story(RULES, box)
    story.receive(box.seal(steady(0, 59, 500)), box.seal(steady(60, 119, 500), skip=100))
    assert story.until(START_MS + 3 * HOUR) == []


def test_neighbours_that_do_not_join_are_a_broken_chain_and_flag_the_shipment() -> None:
    box = Box()
    story = Story(RULES, box)
    story.receive(box.seal(steady(0, 59, 500)))
    (verdict,) = story.receive(box.seal(steady(60, 119, 500), previous=b"\x05" * 32))
    assert story.entries[-2] == ChainBreak(box.node, 2, START_MS + 119 * MINUTE)
    assert verdict.condition is Condition.FLAGGED
    assert verdict.rule is Rule.CHAIN_BREAK
    assert verdict.evidence == (2, 3)


def test_a_node_that_is_not_heard_is_silent_and_heard_again() -> None:
    box = Box()
    story = Story(RULES, box)
    story.receive(box.seal(steady(0, 59, 500)))
    heard = START_MS + 59 * MINUTE
    assert story.until(heard + 4 * HOUR - 1) == []
    (verdict,) = story.until(heard + 4 * HOUR)
    assert story.entries[-2] == Silence(box.node, heard, heard + 4 * HOUR)
    assert verdict.doubts == Doubt.SILENT
    (clear,) = story.receive(box.seal(steady(360, 419, 500)))
    assert isinstance(story.entries[-2], HeardAgain)
    assert clear.doubts == Doubt(0)
    assert clear.rule is Rule.NONE
    assert clear.corrects == 4


def test_a_silence_that_nobody_looked_at_is_noted_by_the_segment_that_ends_it() -> None:
    box = Box()
    story = Story(RULES, box)
    story.receive(box.seal(steady(0, 59, 500)))
    story.receive(box.seal(steady(600, 659, 500)))
    names = kinds(story)[2:]
    assert names == ["SegmentEntry", "Silence", "Verdict", "SegmentEntry", "HeardAgain", "Verdict"]


def test_a_clock_that_is_asked_and_one_that_is_not_write_the_same_log() -> None:
    logs = []
    for ask in (True, False):
        box = Box()
        story = Story(RULES, box)
        story.receive(box.seal(steady(0, 59, 500)))
        if ask:
            story.until(START_MS + 9 * HOUR)
        story.receive(box.seal(steady(600, 659, 500)))
        logs.append(story.entries)
    assert logs[0] == logs[1]


def test_a_node_that_never_spoke_is_silent_since_it_was_assigned() -> None:
    box = Box()
    story = Story(RULES, box)
    story.until(START_MS + 10 * HOUR)
    assert Silence(box.node, START_MS - HOUR, START_MS + 3 * HOUR) in story.entries


def test_a_released_node_is_not_expected() -> None:
    box = Box()
    story = Story(RULES, box)
    story.receive(box.seal(steady(0, 59, 500)))
    story.fact(Released(box.node, START_MS + HOUR, START_MS + HOUR))
    assert story.until(START_MS + 100 * HOUR) == []


def test_releasing_a_silent_node_ends_the_doubt() -> None:
    box = Box()
    story = Story(RULES, box)
    story.until(START_MS + 10 * HOUR)
    (verdict,) = story.fact(Released(box.node, START_MS + HOUR, START_MS + 11 * HOUR))
    assert verdict.doubts == Doubt(0)


def test_nothing_is_expected_after_the_log_is_closed() -> None:
    box = Box()
    story = Story(RULES, box)
    story.fact(Closed(START_MS))
    assert story.until(START_MS + 100 * HOUR) == []


def test_silence_can_be_off_where_the_way_ends() -> None:
    rules = profile('[legs]\nstart = "transit"\n[legs.off]\ndestination = ["silence"]\n')
    box = Box()
    story = Story(rules, box)
    story.receive(box.seal(steady(0, 59, 500)))
    story.fact(Leg("destination", START_MS + HOUR, START_MS + HOUR))
    assert story.until(START_MS + 100 * HOUR) == []


def test_facts_that_are_due_together_stand_in_the_order_of_their_times() -> None:
    first, second = Box(1), Box(2)
    story = Story(RULES, first, second)
    a, c = hours(first, 0, 2)
    story.receive(a, *hours(second, 0), c)
    story.until(START_MS + 20 * HOUR)
    times = [e.time_ms for e in story.entries if isinstance(e, (Gap, Silence))]
    assert len(times) == 3
    assert times == sorted(times)
