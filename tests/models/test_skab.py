"""SKAB: the loader and the protocol are the leaderboard's, and our detector looks only back."""

import gzip
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from cargoseal.replay.errors import RecordingError
from cargoseal_score import features, infer
from cargoseal_score.blob import Model, pack
from models.data import skab as data_set
from models.data.recording import MissingSetError
from models.evaluate import metrics
from models.evaluate.detectors import Detector, Detectors
from models.evaluate.result import Plot
from models.evaluate.sets import skab, skab_choice, skab_rules
from models.evaluate.sets.skab_choice import Option, Tried, choose, chosen_without
from models.evaluate.sets.skab_fit import Settings, fit, scores, windows
from models.evaluate.sets.skab_free import false_alarms
from models.evaluate.sets.skab_policy import Policy, alarms, limits
from models.evaluate.sets.skab_protocol import PUBLISHED, TRAIN_ROWS, Run, errors, judged, run
from tests.shared_data import absent, shared_data

SETTINGS = Settings(rows=7, newest=150, wander=3.0)
POLICY = Policy(threshold=7, hold=0.6, aftermath=0.1)
HEADER = ";".join(["datetime", *(s[1] for s in data_set.SIGNALS.values()), "anomaly"])


def silent(message: str) -> None:
    """No progress in the tests."""


def wrote(folder: Path, name: str, seed: int, rows: int = 760, step: int = 600) -> None:
    """Write a run like SKAB's: noise, temperatures that rise, a flow that falls at `step`."""
    rng = np.random.default_rng(seed)
    values = rng.normal((0.2, 0.3, 2, 0.1, 80, 25, 230, 120), (0.01,) * 7 + (0.3,), (rows, 8))
    values[:, 4:6] += 0.01 * np.arange(rows)[:, None]
    values[step : step + 100, 7] -= 4
    lines = [HEADER]
    for i, row in enumerate(values):
        cells = [f"{v:.6f}" for v in row]
        label = "1.0" if step <= i < step + 100 else "0.0"
        lines.append(";".join([f"2020-03-09 10:{i // 60:02}:{i % 60:02}", *cells, label]))
    (folder / f"{name}.csv.gz").write_bytes(gzip.compress("\n".join(lines).encode()))


@pytest.fixture
def made(tmp_path: Path) -> list[Run]:
    """Three runs of two folders, made here."""
    for seed, name in enumerate(("valve1_10", "valve1_9", "other_1")):
        wrote(tmp_path, name, seed)
    return [run(one) for one in data_set.load(tmp_path)]


@pytest.fixture(scope="module")
def real() -> list[Run]:
    """The benchmark's runs."""
    return [run(one) for one in data_set.load(shared_data("public/skab"))]


def said(one: Run, model: Model) -> NDArray[np.bool_]:
    """Alarms of the test rows, from rows to alarms by the code that is reported."""
    got = Detectors().scores(detector(model), windows(one, SETTINGS.rows))
    return alarms(np.sqrt(got.astype(float)), POLICY)


def detector(model: Model) -> Detector:
    return Detector("tested", "climate", model, 0, False)


# The loader


def test_runs_come_by_folder_and_number(made: list[Run]) -> None:
    assert [one.name for one in made] == ["other_1", "valve1_9", "valve1_10"]
    assert [one.folder for one in made] == ["other", "valve1", "valve1"]


def test_counts_are_the_signals_rounded_once(made: list[Run]) -> None:
    factors = np.array([factor for _, _, factor, _ in data_set.SIGNALS.values()])
    assert np.abs(made[0].counts / factors - made[0].values).max() <= (0.5 / factors).max() + 1e-9
    assert made[0].values[:, 7].mean() > 100


def test_labels_become_one_event(made: list[Run]) -> None:
    recording = made[0].recording
    start = int(recording.times_ms[0])
    assert recording.events == [(start + 600_000, start + 699_000, "anomaly")]
    assert made[0].truth.sum() == 100


