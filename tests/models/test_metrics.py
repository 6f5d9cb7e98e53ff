"""Every figure means what its definition says, and its interval what it promises."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from models.evaluate import metrics, pooled
from models.evaluate.contest import contest, goal
from models.evaluate.result import FIGURES, Judged, SetResult

MINUTE = 60_000


def judged(
    scores: list[float],
    loud: list[int],
    *,
    threshold: float = 0.5,
    rows: int = 10,
    device: str = "a",
    events: list[tuple[int, int, str]] | None = None,
) -> Judged:
    """Windows of `rows` readings a minute apart, ten minutes from each to the next."""
    n = len(scores)
    starts = np.arange(n, dtype=np.int64) * 10 * MINUTE
    values = np.array(scores, np.float64)
    counts = np.array(loud, np.int64)
    return Judged(
        device=device,
        scores=values,
        alarms=values >= threshold,
        quiet=rows - counts,
        loud=counts,
        starts_ms=starts,
        ends_ms=starts + 9 * MINUTE,
        events=events or [],
        weeks=n * 10 * MINUTE / (7 * 86_400_000),
    )


def random_set(seed: int, devices: int = 8, windows: int = 40) -> list[Judged]:
    rng = np.random.default_rng(seed)
    out = []
    for device in range(devices):
        loud = (rng.random(windows) < 0.25) * rng.integers(1, 11, windows)
        scores = rng.normal(size=windows) + 0.8 * (loud > 0)
        events = [
            (i * 10 * MINUTE, i * 10 * MINUTE + MINUTE, "x") for i in np.flatnonzero(loud).tolist()
        ]
        out.append(judged(scores.tolist(), loud.tolist(), device=str(device), events=events))
    return out


def value(recordings: list[Judged], name: str) -> float:
    found = metrics.figures(recordings, [name])[name].value
    assert found is not None
    return found


def test_rates_count_rows_by_hand() -> None:
    # four windows of ten rows; alarms on the 2nd and 3rd, which hold 10 + 0 of 14 anomalous rows
    one = [judged([0, 1, 1, 0], [0, 10, 0, 4], events=[(10 * MINUTE, 20 * MINUTE, "x")])]
    assert value(one, "precision") == 10 / 20
    assert value(one, "recall") == 10 / 14
    assert value(one, "mar") == pytest.approx(4 / 14)
    assert value(one, "far") == 10 / 26
    assert value(one, "f1") == pytest.approx(2 * 10 / (20 + 14))
    assert value(one, "alarms_per_week") == pytest.approx(2 / (40 / (7 * 1440)))


def test_false_alarm_rate_and_specificity_add_up_to_one() -> None:
    recordings = random_set(1)
    quiet = sum(int(r.quiet.sum()) for r in recordings)
    true_negatives = sum(int(r.quiet[~r.alarms].sum()) for r in recordings)
    assert value(recordings, "far") + true_negatives / quiet == pytest.approx(1.0)
    assert value(recordings, "mar") + value(recordings, "recall") == pytest.approx(1.0)


def as_rows(recordings: list[Judged]) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    labels = [
        np.repeat([True, False], [loud, quiet])
        for r in recordings
        for loud, quiet in zip(r.loud, r.quiet, strict=True)
    ]
    scores = [
        np.full(loud + quiet, score)
        for r in recordings
        for loud, quiet, score in zip(r.loud, r.quiet, r.scores, strict=True)
    ]
    return np.concatenate(labels), np.concatenate(scores)


@pytest.mark.parametrize("seed", range(5))
def test_auc_is_that_of_scikit_learn_over_rows_ties_included(seed: int) -> None:
    recordings = [judged(np.round(r.scores, 1).tolist(), r.loud.tolist()) for r in random_set(seed)]
    labels, scores = as_rows(recordings)
    assert metrics.auc(recordings) == pytest.approx(roc_auc_score(labels, scores), abs=1e-12)


def test_auc_does_not_change_under_a_rising_function_and_turns_with_a_falling_one() -> None:
    recordings = random_set(2)
    rising = [judged(np.exp(3 * r.scores).tolist(), r.loud.tolist()) for r in recordings]
    falling = [judged((-r.scores).tolist(), r.loud.tolist()) for r in recordings]
    assert metrics.auc(rising) == pytest.approx(metrics.auc(recordings))
    assert metrics.auc(falling) == pytest.approx(1 - metrics.auc(recordings))


def test_an_event_counts_once_however_many_alarms_overlap_it() -> None:
    # windows end 9 minutes after they start; the event lasts from minute 12 to 35
    event = [(12 * MINUTE, 35 * MINUTE, "x")]
    one = [judged([0, 1, 1, 1, 0], [0, 8, 10, 6, 0], events=event)]
    assert value(one, "event_f1") == 1.0
    assert value(one, "delay_s") == (19 - 12) * 60
    late = [judged([0, 0, 0, 1, 0], [0, 8, 10, 6, 0], events=event)]
    assert value(late, "event_f1") == 1.0
    assert value(late, "delay_s") == (39 - 12) * 60


def test_alarms_beside_events_and_missed_events_lower_the_event_f1() -> None:
    events = [(10 * MINUTE, 15 * MINUTE, "x"), (40 * MINUTE, 45 * MINUTE, "x")]
    beside = [judged([1, 1, 0, 0, 1, 0], [0, 5, 0, 0, 5, 0], events=events)]
    assert value(beside, "event_f1") == pytest.approx(2 * 2 / (2 * 2 + 1))
    missed = [judged([0, 1, 0, 0, 0, 0], [0, 5, 0, 0, 5, 0], events=events)]
    assert value(missed, "event_f1") == pytest.approx(2 / (2 + 1))
    assert metrics.found_events(missed) == (1, 2)


def test_always_alarming_finds_every_event_and_earns_little() -> None:
    loud = [0] * 50
    loud[20] = 5
    event = [(200 * MINUTE, 205 * MINUTE, "x")]
    always = [judged([1.0] * 50, loud, events=event)]
    assert metrics.found_events(always) == (1, 1)
    assert value(always, "event_f1") == pytest.approx(2 / (2 + 49))
    assert value(always, "far") == 1.0
    assert value(always, "auc") == 0.5


def test_an_event_between_two_windows_is_found_by_neither() -> None:
    between = [(9 * MINUTE + 1, 10 * MINUTE - 1, "x")]
    one = [judged([1, 1], [0, 0], events=between)]
    assert metrics.found_events(one) == (0, 1)


def test_without_labels_only_the_alarm_load_is_told_and_the_rest_says_why_not() -> None:
    found = metrics.figures([replace(judged([1, 0, 1], [0, 0, 0]), labelled=False)])
    assert list(found) == list(FIGURES)
    assert [key for key, figure in found.items() if figure.value is not None] == ["alarms_per_week"]
    for key in ("precision", "recall", "far", "mar", "auc"):
        assert found[key].why == pooled.NO_LABELS
    assert found["event_f1"].why == found["delay_s"].why == pooled.NO_EVENTS


@pytest.mark.parametrize(
    ("loud", "missing", "why"),
    [
        ([0, 0], {"precision", "recall", "mar", "auc"}, pooled.NO_LOUD),
        ([10, 10], {"far", "auc"}, pooled.NO_QUIET),
    ],
)
def test_with_one_class_only_what_needs_the_other_is_missing(
    loud: list[int], missing: set[str], why: str
) -> None:
    found = metrics.figures([judged([1, 0], loud)])
    keys = ("precision", "recall", "far", "mar", "auc")
    assert {key for key in keys if found[key].value is None} == missing
    assert {found[key].why for key in missing} == {why}


def test_a_detector_that_never_alarms_has_no_precision_and_no_delay() -> None:
    found = metrics.figures([judged([0, 0], [0, 5], events=[(10 * MINUTE, 12 * MINUTE, "x")])])
    assert (found["precision"].value, found["precision"].why) == (None, pooled.NO_ALARM)
    assert (found["delay_s"].value, found["delay_s"].why) == (None, pooled.NOT_FOUND)
    assert found["mar"].value == 1.0


@pytest.mark.parametrize("devices", [1, 8])
@pytest.mark.parametrize("seed", range(4))
def test_an_interval_holds_its_figure_and_is_the_same_again(seed: int, devices: int) -> None:
    recordings = random_set(seed, devices, 120 // devices)
    first, again = metrics.figures(recordings), metrics.figures(recordings)
    assert first == again
    for name, figure in first.items():
        assert figure.value is not None and figure.low is not None and figure.high is not None
        assert figure.low <= figure.value <= figure.high
        assert figure.low < figure.high or name == "delay_s"  # all windows are alike in length


def test_about_95_of_100_intervals_hold_the_truth() -> None:
    truth = metrics.auc(random_set(10_000, devices=4000))
    held = 0
    for seed in range(100):
        recordings = random_set(seed, devices=20)
        figure = metrics.interval(metrics.auc(recordings), metrics.auc_draws(recordings))
        assert figure.low is not None and figure.high is not None
        held += figure.low <= truth <= figure.high
    assert 88 <= held <= 99


def test_whole_devices_are_drawn_where_there_are_five_else_blocks_of_windows() -> None:
    many = random_set(3, devices=5, windows=7)
    weights = metrics.draws(many).reshape(metrics.RESAMPLES, 5, 7)
    assert (weights == weights[:, :, :1]).all()
    assert (weights[:, :, 0].sum(axis=1) == 5).all()
    (few,) = random_set(3, devices=1, windows=100)
    drawn = metrics.draws([few])
    assert (drawn.sum(axis=1) == 100).all()
    neighbours = (drawn[:, 1:] == drawn[:, :-1]).mean()
    assert neighbours > 0.75  # blocks of ten: nine of ten neighbours are drawn alike, or nearly


def test_a_copy_of_a_detector_differs_from_it_by_exactly_nothing() -> None:
    recordings = random_set(4)
    figure = metrics.auc_difference(recordings, recordings)
    assert (figure.value, figure.low, figure.high) == (0.0, 0.0, 0.0)


def test_a_paired_difference_is_tighter_than_two_intervals() -> None:
    a = random_set(5)
    rng = np.random.default_rng(6)
    b = [
        judged((r.scores + 0.05 * rng.normal(size=40)).tolist(), r.loud.tolist(), device=r.device)
        for r in a
    ]
    paired = metrics.auc_difference(a, b)
    alone = metrics.interval(metrics.auc(a), metrics.auc_draws(a))
    assert paired.low is not None and paired.high is not None
    assert alone.low is not None and alone.high is not None
    assert paired.high - paired.low < (alone.high - alone.low) / 3


def test_detectors_that_judged_other_windows_are_not_compared() -> None:
    a = random_set(7)
    with pytest.raises(ValueError, match="windows"):
        metrics.auc_difference(a, list(reversed(a)))


def set_result(name: str, model: list[Judged], baseline: list[Judged]) -> SetResult:
    return SetResult(name, "", judged={"model": model, "baseline": baseline})


def worse(recordings: list[Judged]) -> list[Judged]:
    rng = np.random.default_rng(8)
    return [
        judged(rng.normal(size=len(r.scores)).tolist(), r.loud.tolist(), device=r.device)
        for r in recordings
    ]


def test_a_model_ships_only_when_the_whole_interval_is_above_nothing() -> None:
    good = random_set(4)
    found = contest([set_result("one", good, worse(good))], "model", ["baseline"])
    assert found is not None and found.model_ships
    same = contest([set_result("one", good, good)], "model", ["baseline"])
    assert same is not None and not same.model_ships
    turned = contest([set_result("one", worse(good), good)], "model", ["baseline"])
    assert turned is not None and not turned.model_ships
    said = goal(turned, "climate", 1)
    assert said.reached is False and said.figure.endswith(": baseline ships")


def test_sets_of_one_class_are_judged_together_and_others_each_alone() -> None:
    both = random_set(11)
    falls = [judged([1.0, 2.0], [10, 10], device=f"fall {i}") for i in range(6)]
    rides = [judged([0.0, 0.5], [0, 0], device=f"ride {i}") for i in range(6)]
    sets = [set_result("both", both, both), set_result("falls", falls, falls)]
    found = contest([*sets, set_result("rides", rides, rides)], "model", ["baseline"])
    assert found is not None
    (duel,) = found.duels
    assert sorted(duel.groups) == ["both", "falls + rides"]
    assert duel.model_auc == pytest.approx((metrics.auc(both) + 1.0) / 2)
    assert contest([sets[1]], "model", ["baseline"]) is None


def test_a_model_that_one_of_two_baselines_equals_does_not_ship() -> None:
    good = random_set(4)
    one = set_result("one", good, worse(good))
    one.judged["twin"] = good
    weak = contest([one], "model", ["baseline"])
    both = contest([one], "model", ["baseline", "twin"])
    assert weak is not None and weak.model_ships
    assert both is not None and not both.model_ships
    assert [duel.won for duel in both.duels] == [True, False]
    assert both.hardest.baseline == "twin"
    assert goal(both, "handling", 1).figure.endswith(": baseline ships")  # the first of them


def test_decisions_at_thresholds_say_nothing_in_the_contest() -> None:
    loud = [10, 10, 10, 0, 0, 0]
    model = [judged([9, 8, 7, 1, 2, 3], loud, threshold=5, device=str(i)) for i in range(6)]
    rule = [judged([9, 8, 7, 1, 2, 3], loud, threshold=9, device=str(i)) for i in range(6)]
    found = contest([set_result("one", model, rule)], "model", ["baseline"])
    assert found is not None and not found.model_ships
    assert found.duels[0].difference.value == 0.0
