"""The evaluation: windows as nodes cut them, the node's integers, a report that repeats itself."""

import doctest
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from cargoseal_wire.constants import DOOR, SHOCK, TEMPERATURE
from models.data.catalogue import load
from models.data.recording import Recording
from models.evaluate import __main__ as command
from models.evaluate import (
    alarm_targets,
    climate_set,
    container_goals,
    duration,
    figure_table,
    figures_file,
    goals,
    judge,
    metrics,
    ranking,
    report,
)
from models.evaluate import detectors as detectors_module
from models.evaluate.detectors import MODELS, BitsError, Detectors, Point, load_detectors
from models.evaluate.result import FIGURES, Figure, Goal, Judged, Row, SetResult
from models.evaluate.sets import containers, modules
from models.evaluate.sets.freezer import with_warm_ups
from models.evaluate.trips import Trip, arrival_ms, departure, runs
from models.evaluate.whole_way import ALARMS, Played, Sealed, Told
from models.evaluate.windows import cut, judged, longest_ms
from tests.models import small_sets
from tests.shared_data import shared_data

ROOT = MODELS.parent
COMMITTED = MODELS / "evaluation"
REPORTS = sorted(path.parent for path in COMMITTED.rglob("report.json"))
HOUR_MS = 3_600_000
QUICK = ("freezer_celsi", "labelled_wsn_suthaharan", "nab_temperature", "room_climate_doors")


def silent(message: str) -> None:
    """No progress in the tests."""


def recording(period_ms: int, rows: int, **channels: list[int | None]) -> Recording:
    columns = {TEMPERATURE: [2000 + i % 7 for i in range(rows)]}
    columns |= {int(name[1:]): values for name, values in channels.items()}
    times = np.arange(rows, dtype=np.int64) * period_ms
    return Recording("s", "n", "l", "d", times, columns)


# Windows


@pytest.mark.parametrize("period_s", [4, 60, 120, 600, 3600])
def test_every_row_is_in_one_window_and_none_is_too_long(period_s: int) -> None:
    one = recording(period_s * 1000, 500)
    windows = cut(one)
    assert [w.first for w in windows[1:]] == [w.end for w in windows[:-1]]
    assert (windows[0].first, windows[-1].end) == (0, 500)
    for window in windows:
        assert len(window.offsets_ms) == window.end - window.first <= 60
        assert window.offsets_ms[-1] < longest_ms(one)
        assert window.columns[TEMPERATURE] == one.columns[TEMPERATURE][window.first : window.end]


def test_a_window_is_an_hour_or_twelve_periods() -> None:
    assert len(cut(recording(60_000, 120))[0].offsets_ms) == 60
    assert len(cut(recording(120_000, 120))[0].offsets_ms) == 30
    assert longest_ms(recording(600_000, 50)) == 2 * HOUR_MS
    assert len(cut(recording(HOUR_MS, 50))[0].offsets_ms) == 12
    assert len(cut(recording(HOUR_MS, 50), max_duration_ms=HOUR_MS)) == 50


def test_a_door_closes_the_window_it_is_seen_in() -> None:
    door: list[int | None] = [0] * 100
    door[25:30] = [1] * 5
    windows = cut(recording(60_000, 100, **{f"c{DOOR}": door}))
    assert [w.end for w in windows] == [26, 86, 100]


def test_windows_are_those_that_the_node_seals() -> None:
    """The node in the replay sealed this recording in as many windows as are cut here."""
    facts = json.loads((COMMITTED / "report.json").read_text())["sets"]["schenker_containers"]
    for one in load(shared_data("public"), "schenker_containers"):
        sealed = facts["facts"][one.name]["row"]["sealed"]
        ours = len(cut(one, max_duration_ms=2 * HOUR_MS))
        assert abs(ours - sealed) <= 1  # a fix too many closes a window; positions are not cut here


# Detectors