def test_a_folder_without_runs_is_a_missing_set(tmp_path: Path) -> None:
    with pytest.raises(MissingSetError):
        data_set.load(tmp_path)
    with pytest.raises(MissingSetError):
        data_set.anomaly_free(tmp_path)


def test_a_run_without_a_number_is_refused(tmp_path: Path) -> None:
    wrote(tmp_path, "other_x", 1)
    with pytest.raises(RecordingError, match="other_x"):
        data_set.load(tmp_path)


def test_an_empty_cell_is_refused_with_its_place(tmp_path: Path) -> None:
    wrote(tmp_path, "other_1", 1)
    path = tmp_path / "other_1.csv.gz"
    text = gzip.decompress(path.read_bytes()).decode()
    path.write_bytes(gzip.compress(text.replace(";1.0\n", ";\n", 1).encode()))
    with pytest.raises(RecordingError, match="line 602"):
        data_set.load(tmp_path)


# The protocol


def test_the_benchmark_has_its_34_runs_and_37401_rows(real: list[Run]) -> None:
    labels = np.concatenate([one.labels for one in real])
    assert len(real) == 34
    assert len(labels) == 37_401
    assert round(100 * float(labels.mean()), 1) == 34.9
    assert sum(len(one.truth) for one in real) == 37_401 - 34 * TRAIN_ROWS


def test_always_alarm_reaches_the_f1_that_most_methods_do_not(real: list[Run]) -> None:
    f1, far, mar = errors([one.alarms for one in skab_rules.always(real)], real)
    assert (round(f1, 3), far, mar) == (0.698, 1.0, 0.0)
    assert sum(published[0] < f1 for published in PUBLISHED.values()) == 6


def test_the_published_isolation_forest_is_reproduced(real: list[Run]) -> None:
    forest = skab_rules.isolation_forest(real)
    if forest is None:
        absent("scikit-learn")
        return
    f1, far, mar = errors([one.alarms for one in forest], real)
    got = (round(f1, 2), round(100 * far, 2), round(100 * mar, 2))
    assert got == PUBLISHED["Isolation forest"]


def test_the_report_counts_errors_as_the_protocol_does(made: list[Run]) -> None:
    rng = np.random.default_rng(1)
    some = [rng.random(len(one.truth)) < 0.3 for one in made]
    figures = metrics.figures(
        [judged(one, alarm.astype(float), alarm) for one, alarm in zip(made, some, strict=True)],
        ("f1", "far", "mar"),
    )
    got = tuple(figures[key].value for key in ("f1", "far", "mar"))
    assert got == pytest.approx(errors(some, made))


def test_the_median_of_three_looks_back() -> None:
    alarm = np.array([1, 0, 1, 1, 0, 0, 1], bool)
    assert skab_rules.median_of_three(alarm).tolist() == [0, 0, 1, 1, 1, 0, 0]


# The detector


def test_no_alarm_depends_on_a_later_row(made: list[Run]) -> None:
    one = made[1]
    whole = said(one, fit(one, SETTINGS))
    assert whole.any()
    rng = np.random.default_rng(2)
    for row in (TRAIN_ROWS + 1, 560, 603, 650, 720):
        counts = one.counts.copy()
        counts[row:] = rng.integers(-(10**6), 10**6, counts[row:].shape)
        altered = replace(one, counts=counts)
        until = row - TRAIN_ROWS
        assert said(altered, fit(altered, SETTINGS))[:until].tolist() == whole[:until].tolist()


def test_the_blob_knows_only_the_training_rows(made: list[Run]) -> None:
    one = made[0]
    counts = one.counts.copy()
    counts[TRAIN_ROWS:] = 0
    labels = np.ones_like(one.labels)
    assert fit(replace(one, counts=counts, labels=labels), SETTINGS).digest == (
        fit(one, SETTINGS).digest
    )


