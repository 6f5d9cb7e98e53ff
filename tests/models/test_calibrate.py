"""Thresholds keep to the number of false alarms they were set for, by either method."""

from itertools import pairwise

import numpy as np
import pytest

from models.evaluate.calibrate import achieved, operating_point
from models.evaluate.levels import DAY_MS, Weeks, alarms, persistent, weeks_of
from models.evaluate.peaks import generalized_pareto, peaks_over_threshold

HOUR_MS = 3_600_000
WEEK_MS = 7 * DAY_MS


def noise(seed: int, weeks: int, windows: int = 168) -> Weeks:
    """Weeks of heavy-tailed scores, some shipments louder than others throughout."""
    rng = np.random.default_rng(seed)
    loud = np.exp(rng.normal(0.0, 0.5, (weeks, 1)))
    levels = np.floor(100 * loud * np.exp(rng.normal(0.0, 0.6, (weeks, windows))))
    times = np.tile(np.arange(windows) * (WEEK_MS // windows), (weeks, 1))
    return Weeks(levels, times, DAY_MS)


def test_alarms_pause_for_the_cool_down() -> None:
    levels = np.array([[9.0, 9.0, 1.0, 9.0, 9.0, -1.0]])
    times = np.array([[0, 1, 2, 3, 5, 0]]) * HOUR_MS
    assert alarms(Weeks(levels, times, 3 * HOUR_MS), 9).tolist() == [2]
    assert alarms(Weeks(levels, times, 2 * HOUR_MS), 9).tolist() == [3]
    assert alarms(Weeks(levels, times, 0), 9).tolist() == [4]
    assert alarms(Weeks(levels, times, 0), 10).tolist() == [0]


def test_a_place_without_a_window_never_alarms() -> None:
    weeks = Weeks(np.array([[-1.0, -1.0]]), np.zeros((1, 2), np.int64), 0)
    assert alarms(weeks, -5).tolist() == [0]


def test_higher_thresholds_never_give_more_alarms() -> None:
    weeks = noise(1, 50)
    counts = [alarms(weeks, t) for t in range(0, 1500, 60)]
    assert all((a >= b).all() for a, b in pairwise(counts))


def test_persistence_asks_for_some_of_the_last_windows() -> None:
    values = np.array([5.0, 1.0, 7.0, 2.0, 8.0])
    assert persistent(values, 1, 1).tolist() == values.tolist()
    assert persistent(values, 2, 3).tolist() == [-1.0, 1.0, 5.0, 2.0, 7.0]


def test_persistence_does_not_reach_into_another_shipment() -> None:
    scores = np.array([9.0, 9.0, 9.0])
    weeks = weeks_of(
        scores, np.array([1, 2, 2]), np.array([5, 0, 5]), 3, windows=2, of=2, cool_down_h=0
    )
    assert weeks.levels.tolist() == [[-1.0, -1.0], [-1.0, 9.0], [-1.0, -1.0]]


def test_more_shipments_than_were_counted_are_refused() -> None:
    with pytest.raises(ValueError, match="at most 1"):
        weeks_of(np.ones(2), np.array([1, 2]), np.zeros(2), 1, windows=1, of=1, cool_down_h=0)


@pytest.mark.parametrize("target", [0.1, 0.5, 1.0])
def test_the_expected_alarms_in_new_weeks_stay_below_the_target(target: float) -> None:
    """The guarantee is of the mean over calibrations: of 40 drawn here, each tried on other weeks,
    it may differ by three standard errors."""
    rates = []
    for seed in range(40):
        threshold = operating_point(noise(seed, 200, 28), target).threshold
        assert threshold is not None
        rates.append(float(alarms(noise(1000 + seed, 400, 28), threshold).mean()))
    error = np.std(rates) / len(rates) ** 0.5
    assert np.mean(rates) <= target + 3 * error
    assert np.mean(rates) > target / 2  # and it is not merely deaf


def days_of_clustered_weeks(seed: int, weeks: int) -> tuple[Weeks, Weeks]:
    """The same noise as days that have nothing in common, and as weeks whose days share a wagon."""
    rng = np.random.default_rng(seed)

    def scores(loud: np.ndarray) -> np.ndarray:
        drawn = np.exp(rng.normal(0.0, 0.6, (*loud.shape[:1], 7, 24)))
        return np.floor(100 * loud[:, :, None] * drawn)

    alone = scores(np.exp(rng.normal(0.0, 0.5, (weeks, 7)))).reshape(weeks * 7, 24)
    shared = scores(np.exp(rng.normal(0.0, 0.5, (weeks, 1))).repeat(7, axis=1)).reshape(weeks, 168)
    hours = np.arange(168, dtype=np.int64) * HOUR_MS
    by_day = np.tile(hours[:24], (weeks * 7, 1))
    by_week = np.tile(hours, (weeks, 1))
    return Weeks(alone, by_day, DAY_MS, days=1), Weeks(shared, by_week, DAY_MS)


@pytest.mark.parametrize("target", [0.2, 0.5])
def test_a_threshold_set_on_single_days_keeps_to_the_target_in_weeks_of_one_wagon(
    target: float,
) -> None:
    rates = []
    for seed in range(40):
        days, _ = days_of_clustered_weeks(seed, 40)
        threshold = operating_point(days, target).threshold
        assert threshold is not None
        _, weeks = days_of_clustered_weeks(1000 + seed, 400)
        rates.append(float(alarms(weeks, threshold).mean()))
    error = np.std(rates) / len(rates) ** 0.5
    assert np.mean(rates) <= target + 3 * error
    assert np.mean(rates) > target / 4


def test_days_show_a_rate_that_as_many_weeks_cannot() -> None:
    quiet = np.zeros((280, 1))
    times = np.zeros((280, 1), np.int64)
    by_days = operating_point(Weeks(quiet, times, DAY_MS, days=1), 0.2)
    assert by_days.least_per_week == pytest.approx(7 / 281)
    weeks = Weeks(np.zeros((40, 7)), np.tile(np.arange(7) * DAY_MS, (40, 1)), DAY_MS)
    by_weeks = operating_point(weeks, 0.2)
    assert by_weeks.least_per_week == pytest.approx(7 / 41)
    twenty = Weeks(weeks.levels[:20], weeks.times_ms[:20], DAY_MS)
    assert operating_point(twenty, 0.2).threshold is None  # 7 / 21 is more than was asked for
    assert operating_point(twenty, 0.34).threshold == 1


def test_what_was_reached_is_told_per_week_also_of_days() -> None:
    levels = np.array([[5.0], [0.0], [0.0], [0.0]])
    rate, share = achieved(Weeks(levels, np.zeros((4, 1), np.int64), DAY_MS, days=1), 5)
    assert (rate.value, share.value) == (7 / 4, 1 / 4)


def test_days_need_a_pause_of_a_day() -> None:
    with pytest.raises(ValueError, match="cool-down of 1 days"):
        Weeks(np.zeros((2, 2)), np.zeros((2, 2), np.int64), DAY_MS - 1, days=1)


def test_the_interval_of_a_threshold_holds_it() -> None:
    point = operating_point(noise(5, 200), 0.5)
    assert point.threshold is not None and point.interval is not None
    assert point.interval[0] <= point.threshold <= point.interval[1]


def test_too_few_weeks_give_no_threshold() -> None:
    assert operating_point(noise(2, 20), 0.1).threshold is None


def test_both_methods_agree_where_there_are_many_weeks() -> None:
    point = operating_point(noise(3, 1000, 28), 0.2)
    assert point.threshold is not None and point.peaks_threshold is not None
    assert abs(np.log(point.peaks_threshold / point.threshold)) < 0.2


def test_peaks_reach_beyond_the_rarest_score_seen() -> None:
    weeks = noise(4, 1000)
    some = Weeks(weeks.levels[:100], weeks.times_ms[:100], weeks.cool_down_ms)
    assert operating_point(some, 0.005).threshold is None
    beyond = peaks_over_threshold(some, 0.005)
    assert beyond is not None
    assert 0 < alarms(weeks, beyond).sum() < 20  # 5 are asked for


@pytest.mark.parametrize("shape", [-0.3, 0.0, 0.2])
def test_a_known_tail_is_found_again(shape: float) -> None:
    u = np.random.default_rng(6).random(50_000)
    x = -np.log(u) * 2.0 if shape == 0.0 else 2.0 * (u**-shape - 1.0) / shape
    found_shape, found_scale = generalized_pareto(x)
    assert found_shape == pytest.approx(shape, abs=0.03)
    assert found_scale == pytest.approx(2.0, rel=0.03)


def test_weeks_without_any_window_have_no_alarms_and_no_tail() -> None:
    weeks = Weeks(np.zeros((30, 0)), np.zeros((30, 0), np.int64), DAY_MS)
    assert alarms(weeks, 5).sum() == 0
    assert peaks_over_threshold(weeks, 0.1) is None