def test_every_window_is_run_again_by_the_nodes_code(monkeypatch: pytest.MonkeyPatch) -> None:
    found = load_detectors()
    windows = cut(recording(60_000, 300))
    for detector in found.climate:
        assert (found.scores(detector, windows) >= 0).all()
    assert found.compared == len(windows) * len(found.climate) > 0

    real = detectors_module.rescore_many

    def one_off(model: object, batch: list[object]) -> list[tuple[bytes, int]]:
        pairs = real(model, batch)  # type: ignore[arg-type]
        return [*pairs[:-1], (pairs[-1][0], pairs[-1][1] + 1)]

    monkeypatch.setattr(detectors_module, "rescore_many", one_off)
    with pytest.raises(BitsError, match=f"window {len(windows) - 1}"):
        found.scores(found.climate[0], windows)


def test_rows_of_a_window_share_its_label_counts(tmp_path: Path) -> None:
    small_sets.motes(tmp_path)
    loud, quiet = load(tmp_path, "labelled_wsn_suthaharan")
    windows = cut(loud)
    said = judged(loud, windows, np.arange(len(windows)), Point(5))
    assert said.loud.tolist() == [0, 0, 0, 0, 0, 0, 20, 20, 0, 0]
    assert (said.loud + said.quiet == 60).all()
    assert said.alarms.tolist() == [False] * 5 + [True] * 5
    assert judged(quiet, cut(quiet), np.zeros(10), Point(1)).loud.sum() == 0


def test_an_alarm_waits_for_enough_windows_and_pauses_after_it_was_told() -> None:
    one = recording(60_000, 600)
    windows = cut(one)
    scores = np.array([9, 0, 9, 9, 9, 9, 9, 9, 0, 0])
    said = judged(one, windows, scores, Point(5, windows=2, of=3, cool_down_h=4.0))
    assert said.alarms.tolist() == [False, False] + [True] * 7 + [False]
    assert said.raised is not None
    assert np.flatnonzero(said.raised).tolist() == [2, 6]
    assert metrics.figures([said])["alarms_per_week"].value == pytest.approx(2 / one.weeks)


def test_limits_of_the_first_rows_see_hot_vapour(tmp_path: Path) -> None:
    small_sets.motes(tmp_path)
    one = load(tmp_path, "labelled_wsn_suthaharan")[0]
    scores = judge.limit_scores(one, cut(one))
    assert (scores > judge.LIMIT_SIGMAS).tolist() == [False] * 6 + [True, True] + [False] * 2


# Containers