@pytest.mark.parametrize("rows", [5, 7, 20])
def test_the_fast_scores_are_the_integers_of_the_node(made: list[Run], rows: int) -> None:
    one = made[2]
    counts = one.counts.copy()
    counts[700:720] = 8_000_000
    counts[720:740] = -8_000_000
    one = replace(one, counts=counts)
    model = fit(one, Settings(rows, 200, 3.0))
    node = [
        infer.score(
            model,
            features.extract(model, list(w.offsets_ms), {c: list(v) for c, v in w.columns.items()}),
        )
        for w in windows(one, rows)
    ]
    assert scores(model, one, rows).tolist() == node
    assert max(node) == 128 * 128


def test_a_signal_that_wanders_is_left_out(made: list[Run]) -> None:
    for one in made:
        kept = {feature.channel for feature in fit(one, SETTINGS).features}
        assert 27 in kept
        assert not kept & {24, 25}


def test_a_detector_is_never_without_a_signal(made: list[Run]) -> None:
    assert len(fit(made[0], Settings(7, 150, 0.0)).features) >= 1


def test_a_signal_that_stands_still_has_a_reach(made: list[Run]) -> None:
    counts = made[0].counts.copy()
    counts[:, 3] = 54
    model = fit(replace(made[0], counts=counts), SETTINGS)
    assert 23 in {feature.channel for feature in model.features}


def test_a_blob_of_all_signals_has_144_bytes(made: list[Run]) -> None:
    model = fit(made[0], Settings(7, 150, 1000.0))
    assert len(model.features) == 8
    assert len(pack(model)) == 144


# The policy


def test_an_alarm_begins_above_the_threshold_and_lasts_down_to_its_share() -> None:
    distances = np.array([5.0, 7, 8, 6, 5, 4, 6, 8])
    assert alarms(distances, Policy(7)).tolist() == [0, 0, 1, 0, 0, 0, 0, 1]
    assert alarms(distances, Policy(7, hold=0.6)).tolist() == [0, 0, 1, 1, 1, 0, 0, 1]


def test_what_is_left_of_a_great_deviation_is_no_new_alarm() -> None:
    distances = np.array([8.0, 100, 9, 9])
    assert alarms(distances, Policy(7)).tolist() == [1, 1, 1, 1]
    assert alarms(distances, Policy(7, aftermath=0.1)).tolist() == [1, 1, 0, 0]


def test_a_great_deviation_is_forgotten_by_half_in_500_rows() -> None:
    distances = np.concatenate([[100.0], np.full(500, 1.0)])
    limit = limits(distances, Policy(3, aftermath=0.1))
    assert limit[0] == 10
    assert limit[500] == pytest.approx(5.0)


# The choice


def tried(false: list[list[int]], missed: list[list[int]]) -> Tried:
    """Options by runs; every run has 100 quiet and 100 loud rows."""
    hundred = np.full((len(false), len(false[0])), 100)
    options = [Option(SETTINGS, Policy(i)) for i in range(len(false))]
    return Tried(options, np.stack([np.array(false), hundred, np.array(missed), hundred]))


def test_the_option_within_the_goal_is_chosen() -> None:
    some = tried([[50, 50], [5, 5], [0, 0]], [[0, 0], [20, 20], [90, 90]])
    assert choose(some, np.ones(2, bool)).policy.threshold == 1


def test_of_options_within_the_goal_the_one_with_more_room_is_chosen() -> None:
    some = tried([[14, 14], [5, 5]], [[24, 24], [10, 10]])
    assert choose(some, np.ones(2, bool)).policy.threshold == 1


def test_what_is_chosen_for_a_run_does_not_depend_on_its_group() -> None:
    rng = np.random.default_rng(3)
    false, missed = rng.integers(0, 60, (2, 30, 6))
    groups = ["a", "a", "b", "b", "c", "c"]
    before = chosen_without(tried(false.tolist(), missed.tolist()), groups)
    false[:, :2], missed[:, :2] = rng.integers(0, 60, (2, 30, 2))
    after = chosen_without(tried(false.tolist(), missed.tolist()), groups)
    assert after[:2] == before[:2]
    assert after[2:] != before[2:]


# The rules beside it


