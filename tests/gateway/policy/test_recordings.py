"""The shipped profiles on real recordings, from file to verdicts (no firmware, no network)."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cargoseal.evidence.entries import HeardAgain, Leg, Silence, Verdict
from cargoseal.policy.profile import load_profile
from cargoseal.policy.terms import Condition, Doubt, Rule
from cargoseal.replay import rows as read
from cargoseal.replay.reader import Options, read_recording
from tests.gateway.policy import world
from tests.gateway.policy.world import HOUR, MINUTE, Box, Row, Story

Find = Callable[[str], Path]


def wall(row: read.Row) -> int:
    assert row.wall_ms is not None
    return row.wall_ms


def play(path: Path, name: str, *, destination_ms: int | None = None) -> Story:
    """The recording sealed in windows of an hour or 60 rows, and judged by a shipped profile."""
    rows = read_recording(path, Options()).rows
    start = wall(rows[0])
    box = Box(booted_ms=start - HOUR)
    story = Story(load_profile(name), box, opened_ms=start)
    if destination_ms is not None:
        story.fact(Leg("destination", destination_ms, start))
    window: list[Row] = []
    for row in rows:
        minute = (wall(row) - world.START_MS) / MINUTE
        if window and (minute - window[0][0] >= 60 or len(window) == 60):
            story.receive(box.seal(window))
            window = []
        values = {int(channel): value for channel, value in row.values.items()}
        window.append((minute, values))
    story.receive(box.seal(window))
    return story


def rules(story: Story) -> set[Rule]:
    return {verdict.rule for verdict in story.verdicts}


def test_a_tracker_off_its_mount_for_days_is_proven_tamper(shared_data: Find) -> None:
    story = play(shared_data("train/schenker_containers/device_F.csv.gz"), "dry-goods-sea")
    proven = next(v for v in story.verdicts if v.condition is Condition.COMPROMISED)
    assert proven.rule is Rule.TAMPER
    assert proven.snapshot["measured"]["off_mount_s"] >= 48 * 3600
    assert story.log.fold.condition is Condition.COMPROMISED


def test_hours_without_a_report_are_silence_and_a_hole_and_no_temperature(
    shared_data: Find,
) -> None:
    story = play(shared_data("train/schenker_containers/device_F.csv.gz"), "dry-goods-sea")
    kinds = {type(entry) for entry in story.entries}
    assert {Silence, HeardAgain} <= kinds
    assert story.log.fold.doubts == Doubt.GAP_IN_EVIDENCE
    assert not rules(story) & {Rule.SINGLE_LIMIT, Rule.CUMULATIVE_LIMIT}


def test_normal_rail_shocks_do_not_compromise(shared_data: Find) -> None:
    story = play(shared_data("public/schenker_containers/device_B.csv.gz"), "dry-goods-rail")
    assert story.log.fold.condition is Condition.SOUND
    assert story.verdicts == []


def test_an_installation_and_an_arrival_are_no_tamper(shared_data: Find) -> None:
    path = shared_data("public/schenker_containers/device_G.csv.gz")
    unsaid = play(path, "dry-goods-sea")
    assert unsaid.log.fold.condition is Condition.FLAGGED
    assert rules(unsaid) >= {Rule.TAMPER}
    arrived = play(path, "dry-goods-sea", destination_ms=1_465_380_000_000)  # 8 June, 10:00 UTC
    assert arrived.log.fold.condition is Condition.SOUND
    assert not rules(arrived) & {Rule.TAMPER, Rule.DOOR}


@pytest.mark.parametrize(
    ("path", "peak"),
    [
        ("public/freezer_celsi/freezer2_10min_4peaks.csv.gz", "-12.90 °C"),
        ("train/freezer_celsi/freezer_1min_0707_0714.csv.gz", "-5.50 °C"),
    ],
)
def test_freezer_warm_ups_are_flagged(path: str, peak: str, shared_data: Find) -> None:
    story = play(shared_data(path), "frozen-minus-15")
    first = story.verdicts[0]
    assert (first.condition, first.rule) == (Condition.FLAGGED, Rule.SINGLE_LIMIT)
    assert first.snapshot["measured"]["peak"] == peak
    assert story.log.fold.condition is Condition.FLAGGED


def test_verdicts_name_the_windows_they_rest_on(shared_data: Find) -> None:
    path = shared_data("public/freezer_celsi/freezer2_10min_4peaks.csv.gz")
    story = play(path, "frozen-minus-15")
    for verdict in story.verdicts:
        assert isinstance(verdict, Verdict)
        assert verdict.evidence
        assert all(story.entries[at].TYPE == 1 for at in verdict.evidence)
