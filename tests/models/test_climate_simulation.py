"""The simulated climate keeps to its physics, and a fault changes what it should."""

import numpy as np
import pytest

from models.simulate import shipment
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
    DOOR,
    FAULTS,
    HUMIDITY,
    LIGHT,
    PRESSURE,
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
    bounds |= {PRESSURE: (3000, 12_500), DOOR: (0, 1)}
    assert set(bounds) == set(shipments.columns)
    for channel, (low, high) in bounds.items():
        column = shipments.columns[channel]
        assert column.shape == (160, 60)
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


def test_a_door_is_open_exactly_while_it_was_opened() -> None:
    shipments = simulate(4, ["door_left_open", "door_opened", WHOLE, "steam"] * 20, 60, 60.0)
    door = shipments.columns[DOOR]
    left, opened = door[0::4], door[1::4]
    assert left[:, -1].all() and not left[:, :7].any()
    assert (opened.sum(axis=1) >= 1).all() and (opened.sum(axis=1) <= 15).all()
    assert not door[2::4].any() and not door[3::4].any()


def test_hills_and_flights_move_the_pressure_and_a_room_stays_where_it_is() -> None:
    ways, room = (normal(p, 60.0, 600, 400).columns[PRESSURE] / 10 for p in (COOLED, ROOM))
    assert np.quantile(np.ptp(room, axis=1), 0.95) < 10.0  # the weather of ten hours
    assert np.median(np.ptp(ways, axis=1)) > np.median(np.ptp(room, axis=1))
    flown = (ways.min(axis=1) < 870).mean()  # above about 1,300 m
    assert 0.01 < flown < 0.12


def test_the_weather_does_not_jump() -> None:
    room = normal(ROOM, 60.0, 300).columns[PRESSURE] / 10
    assert np.abs(np.diff(room, axis=1)).max() < 2.0  # a fan's step, and noise
    hours = np.abs(room[:, 180:] - room[:, :-180]).mean(axis=1)
    assert 0.4 < np.median(hours) < 2.5  # hPa in three hours


def test_a_broken_seal_lets_the_boxs_own_pressure_go() -> None:
    shipments = simulate(4, ["seal_broken"] * 60, 240, 60.0)
    left = np.abs(shipments.changed[PRESSURE]).max(axis=1) / 10
    assert (left > 5.0).mean() > 0.9
    assert not shipments.changed[TEMPERATURE].any()


def test_water_over_the_node_weighs_and_is_wet() -> None:
    shipments = simulate(4, ["flooded"] * 60, 240, 60.0)
    assert (shipments.changed[PRESSURE].max(axis=1) > 30).mean() > 0.95
    assert np.median(shipments.changed[HUMIDITY].max(axis=1)) > 500


def test_the_pressure_is_drawn_apart_from_the_other_channels(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = normal(CONTAINER, 600.0, 30, 3).columns
    monkeypatch.setattr(shipment, "SURROUNDINGS", 8)
    after = normal(CONTAINER, 600.0, 30, 3).columns
    same = {channel: (before[channel] == after[channel]).all() for channel in before}
    assert same == {TEMPERATURE: True, HUMIDITY: True, PRESSURE: False, LIGHT: True, DOOR: True}


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
