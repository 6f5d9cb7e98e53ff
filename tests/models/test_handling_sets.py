"""What the recordings of handling hold, and what of them is judged."""

from pathlib import Path

import numpy as np
import pytest

from cargoseal_score.fall import fall
from cargoseal_score.trigger import BurstCutter
from models.data.bursts import Burst
from models.evaluate.result import FIGURES
from models.evaluate.sets import (
    bosch_xdk_box,
    bosch_xdk_car,
    phone_freefall,
    road_anomalies_50hz,
    transit_vibration_500hz,
)
from models.evaluate.sets import handling_bursts as hb
from models.evaluate.sets import handling_labels as labels
from models.evaluate.sets.handling_opinions import share
from models.evaluate.sets.handling_streams import Stream, left_out, streams
from tests.models.small_handling import detectors, phone, roads, transit
from tests.shared_data import shared_data


def public(name: str, part: str = "public") -> list[Stream]:
    found = streams(shared_data(part), name)
    assert found is not None
    return found


def burst_of(case: hb.Case) -> Burst:
    assert case.burst is not None
    return case.burst


def flight_ms(case: hb.Case) -> int:
    burst = burst_of(case)
    return fall(burst.window.offsets_ms, [int(v) for v in burst.magnitude()])[0]


def test_a_folder_without_the_sets_has_no_streams(tmp_path: Path) -> None:
    assert [streams(tmp_path, name) for name in labels.SETS] == [None] * 4


def test_the_box_flies_fifteen_times_and_every_flight_is_measured() -> None:
    found = [c for c in hb.cases(public(labels.BOX)) if c.kind == hb.FALL]
    assert len(found) == 15
    for case in found:
        assert case.natural
        assert abs(flight_ms(case) / (case.span[1] - case.span[0]) - 1) < 0.12


def test_the_phones_falls_are_about_two_metres() -> None:
    found = [c for c in hb.cases(public(labels.PHONE)) if c.recording.startswith("fall")]
    heights = [4.903 * (flight_ms(c) / 1000) ** 2 for c in found if c.kind == hb.FALL]
    assert len(heights) == 4
    assert 1.85 < min(heights) and max(heights) < 2.15


def test_what_rebounds_is_measured_too() -> None:
    sets = (labels.BOX, labels.PHONE)
    found = [c for name in sets for c in hb.cases(public(name)) if c.kind == hb.REBOUND]
    assert len(found) == 8
    for case in found:
        assert abs(flight_ms(case) - (case.span[1] - case.span[0])) <= 60


def test_trams_and_buses_start_no_burst_and_are_judged_at_their_worst_moments() -> None:
    found = hb.cases(public(labels.TRANSIT))
    assert {c.kind for c in found} == {hb.RIDE}
    assert len(found) > 20 and not any(c.natural for c in found)


def test_the_cars_two_samples_a_second_are_no_trial_of_anything() -> None:
    (car,) = [s for s in public(labels.BOX) if s.name == labels.CAR]
    assert car.rides and "too few samples" in left_out(car)
    assert hb.cases([car]) == []


def test_roads_are_vertical_only_and_one_case_a_series_at_least() -> None:
    found = public(labels.ROADS)
    assert len(found) == 100
    assert all(not np.any(s.mg[:, :2]) for s in found)
    assert len({c.recording for c in hb.cases(found)}) == 100


def cut_one_by_one(stream: Stream) -> list[tuple[int, int]]:
    """Every sample fed to the node's state machine: begin and length of each burst."""
    cutter = BurstCutter()
    fed = zip(stream.times_ms.tolist(), stream.mg.tolist(), strict=True)
    done = [cutter.add(at, *axes) for at, axes in fed]
    return [(burst[0][0], len(burst)) for burst in [*done, cutter.flush()] if burst]


@pytest.mark.parametrize("name", [labels.BOX, labels.PHONE])
def test_falls_are_judged_on_the_very_bursts_that_a_node_cuts(name: str) -> None:
    fallen = [s for s in public(name) if s.name in labels.FLIGHTS]
    for stream in fallen:
        judged = [
            (burst_of(c).start_ms, len(burst_of(c).window.offsets_ms))
            for c in hb.cases([stream])
            if c.kind == hb.FALL
        ]
        assert judged and set(judged) <= set(cut_one_by_one(stream))


def test_known_falls_of_the_training_part_are_falls_and_no_rides() -> None:
    found = public(labels.PHONE, "train")
    told = hb.cases(found)
    assert sorted({c.recording for c in told}) == sorted(f"fall_{i}" for i in range(1, 13))
    assert {c.kind for c in told} == {hb.FALL}
    assert all(c.natural and 1.85 < 4.903 * (flight_ms(c) / 1000) ** 2 < 2.3 for c in told)
    assert [s.name for s in found if left_out(s)] == ["static"]


def test_a_recording_of_which_nothing_is_known_is_never_taken_for_a_ride() -> None:
    (machine,) = public(labels.BOX, "train")
    assert not machine.rides and "nobody has said" in left_out(machine)
    assert hb.cases([machine]) == []


def test_another_folders_falls_and_rides_are_told_by_their_own_labels(tmp_path: Path) -> None:
    phone(tmp_path, ["fall_21", "up_and_down_9", "desk_1"])
    transit(tmp_path)
    found = [s for name in labels.SETS for s in streams(tmp_path, name) or []]
    told = {c.recording: c.kind for c in hb.cases(found)}
    assert told == {"fall_21": hb.FALL, "up_and_down_9": hb.FALL, "L1": hb.RIDE}
    assert [s.name for s in found if left_out(s)] == ["desk_1"]


def test_a_known_recording_that_ends_before_its_flights_is_left_out(tmp_path: Path) -> None:
    phone(tmp_path, ["fall_13"], seconds=2)
    (short,) = streams(tmp_path, labels.PHONE) or []
    assert "ends before" in left_out(short)
    assert hb.cases([short]) == []


def test_a_fall_of_which_no_burst_is_cut_is_a_miss_and_no_error(tmp_path: Path) -> None:
    phone(tmp_path, ["fall_13"], falls=False)
    (still,) = streams(tmp_path, labels.PHONE) or []
    (missed,) = [c for c in hb.cases([still]) if c.kind == hb.FALL]
    assert missed.burst is None and not missed.natural
    result = phone_freefall.evaluate(tmp_path, detectors(), lambda _: None)
    assert result is not None
    assert [row.figures["recall"].value for row in result.rows] == [0.0] * len(result.rows)


def test_every_figure_is_in_every_sets_table_or_says_why_not(tmp_path: Path) -> None:
    phone(tmp_path, [f"fall_{i}" for i in range(20, 27)])
    roads(tmp_path)
    transit(tmp_path)
    for module in (phone_freefall, road_anomalies_50hz, transit_vibration_500hz):
        result = module.evaluate(tmp_path, detectors(), lambda _: None)
        assert result is not None and len(result.plots) == 1
        for row in result.rows:
            assert set(FIGURES) <= set(row.figures)
            for figure in (row.figures[key] for key in FIGURES):
                assert figure.value is not None or figure.why
    assert bosch_xdk_box.evaluate(tmp_path, detectors(), lambda _: None) is None
    assert bosch_xdk_car.evaluate(tmp_path, detectors(), lambda _: None) is None


def test_a_share_has_its_interval_also_at_the_ends() -> None:
    assert share(0, 0).value is None
    low = share(0, 20)
    high = share(20, 20)
    assert low.value == low.low == 0.0
    assert low.high is not None and 0.1 < low.high < 0.2
    assert high.value == high.high == 1.0
    assert high.low is not None and 0.8 < high.low < 0.9
