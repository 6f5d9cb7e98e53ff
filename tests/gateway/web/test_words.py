"""What verdicts about handling and implausible readings say to a person."""

import pytest

from cargoseal.evidence.entries import Verdict
from cargoseal.policy.terms import Condition, Doubt, Rule
from cargoseal.web.history import timeline
from cargoseal.web.state import contradictions
from cargoseal.web.words import RULE_WORDS, fall_words, rule_sentences, rule_words

NODE = bytes.fromhex("c7236ec56a065d4b")
FALL = {"fall_ms": 404, "height_mm": 800, "peak_mg": 16_000}


def verdict(rule: Rule, snapshot: dict, since_ms: int = 1000) -> Verdict:
    return Verdict(
        Condition.FLAGGED, Doubt(0), rule, 50, 7, since_ms, snapshot, (1,), None, since_ms
    )


@pytest.mark.parametrize(
    ("fall_ms", "height_mm", "words"),
    [
        (404, 800, "dropped from about 0.8 m (404 ms in free fall)"),
        (202, 200, "dropped from about 20 cm (202 ms in free fall)"),
        (0, 0, ""),
        (None, None, ""),
    ],
)
def test_a_fall_has_its_height_in_words(
    fall_ms: int | None, height_mm: int | None, words: str
) -> None:
    assert fall_words(fall_ms, height_mm) == words


def test_a_handling_alarm_is_told_apart_from_a_climate_alarm() -> None:
    handling = {"limit": {"name": "handling", "threshold": 90}, "measured": {"scores": [120]}}
    assert "handling" in rule_words(Rule.ANOMALY, handling)
    climate = {"limit": {"threshold": 90}, "measured": {"scores": [120]}}
    assert rule_words(Rule.ANOMALY, climate) == RULE_WORDS[Rule.ANOMALY]
    fallen = {**handling, "measured": {"scores": [120], **FALL}}
    assert "dropped from about 0.8 m" in rule_words(Rule.ANOMALY, fallen)


def test_a_fall_is_explained_with_what_counts_and_what_was_measured() -> None:
    lines = rule_sentences({"limit": {"min_ms": 350}, "measured": FALL, "node": NODE})
    assert lines[:2] == [
        "Falls of 350 ms or longer count.",
        "Measured: dropped from about 0.8 m (404 ms in free fall); the hardest sample was 16.0 g.",
    ]


def test_two_equal_falls_are_two_events_and_a_repeated_reason_is_one() -> None:
    fall = {"limit": {"min_ms": 350}, "measured": FALL, "node": NODE}
    events, _ = timeline([verdict(Rule.FREE_FALL, fall, when) for when in (1000, 1000, 9000)])
    assert len(events) == 2
    events, _ = timeline([verdict(Rule.SILENCE, {}, when) for when in (1000, 9000)])
    assert len(events) == 1


def test_a_contradiction_names_its_node_and_why() -> None:
    doubts = [{"doubt": "sensor_fault", "node": NODE, "since_ms": 5, "because": ["it was dark"]}]
    log = [verdict(Rule.SENSOR_FAULT, {"doubts": doubts}), verdict(Rule.TAMPER, {})]
    assert contradictions(log) == ["Node c7236e: it was dark."]
    assert contradictions([verdict(Rule.SENSOR_FAULT, {"doubts": []}), *log[1:]]) == []


def test_every_rule_has_words() -> None:
    assert set(RULE_WORDS) == set(Rule)
