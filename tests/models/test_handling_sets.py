"""What the recordings of handling hold, and what of them is judged."""

import numpy as np

from cargoseal_score.fall import fall
from models.evaluate.contest import contest
from models.evaluate.result import Judged, SetResult
from models.evaluate.sets import handling_bursts as hb
from models.evaluate.sets.handling import share
from tests.shared_data import shared_data


def streams(name: str) -> list[hb.Stream]:
    found = hb.streams(shared_data("public"), name)
    assert found is not None
    return found


def flight_ms(case: hb.Case) -> int:
    return fall(case.burst.window.offsets_ms, [int(v) for v in case.burst.magnitude()])[0]


def test_a_folder_without_the_sets_has_no_streams(tmp_path) -> None:
    assert [hb.streams(tmp_path, name) for name in hb.SETS] == [None] * 4


def test_the_box_flies_fifteen_times_and_every_flight_is_measured() -> None:
    found = [c for c in hb.cases(streams(hb.BOX)) if c.kind == hb.FALL]
    assert len(found) == 15
    for case in found:
        assert case.flight is not None
        assert case.natural
        assert abs(flight_ms(case) / (case.flight[1] - case.flight[0]) - 1) < 0.12


def test_the_phones_falls_are_about_two_metres() -> None:
    found = [c for c in hb.cases(streams(hb.PHONE)) if c.recording.startswith("fall")]
    heights = [4.903 * (flight_ms(c) / 1000) ** 2 for c in found if c.kind == hb.FALL]
    assert len(heights) == 4
    assert 1.85 < min(heights) and max(heights) < 2.15


def test_what_rebounds_is_measured_too() -> None:
    found = [
        c for name in (hb.BOX, hb.PHONE) for c in hb.cases(streams(name)) if c.kind == hb.REBOUND
    ]
    assert len(found) == 8
    for case in found:
        assert case.flight is not None
        assert abs(flight_ms(case) - (case.flight[1] - case.flight[0])) <= 60


def test_trams_buses_and_the_cars_two_samples_a_second_start_no_burst_that_falls() -> None:
    found = hb.cases(streams(hb.TRANSIT)) + hb.cases(
        [s for s in streams(hb.BOX) if s.name == hb.CAR]
    )
    assert {c.kind for c in found} == {hb.RIDE}
    assert not any(c.natural for c in found)
    assert hb.CAR not in {c.recording for c in found}


def test_roads_are_vertical_only_and_one_case_a_series_at_least() -> None:
    found = streams(hb.ROADS)
    assert len(found) == 100
    assert all(not np.any(s.mg[:, :2]) for s in found)
    assert len({c.unit for c in hb.cases(found)}) == 100


def test_a_share_has_its_interval_also_at_the_ends() -> None:
    assert share(0, 0).value is None
    low = share(0, 20)
    high = share(20, 20)
    assert low.value == low.low == 0.0
    assert low.high is not None and 0.1 < low.high < 0.2
    assert high.value == high.high == 1.0
    assert high.low is not None and 0.8 < high.low < 0.9


def found(name: str, right: int) -> list[Judged]:
    """Forty units of a loud and a quiet window, ranked rightly; `right` loud ones reach the
    threshold."""
    return [
        Judged(
            str(i),
            np.array([1.0 if i < right else 0.5, 0.0]),
            np.array([i < right, False]),
            np.array([0, 1]),
            np.array([1, 0]),
            np.array([0, 1]),
            np.array([1, 2]),
            [],
            1.0,
        )
        for i in range(40)
    ]


def test_where_all_rank_rightly_decisions_are_compared_when_a_set_asks_for_it() -> None:
    judged = {"model": found("model", 40), "rule": found("rule", 30)}
    by_rank = contest([SetResult("a", "", judged=judged)], "model", "rule")
    decided = contest([SetResult("a", "", judged=judged, by_decisions=True)], "model", "rule")
    assert by_rank is not None and decided is not None
    assert by_rank.difference.value == 0.0 and not by_rank.model_ships
    assert decided.difference.value == 0.125 and decided.model_ships
    assert decided.measure == "balanced accuracy"