def test_a_departure_is_half_an_hour_on_the_mount_with_closed_doors() -> None:
    door = [1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]
    mount = [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
    one = recording(600_000, 12, c7=list(door), c8=list(mount))
    assert departure(one, 30) == 9 * 600_000
    assert departure(one, 300) is None
    openings = runs(one, DOOR, 0)
    assert openings == [(0, 1_200_000), (3_000_000, 3_600_000)]
    assert arrival_ms(one, openings) is None
    assert arrival_ms(one, [(5_000_000, 11 * 600_000)]) == 5_000_000


def trip_of(verdicts: list[Told], windows: list[Sealed], **changes: object) -> Trip:
    rows = 24 * 30 + 1  # a month
    shocks: list[int | None] = [6000 if i % 100 == 0 else None for i in range(rows)]
    one = recording(HOUR_MS, rows, **{f"c{SHOCK}": shocks})
    row = {"readings": rows, "sealed": 9, "verified": 9, "checked": "ok", "doubts": ""}
    played = Played("dry-goods-sea", verdicts, windows, [], {**row, "condition": "x"})
    values: dict[str, object] = {
        "recording": one,
        "played": played,
        "arrived": None,
        "openings": [],
        "off_mount": [],
        "gaps": [],
        "removed": False,
    }
    return Trip(**{**values, **changes})  # type: ignore[arg-type]


def told(condition: int, rule: str = "tamper", at_ms: int = 9 * HOUR_MS) -> Told:
    return Told(at_ms, at_ms - HOUR_MS, condition, "flagged", rule, "")


def quiet(one: Trip) -> list[bool | None]:
    """Reached with the arrival stated, and where nobody states it."""
    return [goal.reached for goal in container_goals.quiet_goals([one])]


def test_one_flag_a_month_is_allowed_and_no_compromised_verdict() -> None:
    assert quiet(trip_of([], [])) == [True, True]
    assert quiet(trip_of([told(2)], [])) == [True, True]
    assert quiet(trip_of([told(2), told(2, "door")], [])) == [False, False]
    assert quiet(trip_of([told(3)], [])) == [False, False]
    assert quiet(trip_of([told(3)], [], removed=True)) == [None, None]
    assert "d 8" in container_goals.quiet_goals([trip_of([], [])])[0].baseline


def test_flags_after_the_arrival_count_where_nobody_states_it_and_only_there() -> None:
    way = trip_of([], []).played
    one = trip_of([told(2), told(2, "door")], [], arrived=way)
    assert quiet(one) == [True, False]
    stated, nobody = container_goals.quiet_goals([one])
    assert "d 0 in 1.0 months (0.0)" in stated.figure
    assert "d 2 in 1.0 months (2.0)" in nobody.figure
    assert quiet(trip_of([told(3)], [], arrived=way)) == [True, False]


def test_a_removed_tracker_that_nobody_was_told_of_is_not_found() -> None:
    span = [(HOUR_MS, 5 * HOUR_MS)]

    def goal(*verdicts: Told) -> Goal:
        removed = trip_of(list(verdicts), [], off_mount=span, removed=True)
        return container_goals.removal_goal([removed])

    assert goal(told(3)).reached is True
    assert "flagged after 8.0 h" in goal(told(3)).figure
    assert goal().reached is False
    assert "d not told" in goal().figure
    assert goal(told(3, "door")).reached is False


def test_a_tracker_taken_off_where_its_way_ends_is_no_removed_tracker() -> None:
    span = [(HOUR_MS, 5 * HOUR_MS)]
    goal = container_goals.removal_goal([trip_of([told(2)], [], off_mount=span)])
    assert goal.reached is None
    assert goal.figure.startswith("no tracker is removed in this data")
    assert "At a way's end, the same event as its doors: d flagged after 8.0 h" in goal.figure
    nobody = container_goals.removal_goal([trip_of([], [], off_mount=[(0, 60_000)])])
    assert nobody.reached is None and "way's end" not in nobody.figure


OPENED = Sealed(HOUR_MS, 2 * HOUR_MS, ALARMS["door"] | 1 << 10)


def test_a_door_counts_as_found_only_in_a_window_closed_for_it() -> None:
    opening = [(2 * HOUR_MS, 3 * HOUR_MS)]
    assert container_goals.door_goal([trip_of([], [OPENED], openings=opening)]).reached is True
    late = Sealed(HOUR_MS, 2 * HOUR_MS, ALARMS["door"])
    assert container_goals.door_goal([trip_of([], [late], openings=opening)]).reached is False
    assert container_goals.door_goal([trip_of([], [], openings=opening)]).reached is False


def test_doors_opened_at_the_ways_end_are_no_openings_in_transit() -> None:
    month = 30 * 24 * HOUR_MS
    last = [(month - 9 * HOUR_MS, month)]
    ended = trip_of([], [], openings=[(month - 10 * HOUR_MS + 60_000, month - 9 * HOUR_MS), *last])
    assert ended.in_transit == []
    assert container_goals.door_goal([ended]).reached is None
    early = trip_of([], [], openings=[(2 * HOUR_MS, 3 * HOUR_MS), *last])
    assert early.in_transit == [(2 * HOUR_MS, 3 * HOUR_MS)]
    off = {"off_mount": [(50 * HOUR_MS, month)], "removed": True}
    robbed = trip_of([], [], openings=[(2 * HOUR_MS, 3 * HOUR_MS), (50 * HOUR_MS, month)], **off)
    assert robbed.in_transit == [(2 * HOUR_MS, 3 * HOUR_MS)]
    assert robbed.ended_ms is None


def test_silences_must_be_noted_in_every_gap_of_the_recording_and_nowhere_else() -> None:
    gap = (2 * HOUR_MS, 9 * HOUR_MS)
    silent = trip_of([], [], gaps=[gap])
    assert container_goals.silence_goal([silent]).reached is False
    silent.played.silences.append((3 * HOUR_MS, 7 * HOUR_MS))
    assert container_goals.silence_goal([silent]).reached is True
    silent.played.silences.append((100 * HOUR_MS, 104 * HOUR_MS))
    assert container_goals.silence_goal([silent]).reached is False
    assert "1 silences noted elsewhere" in container_goals.silence_goal([silent]).figure
    assert container_goals.silence_goal([trip_of([], [])]).reached is None


def test_rows_with_open_doors_are_anomalous_after_the_departure_only() -> None:
    door = [1, 0, 0, 0, 0, 0, 1, 1, 0]
    mount = [1, 0, 0, 0, 0, 0, 0, 0, 0]
    one = replace(
        recording(1_200_000, 9, c7=list(door), c8=list(mount)), device="G", set="schenker"
    )
    known = containers.with_contacts(one)
    assert known.labels is not None
    assert known.labels.tolist() == [False] * 6 + [True, True, True]
    assert known.events == [(7_200_000, 9_600_000, "door open")]


# The command


def run(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "models.evaluate", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        check=False,
        timeout=240,
    )


@pytest.fixture(scope="module")
def small_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("data")
    for name in ("labelled_wsn_suthaharan", "freezer_celsi", "gps_gotrack"):
        small_sets.MAKERS[name](data)
    small_sets.write_manifest(data)
    return data


def test_the_same_data_give_the_same_bytes_and_missing_sets_a_word(
    small_data: Path, tmp_path: Path
) -> None:
    runs_made = [run(small_data, "--out", tmp_path / name) for name in ("one", "two")]
    assert [made.returncode for made in runs_made] == [0, 0], runs_made[0].stderr
    for name in ("rooms", "containers", "nab"):
        assert f"{name}: not in {small_data}, skipped" in runs_made[0].stderr
    first = {p.name: p.read_bytes() for p in (tmp_path / "one").iterdir()}
    assert first == {p.name: p.read_bytes() for p in (tmp_path / "two").iterdir()}
    assert {"REPORT.md", "report.json"} < set(first)
    document = json.loads(first["report.json"])
    judged = {"labelled_wsn_suthaharan", "freezer_celsi", "positions", "attacks"}
    assert set(document["sets"]) == judged
    assert "containers" in document["missing"]
    pictures = [plot for one in document["sets"].values() for plot in one["plots"]]
    drawn = {name for name in first if name.endswith(".png")}
    assert sorted([*pictures, "overview.png"]) == sorted(drawn)


def test_json_on_standard_output_is_the_report(small_data: Path) -> None:
    made = run(small_data, "--json", "-")
    document = json.loads(made.stdout)
    assert document["windows_compared_bit_by_bit"] > 0
    rows = document["sets"]["labelled_wsn_suthaharan"]["rows"]
    wanted = ("auc", "precision", "recall", "far", "mar", "event_f1", "delay_s", "alarms_per_week")
    assert set(wanted) <= set(rows[0]["figures"])
    assert {row["detector"] for row in rows} >= {judge.LIMITS, judge.ALWAYS}


def test_a_malformed_set_ends_the_command_with_file_and_place(tmp_path: Path) -> None:
    path = small_sets.motes(tmp_path)
    path.write_bytes(path.read_bytes()[:100])
    made = run(tmp_path)
    assert made.returncode == 1
    assert str(path) in made.stderr
    assert "Traceback" not in made.stderr
    assert run(tmp_path / "nowhere").returncode == 2


def test_only_some_sets_are_judged_and_compared(small_data: Path, tmp_path: Path) -> None:
    whole = command.evaluate(small_data, tmp_path, silent)
    some = command.evaluate(small_data, None, silent, ["freezer"])
    assert list(some["sets"]) == ["freezer_celsi"]
    assert command.check(some, tmp_path, some=True) == []
    assert command.check(some, tmp_path)  # the other sets are not there
    some["sets"]["freezer_celsi"]["rows"][0]["figures"]["far"]["value"] += 0.01
    assert len(command.check(some, tmp_path, some=True)) == 1
    assert len(whole["sets"]) > 1
    with pytest.raises(ValueError, match="got attic"):
        command.evaluate(small_data, None, silent, ["attic"])
    assert run(small_data, "--only", "attic").returncode == 1


def test_check_names_every_figure_that_differs(small_data: Path, tmp_path: Path) -> None:
    document = command.evaluate(small_data, tmp_path, silent)
    assert command.check(document, tmp_path) == []
    file = tmp_path / "report.json"
    changed = json.loads(file.read_text())
    changed["sets"]["freezer_celsi"]["rows"][0]["figures"]["alarms_per_week"]["value"] += 0.001
    del changed["sets"]["positions"]
    file.write_text(json.dumps(changed))
    found = command.check(document, tmp_path)
    assert len(found) == 2
    assert "sets.freezer_celsi.rows[0].figures.alarms_per_week.value: expected" in found[0]
    assert found[1].startswith("sets.positions: expected nothing")


# The report


def found_by(blob: int, limits: int, events: int = 4, ships: bool = True) -> str:
    """What is said where a blob and limits find so many of the events."""
    (one,) = load_detectors().climate[:1]
    spans = [(i * HOUR_MS, i * HOUR_MS + 60_000, "x") for i in range(events)]
    starts = np.arange(events, dtype=np.int64) * HOUR_MS

    def said(found: int) -> Judged:
        alarms = np.arange(events) < found
        counts = np.full(events, 5)
        scores = alarms.astype(np.float64)
        ends = starts + 120_000
        return Judged("d", scores, alarms, counts, counts, starts, ends, spans, 1.0)

    detectors = Detectors(climate=[replace(one, ships=ships)])
    return climate_set.who_finds({one.name: [said(blob)], judge.LIMITS: [said(limits)]}, detectors)


def test_a_blob_that_misses_most_events_is_told_with_what_finds_them() -> None:
    assert found_by(4, 0) == found_by(2, 4) == ""
    assert "(which ships) 0 of 4.** Limits of the recording's own begin find 4 of 4" in found_by(
        0, 4
    )
    assert "a matter of limits" in found_by(0, 4)
    assert "neither the score nor limits" in found_by(1, 0)
    assert "which ships" not in found_by(0, 4, ships=False)


def test_events_that_persistence_leaves_out_are_told_apart_from_those_that_score_low() -> None:
    (one,) = load_detectors().climate[:1]
    spans = [(i * HOUR_MS, i * HOUR_MS + 60_000, "x") for i in range(4)]
    starts = np.arange(4, dtype=np.int64) * HOUR_MS
    counts, never = np.full(4, 5), np.zeros(4, bool)
    scores = np.array([9.0, 9.0, 9.0, 1.0])
    said = Judged("d", scores, never, counts, counts, starts, starts + 120_000, spans, 1.0)
    detectors = Detectors(climate=[replace(one, points={"x": Point(5, windows=2, of=4)})])
    told = climate_set.who_finds(
        {one.name: [said], judge.LIMITS: [said]}, detectors, judge.Use("x")
    )
    assert "0 of 4 (single windows reach the threshold in 3: asking for 2 of the last 4" in told


def test_the_report_says_once_what_was_settled_after_scores_had_been_seen() -> None:
    text = report.markdown([], [], [], [], 0, [], "data/public")
    heading = "## What was settled after scores had been seen"
    assert text.count(heading) == 1
    told = text.split(heading)[1].split("\n## ")[0]
    for what in ("rebounds", "push", "fall` finds", "SKAB", "nine times", "trams", "Containers"):
        assert what in told
    assert "balanced accuracy" in told and "AUC came back" in told


def test_a_figure_reached_is_that_of_what_ships_and_a_contender_stands_beside_it() -> None:
    found = load_detectors()
    notes = {d.name: f"{i} of 9" for i, d in enumerate(found.climate)}
    figures = {"event_f1": Figure(0.5), "alarms_per_week": Figure(1.0)}
    rows = [Row(d.name, figures, d.is_baseline, notes[d.name]) for d in found.climate]
    rows += [Row(name, figures, True, "9 of 9") for name in (judge.LIMITS, judge.ALWAYS)]
    goal = climate_set.delay_goal(SetResult("x", "", rows), found, "goal", 1)
    (ships,) = [d for d in found.climate if d.ships]
    assert goal.figure == f"{ships.name}: {notes[ships.name]}, 1.0 alarms/week"
    beside = [d.name for d in found.climate if not d.ships] + [judge.LIMITS]
    assert [words.split(":")[0] for words in goal.baseline.split("; ")] == beside


def test_a_use_that_has_more_false_alarms_than_its_target_is_named_as_missed() -> None:
    def point(use: str, reached: float) -> dict[str, Any]:
        figure = {"value": reached, "low": 0.1, "high": 0.4}
        return {"use": use, "alarms_per_week": 0.2, "achieved_per_week": figure}

    kept = alarm_targets.of_points("handling", [point("rail", 0.2)], 1)
    assert (kept.reached, kept.figure) == (True, "rail 0.20 [0.10, 0.40] of 0.2")
    missed = alarm_targets.of_points("handling", [point("rail", 0.2), point("sea", 0.3)], 1)
    assert missed.reached is False
    assert missed.figure.endswith("; sea 0.30 [0.10, 0.40] of 0.2: **missed**")


def test_a_goal_without_a_bar_is_neither_reached_nor_missed() -> None:
    table = report.goal_table(
        [
            Goal("a", "w", True, "1", "2"),
            Goal("b", "w", False, "1", "2"),
            Goal("c", "w", None, "1", "2"),
        ]
    )
    assert "| a | w | 1 | 2 | yes |" in table
    assert "| b | w | 1 | 2 | **no** |" in table
    assert "| c | w | 1 | 2 | – |" in table


def test_goals_stand_in_their_order_whatever_set_they_come_from() -> None:
    late, early = Goal("z", "", True, "", "", 90), Goal("a", "", True, "", "", 10)
    sets = [SetResult("x", "", goals=[late]), SetResult("y", "", goals=[early])]
    assert goals.collect(sets, {}) == [early, late]


def test_every_table_has_every_figure_and_says_why_one_is_missing() -> None:
    rows = [
        Row("one", {"auc": Figure(0.5, 0.4, 0.6), "far": Figure(0.1, why="drawn too seldom")}),
        Row("two", {"auc": Figure(None, why="one class"), "own": Figure(3.0)}),
    ]
    lines = figure_table.figure_table(rows).splitlines()
    heads = "precision | recall | FAR % | MAR % | AUC | event F1 | delay | alarms/week | own |"
    assert lines[0] == f"| detector | {heads}"
    assert lines[2].startswith("| one | –¹ | –¹ | 10.0² | –¹ | 0.500 [0.400, 0.600] | –¹")
    assert lines[3].startswith("| two | –¹ | –¹ | –¹ | –¹ | –³ | –¹")
    assert lines[3].endswith("| 3.000 |")
    assert lines[5] == "¹ not told for this detector; ² drawn too seldom; ³ one class."


def test_a_bar_in_a_name_does_not_break_its_line() -> None:
    assert figure_table.line(["|a| < 0.35 g", "1"]) == "| \\|a\\| < 0.35 g | 1 |"


def test_every_set_module_has_its_place_and_says_when_its_set_is_missing(tmp_path: Path) -> None:
    found = modules()
    orders = [module.ORDER for module in found]
    assert orders == sorted(orders)
    for module in found:
        assert module.__doc__
        assert module.evaluate(tmp_path, Detectors(), silent) is None, module.__name__


def test_warm_ups_are_runs_above_minus_fifteen(tmp_path: Path) -> None:
    small_sets.freezer(tmp_path)
    (one,) = load(tmp_path, "freezer_celsi")
    known = with_warm_ups(one)
    ((begin, end, _),) = known.events
    assert end - begin == 30 * 60_000
    assert known.labels is not None and known.labels.sum() == 4


@pytest.mark.parametrize("module", [duration, figure_table, ranking])
def test_the_examples_in_the_text_are_true(module: ModuleType) -> None:
    tried = doctest.testmod(module)
    assert tried.attempted and not tried.failed


# What is committed


@pytest.mark.parametrize("folder", REPORTS, ids=lambda folder: folder.name)
def test_the_committed_report_follows_from_its_figures(folder: Path) -> None:
    document = json.loads((folder / "report.json").read_text())
    text = (folder / "REPORT.md").read_text()
    assert report.goal_table([Goal(**one) for one in document["goals"]]) in text
    assert f"**{document['windows_compared_bit_by_bit']:,} windows" in text
    for one in document["sets"].values():
        rows = [
            Row(
                row["detector"],
                {key: Figure(**figure) for key, figure in row["figures"].items()},
                row["is_baseline"],
                row["note"],
            )
            for row in one["rows"]
        ]
        assert not rows or figure_table.figure_table(rows) in text


def test_every_committed_figure_is_there_or_says_why_not() -> None:
    for folder in REPORTS:
        document = json.loads((folder / "report.json").read_text())
        for name, one in document["sets"].items():
            for row in one["rows"]:
                assert [*FIGURES][:8] == [key for key in FIGURES if key in row["figures"]], name
                for key, figure in row["figures"].items():
                    missing = None in (figure["value"], figure["low"], figure["high"])
                    assert not missing or figure["why"], (name, row["detector"], key)


@pytest.mark.parametrize("folder", REPORTS, ids=lambda folder: folder.name)
def test_the_committed_pictures_are_those_of_the_report_and_small(folder: Path) -> None:
    shown = set(re.findall(r"\]\((\w+\.png)\)", (folder / "REPORT.md").read_text()))
    there = {path.name: path.stat().st_size for path in folder.glob("*.png")}
    assert shown == set(there)
    assert max(there.values()) <= 90_000


@pytest.mark.parametrize("folder", REPORTS, ids=lambda folder: folder.name)
def test_the_committed_detectors_are_those_that_are_here(folder: Path) -> None:
    document = json.loads((folder / "report.json").read_text())
    found = load_detectors()
    judged = [*found.climate, *found.handling]
    here = [(d.kind, d.name, d.model.digest.hex(), d.threshold) for d in judged]
    keys = ("kind", "name", "blob", "threshold")
    assert here == [tuple(d[key] for key in keys) for d in document["detectors"]]


def test_the_removed_tracker_and_doors_in_transit_are_shown_where_there_are_any() -> None:
    document = json.loads((COMMITTED / "train" / "report.json").read_text())
    reached = {one["name"]: one["reached"] for one in document["goals"]}
    assert reached["containers: the removed tracker"] is True
    assert reached["containers: doors opened in transit"] is True
    assert reached["containers: silence"] is True
    assert reached["containers: normal rail and sea legs, the arrival stated"] is True
    assert reached["containers: normal rail and sea legs, nobody states the arrival"] is False


@pytest.mark.parametrize("name", QUICK)
def test_the_committed_figures_are_reached_again(name: str) -> None:
    """Of the sets that are judged in seconds; `make evaluate` and --check do the others."""
    data = shared_data("public")
    wanted = json.loads((COMMITTED / "report.json").read_text())["sets"][name]
    found = load_detectors()
    for module in modules():
        if getattr(module, "SET", None) == name:
            result = module.evaluate(data, found, silent)
            assert result is not None
            document = figures_file.as_json([result], [], {}, [], [], found.compared)
            assert list(figures_file.differences(wanted, document["sets"][name])) == []
            return
    pytest.fail(f"no module for {name}")
