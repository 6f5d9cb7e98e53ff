"""From recordings to the simulator's rows, and from verdicts to the table's words."""

from pathlib import Path

import pytest
import simulator

from cargoseal.evidence.entries import Verdict
from cargoseal.policy.profile import load_profile
from cargoseal.policy.terms import Condition, Doubt, Rule
from cargoseal.replay.errors import RecordingError
from cargoseal.replay.feed import rows_of
from cargoseal.replay.outcome import Bursts, Evidence, doubt_names, why
from cargoseal.replay.reader import read_recording
from cargoseal.replay.report import handling_text
from cargoseal.replay.rows import Options
from cargoseal.replay.run import parse_legs, read_all, stream_words
from cargoseal.replay.simulator import find_checkout, load_simulator
from cargoseal.replay.system import window_ms
from cargoseal.replay.table import COLUMNS, STABLE_COLUMNS, render
from cargoseal_wire.constants import CLOCK_NONE, FIX_CELL, RTC


def verdict(condition: Condition, rule: Rule, snapshot: dict, time_ms: int = 0) -> Verdict:
    return Verdict(condition, Doubt(0), rule, 50, 0, 0, snapshot, (), None, time_ms)


def test_rows_keep_the_time_the_file_gave_them_and_move_with_uptime(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(
        "epoch,temp_c,lat_deg,lon_deg,accuracy_m\n"
        "1453368351,1,,,\nnever,2,51.5,12.5,cellid\n1453368353,3,,,\n"
    )
    rows = rows_of(read_recording(file), zero_ms=1_453_368_351_000)
    assert [row["wall_ms"] for row in rows] == [1_453_368_351_000, None, 1_453_368_353_000]
    assert [row["at_ms"] for row in rows] == [
        1_453_368_351_000, 1_453_368_352_000, 1_453_368_353_000,
    ]  # fmt: skip
    assert [row["clock_source"] for row in rows] == [RTC, CLOCK_NONE, RTC]
    assert rows[1]["fix"] == [515_000_000, 125_000_000, 35_000, FIX_CELL]


def test_refuses_no_file_and_too_many() -> None:
    with pytest.raises(RecordingError, match="1 to 64 files"):
        read_all([], Options(), print)
    with pytest.raises(RecordingError, match="got 65"):
        read_all([Path("a.csv")] * 65, Options(), print)


def test_legs_are_stated_oldest_first() -> None:
    sea = load_profile("dry-goods-sea")
    legs = {"destination": "2016-06-08T10:00:00Z", "transit": "2016-04-28T19:00:00+02:00"}
    assert [leg for leg, _ in parse_legs(legs, sea)] == ["transit", "destination"]


@pytest.mark.parametrize("legs", [{"arrived": "2016-06-08T10:00:00Z"}, {"destination": "soon"}])
def test_refuses_a_leg_that_the_profile_does_not_know_or_that_has_no_time(
    legs: dict[str, str],
) -> None:
    with pytest.raises(RecordingError, match="--leg: expected LEG=TIME"):
        parse_legs(legs, load_profile("dry-goods-sea"))


def test_a_node_is_heard_twice_before_it_counts_as_silent() -> None:
    assert window_ms(load_profile("vaccine-2-8")) * 2 == 120 * 60_000


def test_the_simulator_is_found_from_a_checkout() -> None:
    assert (find_checkout() / "tools" / "simulator.py").is_file()
    assert load_simulator() is simulator


def test_the_gravest_verdict_decides_and_the_first_that_told_it() -> None:
    first = verdict(Condition.FLAGGED, Rule.DOOR, {}, 1)
    second = verdict(Condition.FLAGGED, Rule.SILENCE, {}, 2)
    evidence = Evidence([first, second], 0, 0, {}, 0, 0)
    assert evidence.deciding() is first
    assert Evidence([], 0, 0, {}, 0, 0).deciding() is None


def test_says_why_in_the_rules_own_numbers() -> None:
    limit = {
        "name": "hot", "channel": "temperature", "unit": "°C", "above": "8", "kind": "single",
        "minutes": 30,
    }  # fmt: skip
    words = why(verdict(Condition.FLAGGED, Rule.SINGLE_LIMIT, {"limit": limit}))
    assert words == "temperature above 8 °C for 30 min at a stretch"
    off = {"limit": {}, "measured": {"off_mount_s": 2700}}
    assert why(verdict(Condition.FLAGGED, Rule.TAMPER, off)) == "tamper: off its mount for 45 min"
    fall = {"limit": {}, "measured": {"fall_ms": 390, "height_mm": 745}}
    assert why(verdict(Condition.FLAGGED, Rule.FREE_FALL, fall)) == "free fall of 390 ms (745 mm)"
    measured = {"scores": [300, 2304], "peak_mg": 9000}
    rough = {"limit": {"name": "handling"}, "measured": measured}
    assert why(verdict(Condition.FLAGGED, Rule.ANOMALY, rough)) == "handling: score 2,304"
    rough["measured"] = measured | fall["measured"]
    words = why(verdict(Condition.FLAGGED, Rule.ANOMALY, rough))
    assert words == "handling: score 2,304, fall of 390 ms (745 mm)"
    assert why(verdict(Condition.FLAGGED, Rule.ANOMALY, {"limit": {"windows": 2}})) == "anomaly"
    assert why(verdict(Condition.SOUND, Rule.SILENCE, {})) == "silence"
    assert why(None) == ""


def test_names_doubts() -> None:
    assert doubt_names(Doubt.SILENT | Doubt.GAP_IN_EVIDENCE) == "silent, gap in evidence"
    assert doubt_names(0) == ""


def test_says_of_every_sample_of_a_stream_what_became_of_it() -> None:
    found = {
        "samples": 13_667, "readings": 6, "bursts": 11, "sealed": 1658, "summarised": 12_009,
        "skipped": 8,
    }  # fmt: skip
    assert stream_words({"throws": found}) == [
        "throws: of 13,667 samples 1,658 are sealed in 11 handling window(s), 12,009 as the peaks "
        "of 6 readings; 8 triggers came too soon or too often"
    ]
    assert stream_words({}) == []


def test_handling_windows_are_told_with_the_highest_score_of_all_nodes() -> None:
    streams = {b"a": Bursts(2, 302, 400), b"b": Bursts(1, 151, 15_876)}
    evidence = Evidence([], 5, 60, {}, 0, 0, streams)
    assert evidence.handling == Bursts(3, 453, 15_876)
    assert handling_text(evidence.handling) == "3, score 15,876"
    assert handling_text(Evidence([], 5, 60, {}, 0, 0).handling) == ""


def test_a_file_without_any_date_is_said_to_have_no_clock(tmp_path: Path) -> None:
    file = tmp_path / "tram.csv"
    file.write_text("ax_ms2,ay_ms2,az_ms2\n" + "0,0,9.8\n" * 50)
    said: list[str] = []
    (recording,) = read_all([file], Options(rate_hz=500), said.append)
    assert "50 without a time" in said[0]
    assert "500 rows a second with three axes are an accelerometer's stream" in said[1]
    assert {row["wall_ms"] for row in rows_of(recording, 5)} == {None}


def test_the_table_has_every_column_and_lines_up() -> None:
    row = dict.fromkeys(COLUMNS, 1) | {
        "shipment": "a",
        "why": "",
        "gas": 12_345,
        "stored→statusOf s": 0.5,
    }
    lines = render([row]).splitlines()
    assert len(lines) == 3
    assert "12,345" in lines[2] and "0.50" in lines[2]
    assert set(STABLE_COLUMNS) < set(COLUMNS)
    assert not {"gas", "stored→statusOf s"} & set(STABLE_COLUMNS)
