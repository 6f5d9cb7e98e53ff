"""The simulated climate keeps to its physics, and a fault changes what it should."""

import numpy as np
import pytest

from models.simulate.climate import (
    CONTAINER,
    COOLED,
    MACHINE,
    PLACES,
    ROOM,
    draw_box,
    saturation_hpa,
)
from models.simulate.shipment import (
    FAULTS,
    HUMIDITY,
    LIGHT,
    TEMPERATURE,
    WHOLE,
    Shipments,
    simulate,
)
from models.train import climate
from models.train.climate import TASK, weeks
from models.train.climate_windows import Plan
from models.train.task import CALIBRATION, CHECK, SPLITS


def silent(message: str) -> None:
    """No progress in the tests."""


def normal(place: int, period_s: float, readings: int, count: int = 80) -> Shipments:
    return simulate(11, [WHOLE] * count, readings, period_s, (place,))


@pytest.mark.parametrize("period_s", [4.0, 900.0])
def test_counts_stay_within_what_sensors_report(period_s: float) -> None:
    shipments = simulate(3, [WHOLE, *FAULTS] * 10, 60, period_s)
    bounds = {TEMPERATURE: (-10_000, 15_000), HUMIDITY: (0, 10_000), LIGHT: (0, 2**24)}
    for channel, (low, high) in bounds.items():
        column = shipments.columns[channel]
        assert column.shape == (140, 60)
        assert low <= column.min() <= column.max() <= high


def test_the_same_seed_gives_the_same_shipments() -> None:
    a, b, c = (simulate(seed, ["steam"] * 5, 30, 60.0) for seed in (1, 1, 2))
    assert (a.columns[TEMPERATURE] == b.columns[TEMPERATURE]).all()
    assert (a.columns[TEMPERATURE] != c.columns[TEMPERATURE]).any()


def test_before_its_onset_a_fault_has_changed_nothing() -> None:
    shipments = simulate(5, list(FAULTS) * 20, 80, 60.0)
    for changed in shipments.changed.values():
        assert not changed[:, :10].any()  # the earliest onset is at an eighth


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_can_be_seen_in_most_of_its_shipments(fault: str) -> None:
    shipments = simulate(6, [fault] * 60, 120, 60.0)
    seen = np.zeros(60, bool)
    for channel, changed in shipments.changed.items():
        seen |= np.abs(changed).max(axis=1) > 5 * shipments.finest[channel]
    assert seen.mean() > 0.5


def test_without_cooling_a_cold_box_warms_up() -> None:
    shipments = simulate(4, ["cooling_failure"] * 100, 240, 60.0)
    last = shipments.changed[TEMPERATURE][:, -1] / 100
    assert np.median(last) > 3.0
    assert (last > -0.5).mean() > 0.97


def test_a_stopped_machine_cools_down() -> None:
    shipments = simulate(4, ["machine_stopped"] * 100, 240, 60.0)
    assert np.median(shipments.changed[TEMPERATURE][:, -1]) < -300


def test_steam_makes_the_air_damp() -> None:
    shipments = simulate(4, ["steam"] * 100, 240, 10.0)
    assert np.median(shipments.changed[HUMIDITY].max(axis=1)) > 500


def test_a_stuck_sensor_repeats_itself_to_the_end() -> None:
    shipments = simulate(4, ["stuck_sensor"] * 20, 90, 60.0)
    assert (np.ptp(shipments.columns[TEMPERATURE][:, -25:], axis=1) == 0).all()


def test_a_cooled_box_stays_about_its_set_point() -> None:
    celsius = normal(COOLED, 60.0, 600).columns[TEMPERATURE] / 100
    assert np.median(np.quantile(celsius, 0.95, axis=1) - np.quantile(celsius, 0.05, axis=1)) < 5.0
    assert np.quantile(np.ptp(celsius, axis=1), 0.95) < 14.0


def test_a_container_follows_the_day_and_a_room_does_less() -> None:
    day, calm = (normal(p, 600.0, 144).columns[TEMPERATURE] / 100 for p in (CONTAINER, ROOM))
    assert np.median(np.ptp(day, axis=1)) > 2 * np.median(np.ptp(calm, axis=1))


def test_boxes_are_dark_and_rooms_are_lit() -> None:
    dark, lit = (np.median(normal(p, 60.0, 60).columns[LIGHT]) for p in (CONTAINER, ROOM))
    assert dark < 50 < lit


def test_cooled_boxes_are_colder_than_outside_and_machines_warmer() -> None:
    rng = np.random.default_rng(1)
    box = draw_box(rng, np.repeat(PLACES, 200))
    assert (box.setpoint < box.outside)[box.place == COOLED].all()
    assert (box.setpoint > box.outside)[box.place == MACHINE].all()


def test_saturation_is_that_of_the_tables() -> None:
    assert saturation_hpa(np.array([0.0, 20.0]))[1] == pytest.approx(23.4, abs=0.2)


def test_windows_are_cut_as_the_node_cuts_them() -> None:
    assert Plan(60, 3600).readings == 60  # full first
    assert Plan(4, 3600).readings == 60
    assert Plan(600, 3600).readings == 6  # the hour is over first
    assert Plan(700, 3600).readings == 6  # the reading at 3500 s is still in


@pytest.fixture
def _few_plans(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(climate, "PLANS", (Plan(4, 3600), Plan(60, 600), Plan(600, 3600)))


@pytest.mark.usefixtures("_few_plans")
def test_a_shipment_is_in_one_split_only_and_every_window_names_its_own() -> None:
    owners = [set(climate.simulate(s, 0.02, silent).shipments.tolist()) for s in SPLITS]
    owners += [set(weeks(TASK.uses[3], p, 0.01, silent)[0].shipments) for p in (CALIBRATION, CHECK)]
    assert sum(len(o) for o in owners) == len(set().union(*owners))


def test_a_calibration_week_is_as_long_as_a_week() -> None:
    data, count = weeks(TASK.uses[3], CALIBRATION, 0.01, silent)
    assert len(set(data.shipments.tolist())) == count
    day = 86_400_000
    assert 6 * day < data.starts_ms.max() < 7 * day
    assert set(data.faults) == {""}


@pytest.mark.usefixtures("_few_plans")
def test_every_fault_is_in_the_training_and_every_sampling_period() -> None:
    data = climate.simulate("training", 0.1, silent)
    assert set(data.faults) == {"", *FAULTS}
    steps = {w.offsets_ms[1] for w in data.windows if len(w.offsets_ms) > 1}
    assert steps == {4000, 60_000, 600_000}
