"""What is common to all kinds of models: windows in files, networks, their grades, the stages."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cargoseal_score.blob import load
from cargoseal_score.features import extract
from models.evaluate import folder
from models.evaluate.ranking import auc
from models.provenance import check
from models.simulate.shipment import DOOR
from models.train import climate, dataset, pipeline
from models.train.climate import TASK
from models.train.climate_windows import Plan
from models.train.dataset import NORMAL, Dataset, Window
from models.train.export import compiled, rule
from models.train.feature_table import ZERO_POINT, wide
from models.train.fit import Labelled, best, calibration, examples, scores, threshold
from models.train.network import Examples, train
from models.train.quantize import to_network
from models.train.task import TRAINING, Task

SMALL = 0.1


def silent(message: str) -> None:
    """No progress in the tests."""


def small_task() -> Task:
    """The climate task with a single short start and the use that takes least time."""
    recipe = replace(TASK.recipe, epochs=3, starts=1)
    return replace(TASK, recipe=recipe, uses=TASK.uses[3:])


def test_windows_come_back_from_a_file_as_they_went(tmp_path: Path) -> None:
    windows = [
        Window([0, 60_000], {0: [412, None], 3: [0, 7]}),
        Window([0], {0: [-1850]}),
        Window([0, 4000, 8000], {1: [None, 3000, 3001]}),
    ]
    faults = [NORMAL, "steam", NORMAL]
    data = Dataset(windows, np.array([7, 7, 9]), faults, np.array([0, 9, 0]), np.array([1, 1, 5]))
    dataset.save(tmp_path / "some.npz", data)
    read = dataset.read(tmp_path / "some.npz")
    assert read.windows == windows
    assert (read.shipments.tolist(), read.faults) == ([7, 7, 9], faults)
    assert (read.starts_ms.tolist(), read.grouped.tolist()) == ([0, 9, 0], [1, 1, 5])


def test_inputs_are_those_of_the_nodes_code() -> None:
    rng = np.random.default_rng(1)
    windows = [
        Window(
            [1000 * i for i in range(n)],
            {c: [int(v) for v in rng.integers(-900, 900, n)] for c in channels},
        )
        for n in (1, 2, 7, 60)
        for channels in ((0, 1, 3), (0, 1, 2, 3, 7), (2,), (7,))
    ]
    features = wide()
    table = load(rule(0, features))
    made = dataset.inputs(0, ZERO_POINT, features, windows)
    wanted = [extract(table, w.offsets_ms, w.columns) for w in windows]  # type: ignore[arg-type]
    assert [row.tobytes() for row in made] == wanted


def test_a_channel_that_a_node_does_not_have_counts_as_an_ordinary_one() -> None:
    windows = [Window([0, 60_000], {0: [400, 410]}), Window([0, 60_000], {2: [9_000, 10_100]})]
    features = wide()
    made = dataset.inputs(0, ZERO_POINT, features, windows)
    for row, channel in zip(made, (0, 2), strict=True):
        others = [i for i, f in enumerate(features) if f.channel != channel]
        assert (row[others] == ZERO_POINT).all() and (row != ZERO_POINT).any()


def test_every_channel_of_the_climate_is_an_input_of_rule_and_network(built: Path) -> None:
    climate_channels = {0, 1, 2, 3, 7}  # temperature, humidity, pressure, light, door
    for name in ("model", "baseline-0"):
        model = load((built / name / "model.blob").read_bytes())
        assert {f.channel for f in model.features} == climate_channels


def test_an_opened_door_and_a_pressure_that_breaks_in_move_their_own_inputs() -> None:
    calm, shut = [10_130] * 30, [0] * 30
    windows = [
        Window([60_000 * i for i in range(30)], {2: pressure, 7: door})
        for pressure, door in (
            (calm, shut), (calm, [0] * 29 + [1]), (calm, [1] * 30), (calm[:15] + [9_900] * 15, shut)
        )
    ]  # fmt: skip
    features = wide()
    rows = dataset.inputs(0, ZERO_POINT, features, windows).astype(int)
    moved = [{features[i].channel for i in np.flatnonzero(row != rows[0])} for row in rows]
    assert moved == [set(), {7}, {7}, {2}]


def test_an_autoencoder_learns_to_reproduce() -> None:
    rng = np.random.default_rng(8)
    x = rng.normal(size=(2000, 2)) @ rng.normal(size=(2, 6))
    losses: list[float] = []
    train(
        Examples.normal(x),
        (6, 8, 2, 8, 6),
        seed=0,
        epochs=30,
        on_epoch=lambda _, loss: losses.append(loss),
    )
    assert losses[-1] < losses[0] / 2


def two_clouds(count: int) -> Labelled:
    """Normal windows about zero; faults with one input away on either side, by as much as the
    normal ones have in another."""
    rng = np.random.default_rng(3)
    x = rng.normal(0.0, 16.0, (2 * count, 6))
    x[:count, 0] *= 3.0
    x[count:, 1] = np.sign(x[count:, 1]) * 45.0
    faults = np.array([NORMAL] * count + ["cooling_failure"] * count)
    inputs = np.rint(x).clip(-128, 127).astype(np.int8)
    return Labelled(inputs, faults, np.zeros(2 * count, np.int64))


def test_the_hinge_makes_faults_score_above_normal_windows_after_quantization() -> None:
    clouds = two_clouds(1500)
    recipe = replace(TASK.recipe, widths=(6, 12, 6), epochs=20, starts=1)
    features = wide()[:6]
    areas = []
    for hinge in (0.0, 2.0):
        task = replace(TASK, recipe=replace(recipe, hinge=hinge))
        network = best(task, features, clouds, clouds, silent)[0].network
        _, blob = compiled(0, network, features, calibration(task, clouds))
        areas.append(auc(scores(blob, clouds.of(NORMAL)), scores(blob, clouds.of(TASK.faults[0]))))
    assert areas[1] > 0.9
    assert areas[1] > areas[0] + 0.2


def test_without_a_hinge_faults_are_not_looked_at() -> None:
    clouds = two_clouds(300)
    shown = examples(clouds)
    quiet = Examples.normal(to_network(clouds.of(NORMAL), ZERO_POINT))
    a = train(shown, (6, 4, 6), seed=1, epochs=2)
    b = train(quiet, (6, 4, 6), seed=1, epochs=2)
    assert all((v == w).all() for v, w in zip(a.weights, b.weights, strict=True))


def test_every_fault_weighs_the_same_and_all_together_as_the_normal_windows() -> None:
    faults = np.array([NORMAL] * 30 + ["steam"] * 10 + ["water"] * 2)
    x, groups = np.zeros((42, 2), np.int8), np.zeros(42, np.int64)
    weights = examples(Labelled(x, faults, groups)).weights
    assert weights[:30].tolist() == pytest.approx([1.0] * 30)
    assert weights[30:40].sum() == pytest.approx(15.0)
    assert weights[40:].sum() == pytest.approx(15.0)


def test_a_group_in_which_faults_are_frequent_is_no_sign_of_a_fault() -> None:
    faults = np.array([NORMAL] * 30 + ["steam"] * 20)
    groups = np.array([1] * 24 + [2] * 6 + [1] * 5 + [2] * 15)
    shown = examples(Labelled(np.zeros((50, 2), np.int8), faults, groups))
    for group in (1, 2):
        normal, faulty = (
            shown.weights[(groups == group) & (shown.loud == loud)].sum() for loud in (0.0, 1.0)
        )
        assert normal == pytest.approx(faulty)


def test_a_threshold_is_reached_by_no_more_than_its_share() -> None:
    values = np.arange(1000.0)
    assert threshold(values, 0.01) == 990
    assert (values >= threshold(values, 0.01)).mean() == 0.01
    assert threshold(np.zeros(1000), 0.5) == 1


def test_auc_counts_ties_half() -> None:
    assert auc(np.array([1.0, 2.0]), np.array([3.0])) == 1.0
    assert auc(np.array([1.0, 1.0]), np.array([1.0])) == 0.5
    assert auc(np.array([2.0]), np.array([1.0])) == 0.0


def test_a_shipment_in_two_splits_is_refused(tmp_path: Path) -> None:
    def same(split: str, scale: float, progress: object) -> Dataset:
        return Dataset([Window([0], {0: [1]})], np.array([5]), [NORMAL], np.array([0]))

    with pytest.raises(ValueError, match="in two splits"):
        pipeline.make_dataset(replace(TASK, simulate=same), tmp_path, SMALL, silent)


@pytest.fixture(scope="module")
def _few_plans() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(climate, "PLANS", (Plan(4, 3600), Plan(60, 600), Plan(600, 3600)))
        yield


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, _few_plans: None) -> Path:
    """A small climate model, all stages, without recordings."""
    build = tmp_path_factory.mktemp("build")
    task = small_task()
    pipeline.make_dataset(task, build, SMALL, silent)
    pipeline.make_features(task, build, silent)
    pipeline.train(task, build, silent)
    pipeline.quantize(task, build, silent)
    folder.evaluate(task, build, None, silent)
    folder.ship(task, build, build / "out", silent)
    return build


def test_a_model_that_nobody_judged_on_recordings_does_not_ship(built: Path) -> None:
    made = built / "out" / "shipped" / "climate-v1"
    assert not load((made / "model.blob").read_bytes()).layers
    assert not (made / "model.tflite").exists()
    assert json.loads((made / "metrics.json").read_text())["ships"]["detector"] == "baseline"
    assert "Nobody has judged" in (made / "card.md").read_text()


def test_what_the_stages_write_passes_the_check_of_a_model_folder(built: Path) -> None:
    assert check.check(built / "out" / "shipped" / "climate-v1")


def test_both_contenders_are_written_with_their_thresholds(built: Path) -> None:
    for kind, layers in (("model", 2), ("baseline", 0)):
        made = built / "out" / "contenders" / f"climate-{kind}"
        said = json.loads((made / "detector.json").read_text())
        assert len(load((made / "model.blob").read_bytes()).layers) == layers
        assert said["is_baseline"] == (kind == "baseline")
        assert set(said["points"]) <= {use.name for use in small_task().uses}


def test_the_same_stages_give_the_same_blob(built: Path, tmp_path: Path) -> None:
    task = small_task()
    pipeline.make_dataset(task, tmp_path, SMALL, silent)
    pipeline.make_features(task, tmp_path, silent)
    pipeline.train(task, tmp_path, silent)
    pipeline.quantize(task, tmp_path, silent)
    again = (tmp_path / "model" / "model.blob").read_bytes()
    assert again == (built / "model" / "model.blob").read_bytes()


def test_training_windows_are_within_the_range_of_every_input(built: Path) -> None:
    x = pipeline.read_inputs(built, TRAINING).x
    features = pipeline.read_features(built)
    doors = np.array([feature.channel == DOOR for feature in features])
    assert (x > -128).all() and (x[:, ~doors] < 127).all()
    assert x[:, doors].max() == 127  # open is the end of what a contact can say
