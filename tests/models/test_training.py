"""The simulation keeps to its physics, and the whole build runs without the shared recordings."""

import json
from pathlib import Path

import numpy as np
import pytest

from models.evaluate.simulated import auc, threshold
from models.provenance import check
from models.simulate.shipment import ANOMALIES, simulate
from models.train import build, dataset
from models.train.dataset import anomalous_windows, normal_windows
from models.train.network import train


def silent(message: str) -> None:
    """No progress in the tests."""


@pytest.fixture
def _few_periods(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset, "PERIODS_S", (60.0, 600.0))


@pytest.mark.usefixtures("_few_periods")
def test_the_same_seed_gives_the_same_windows() -> None:
    assert normal_windows(5, 90, silent) == normal_windows(5, 90, silent)
    assert normal_windows(5, 90, silent) != normal_windows(6, 90, silent)


@pytest.mark.parametrize("anomaly", [None, *ANOMALIES])
@pytest.mark.parametrize("period_s", [10.0, 900.0])
def test_simulated_counts_stay_within_what_sensors_report(
    anomaly: str | None, period_s: float
) -> None:
    windows = simulate(np.random.default_rng(3), 60, 60, period_s, anomaly)
    bounds = {0: (-10_000, 15_000), 1: (0, 10_000), 3: (0, 2**24), 4: (0, 28_000)}
    for channel, (low, high) in bounds.items():
        column = windows.columns[channel]
        assert column.shape == (60, 60)
        assert low <= column.min() <= column.max() <= high


def test_without_cooling_the_air_leaves_the_setpoint() -> None:
    rng = np.random.default_rng(4)
    celsius = simulate(rng, 200, 60, 600.0, "cooling_failure").columns[0] / 100
    before, after = celsius[:, :5].mean(axis=1), celsius[:, -5:].mean(axis=1)
    assert np.median(after - before) > 3.0


def test_a_drop_is_the_highest_reading_of_its_window() -> None:
    shock = simulate(np.random.default_rng(5), 100, 60, 60.0, "drop").columns[4]
    assert (shock.max(axis=1) >= 9000).all()


def test_a_normal_box_is_dark_or_steadily_lit() -> None:
    lux = simulate(np.random.default_rng(6), 300, 60, 60.0).columns[3] / 10
    dark = lux.max(axis=1) < 40
    steady = lux.std(axis=1) < 0.1 * lux.mean(axis=1)
    assert (dark | steady).mean() > 0.97


@pytest.mark.usefixtures("_few_periods")
def test_anomalous_windows_keep_all_channels_and_readings() -> None:
    for window in anomalous_windows(7, 9, "water", silent):
        assert sorted(window.columns) == [0, 1, 3, 4]
        assert len(window.offsets_ms) == 60


def test_training_reduces_the_error() -> None:
    rng = np.random.default_rng(8)
    x = rng.normal(size=(2000, 2)) @ rng.normal(size=(2, 6))
    losses: list[float] = []
    train(x, (6, 8, 2, 8, 6), seed=0, epochs=30, on_epoch=lambda _, loss: losses.append(loss))
    assert losses[-1] < losses[0] / 2


def test_a_threshold_is_reached_by_no_more_than_its_share() -> None:
    scores = np.arange(1000.0)
    assert threshold(scores, 0.01) == 990.0
    assert (scores >= threshold(scores, 0.01)).mean() == 0.01
    assert threshold(np.zeros(1000), 0.5) == 1.0


def test_auc_counts_ties_half() -> None:
    assert auc(np.array([1.0, 2.0]), np.array([3.0])) == 1.0
    assert auc(np.array([1.0, 1.0]), np.array([1.0])) == 0.5
    assert auc(np.array([2.0]), np.array([1.0])) == 0.0


@pytest.mark.usefixtures("_few_periods")
def test_a_small_model_is_built_without_the_shared_recordings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARGOSEAL_SHARED", str(tmp_path / "nowhere"))
    folder = tmp_path / "anomaly-small"
    build.build(folder, windows=360, starts=1, epochs=2, progress=silent)
    assert json.loads((folder / "metrics.json").read_text())["recordings"] == []
    assert "golden vectors" in check.check(folder)