def test_an_int8_layer_gives_t_squared_as_far_as_rounding_allows(made: list[Run]) -> None:
    mixed = np.random.default_rng(4).normal(0, 1, (760, 8)) @ (np.eye(8) + 0.3)
    factors = np.array([factor for _, _, factor, _ in data_set.SIGNALS.values()])
    one = replace(made[0], values=mixed, counts=np.rint(mixed * factors).astype(np.int64))
    blob = skab_rules.blob_rule([one], skab_rules.t_squared_blob, "T2", Detectors())[0]
    floats = skab_rules.t_squared([one])[0]
    steepest = np.linalg.eigvalsh(np.corrcoef(mixed[:TRAIN_ROWS].T))[0] ** -0.5
    half_steps = 0.5 * 8**0.5  # a vector of eight values, each rounded to a step
    farthest = half_steps * (steepest + 1)
    apart = np.abs(np.sqrt(blob.scores) - skab_rules.Z_STEPS * np.sqrt(floats.scores))
    assert apart.max() <= farthest
    assert apart.mean() <= farthest / 5


def test_the_largest_z_is_a_blob_without_layers(made: list[Run]) -> None:
    one = made[0]
    blob = skab_rules.blob_rule([one], skab_rules.largest_z, "z", Detectors())[0]
    training = one.counts[:TRAIN_ROWS]
    z = np.abs((one.counts - training.mean(axis=0)) / training.std(axis=0)).max(axis=1)
    expected = np.minimum(z[TRAIN_ROWS:], 128 / skab_rules.Z_STEPS)
    assert np.sqrt(blob.scores) / skab_rules.Z_STEPS == pytest.approx(expected, abs=0.13)


# The whole


@pytest.fixture
def _one_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(skab_choice, "SETTINGS", [SETTINGS])
    monkeypatch.setattr(metrics, "RESAMPLES", 20)


def test_without_the_set_there_is_no_result(tmp_path: Path) -> None:
    assert skab.evaluate(tmp_path, Detectors(), silent) is None


def test_runs_of_one_folder_are_too_few_to_choose_on(tmp_path: Path) -> None:
    (tmp_path / "skab").mkdir()
    wrote(tmp_path / "skab", "other_1", 1)
    with pytest.raises(RecordingError, match="two of the folders"):
        skab.evaluate(tmp_path, Detectors(), silent)


@pytest.mark.usefixtures("_one_way")
def test_every_window_of_every_blob_is_compared_bit_by_bit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "skab").mkdir()
    for seed in range(3):
        wrote(tmp_path / "skab", f"{data_set.FOLDERS[seed]}_{seed}", seed)
    monkeypatch.setattr(skab_rules, "isolation_forest", lambda runs: None)
    result = skab.evaluate(tmp_path, Detectors(), silent)
    assert result is not None
    assert result.windows_compared == 3 * (4 * (760 - TRAIN_ROWS) + 2 * 760)
    assert "not run again" in result.text


@pytest.mark.usefixtures("_one_way")
def test_the_goal_is_reached_and_said_beside_its_baselines(
    real: list[Run], render: Callable[[list[Plot]], int]
) -> None:
    result = skab.evaluate(shared_data("public"), Detectors(), silent)
    assert result is not None
    rows = {row.detector: row.figures for row in result.rows}
    far, mar = rows[skab.OURS]["far"].value, rows[skab.OURS]["mar"].value
    assert far is not None and far <= 0.15
    assert mar is not None and mar <= 0.25
    goal = result.goals[0]
    assert goal.reached is True
    assert "0.698" in goal.baseline and "13.6/28.0" in goal.baseline
    assert {f"{name} (published)" for name in PUBLISHED} <= rows.keys()
    assert render(result.plots) == 4


@pytest.fixture
def render(tmp_path: Path) -> Callable[[list[Plot]], int]:
    """Draw plots; return how many files that made."""
    from models.evaluate.plots import render as draw

    return lambda plots: len({draw(plot, tmp_path).stat().st_size for plot in plots})


def test_drift_alone_is_counted_on_the_recording_without_anomalies() -> None:
    far = false_alarms(shared_data("public/skab"), Option(SETTINGS, POLICY))
    assert far is not None
    assert 0.05 < far < 0.5
