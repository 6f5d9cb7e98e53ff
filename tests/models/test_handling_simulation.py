"""Simulated handling keeps to its physics, and the cutter sees all that matters of a ride."""

import numpy as np
import pytest

from cargoseal_score.trigger import BurstCutter
from models.data.bursts import around_peak, cut
from models.simulate import rides
from models.simulate.accelerometer import INNER_HZ, any_rotation, draw_sensor, measure
from models.simulate.handling import (
    DROP,
    FAULTS,
    NORMAL_HANDLING,
    Drop,
    G,
    simulate,
)
from models.train.handling import TASK, sensor
from models.train.task import CALIBRATION, TEST, TRAINING


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def magnitude(force: np.ndarray) -> np.ndarray:
    return np.sqrt((force**2).sum(axis=1))


@pytest.mark.parametrize("kind", [*FAULTS, *NORMAL_HANDLING])
def test_the_same_seed_gives_the_same_event_and_another_another(kind: str) -> None:
    first, again, other = (simulate(rng(s), kind).force_g for s in (1, 1, 2))
    assert np.array_equal(first, again)
    assert first.shape != other.shape or not np.array_equal(first, other)
    assert np.isfinite(first).all()


@pytest.mark.parametrize("kind", NORMAL_HANDLING)
def test_what_is_at_rest_or_carried_feels_about_one_g_on_average(kind: str) -> None:
    levels = [magnitude(simulate(rng(s), kind).force_g).mean() for s in range(20)]
    assert 0.85 < float(np.mean(levels)) < 1.3


def test_a_box_that_does_not_turn_feels_next_to_nothing_in_flight() -> None:
    event = simulate(rng(), DROP, Drop(0.5, 0.0, 0.1, "hard"))
    at = int(event.at_ms * INNER_HZ / 1000)
    assert magnitude(event.force_g[at - 150 : at - 5]).max() < 0.35  # drag and rattle


@pytest.mark.parametrize("seed", range(8))
def test_a_turning_box_feels_what_turns_it(seed: int) -> None:
    """At most w^2 r of a steady spin, plus what a wobbling axis adds."""
    w, r = 8.0, 0.08
    event = simulate(rng(seed), DROP, Drop(0.5, w, r, "hard"))
    at = int(event.at_ms * INNER_HZ / 1000)
    felt = magnitude(event.force_g[at - 150 : at - 5])
    assert felt.max() < 2.0 * w * w * r / G + 0.35


@pytest.mark.parametrize("height", [0.1, 0.2, 1.0, 2.0])
def test_a_fall_gains_the_speed_of_its_height_while_it_is_let_go_and_free(height: float) -> None:
    """The support that is missing, integrated: g t of a body that weighs nothing."""
    for seed in range(5):
        event = simulate(rng(seed), DROP, Drop(height, 0.0, 0.0, "hard"))
        assert event.fall_ms == pytest.approx(1000 * np.sqrt(2 * height / G))
        at = int(event.at_ms * INNER_HZ / 1000)
        steps = int(1.05 * event.fall_ms * INNER_HZ / 1000)
        weight = magnitude(event.force_g[at - steps : at]).clip(0.0, 1.0)
        gained = (1.0 - weight).sum() * G / INNER_HZ
        assert gained == pytest.approx(np.sqrt(2 * G * height), rel=0.25)


def test_a_sensor_clips_at_its_range_and_rounds_to_its_steps() -> None:
    for seed in range(20):
        chip = draw_sensor(rng(seed), (8,), (2.0,))
        samples = measure(rng(seed), chip, np.full((800, 3), 9.0) @ any_rotation(rng(seed)))
        assert abs(samples.mg).max() <= 2000
        assert (np.diff(samples.times_ms) >= 0).all()


def test_rides_have_the_vibration_they_are_said_to_have() -> None:
    levels = [
        float(np.median([minute[:, 2].std() for minute in rides.ride(rng(s), rides.TRAM, 2)]))
        for s in range(12)
    ]
    assert 0.01 < min(levels) and max(levels) < 0.16


def test_only_what_lies_near_a_shock_or_a_lull_is_fed_and_nothing_is_lost() -> None:
    many = 0
    for kind in rides.RIDES:
        chip = sensor(rng(3), TRAINING)
        samples = measure(rng(4), chip, np.concatenate(rides.ride(rng(5), kind, 2)))
        cutter = BurstCutter()
        whole = [
            cutter.add(int(at), *map(int, row))
            for at, row in zip(samples.times_ms, samples.mg, strict=True)
        ]
        bursts = [b for b in [*whole, cutter.flush()] if b]
        found = cut(samples.times_ms, samples.mg)
        assert [b.start_ms for b in found] == [b[0][0] for b in bursts]
        assert [len(b.window.offsets_ms) for b in found] == [len(b) for b in bursts]
        many += len(found)
    assert many > 5


def test_a_burst_around_the_peak_holds_the_peak() -> None:
    samples = measure(rng(1), sensor(rng(1), TRAINING), simulate(rng(2), DROP).force_g)
    burst = around_peak(samples.times_ms, samples.mg)
    assert burst.magnitude().max() == pytest.approx(magnitude(samples.mg).max())


def test_splits_and_weeks_share_no_shipment() -> None:
    owners: set[int] = set()
    made = [TASK.simulate(split, 0.003, lambda _: None) for split in (TRAINING, TEST)]
    made.append(TASK.weeks(TASK.uses[0], CALIBRATION, 0.1, lambda _: None)[0])
    for data in made:
        mine = set(data.shipments.tolist())
        assert mine and not owners & mine
        owners |= mine


def test_a_window_of_a_fault_holds_its_moment() -> None:
    data = TASK.simulate(TRAINING, 0.003, lambda _: None)
    assert set(data.faults) >= set(FAULTS)
    for window in data.windows:
        assert window.offsets_ms[0] == 0
        assert len(window.offsets_ms) <= 512
        assert set(window.columns) == {12, 13, 14}
