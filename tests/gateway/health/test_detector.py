"""The drift test on simulated fleets: silent while nothing drifts, soon there when it does."""

import numpy as np
import pytest

from cargoseal.health.detector import (
    UNITS_BETWEEN_FALSE_ALARMS,
    UNITS_TO_CLEAR,
    Detector,
    Unit,
)
from cargoseal_wire.constants import HUMIDITY, TEMPERATURE
from tests.gateway.health.fleets import PERIODS_S, Counts, fleet, reference, units

pytestmark = pytest.mark.xdist_group("fleets")  # the reference is made once

POOL = 150  # shipments per period


@pytest.fixture(scope="module")
def pool() -> list[list[Unit]]:
    """Units of fleets like the training's, by sampling period."""
    return [units(fleet(900 + n, POOL, period)) for n, period in enumerate(PERIODS_S)]


def alarms(chosen: list[Unit]) -> int:
    detector = Detector(reference())
    return sum(detector.close(unit) is not None for unit in chosen)


def first_alarm(chosen: list[Unit]) -> tuple[int, str]:
    """After how many units drift is told, and which input has changed most."""
    detector = Detector(reference())
    for number, unit in enumerate(chosen, 1):
        alarm = detector.close(unit)
        if alarm is not None:
            return number, reference().inputs[alarm.most_changed].name
    raise AssertionError(f"no alarm in {len(chosen)} units; evidence {detector.evidence():.2f}")


def test_a_fleet_like_the_training_raises_fewer_false_alarms_than_the_bound(
    pool: list[list[Unit]],
) -> None:
    chance = np.random.default_rng(1)
    whole = [unit for part in pool for unit in part]
    long = [whole[n] for n in chance.integers(0, len(whole), 10_000)]
    assert alarms(long) <= len(long) / UNITS_BETWEEN_FALSE_ALARMS


@pytest.mark.parametrize("place", range(len(PERIODS_S)))
def test_a_site_that_samples_at_one_period_only_is_no_drift(
    pool: list[list[Unit]], place: int
) -> None:
    chance = np.random.default_rng(2)
    long = [pool[place][n] for n in chance.integers(0, POOL, 5_000)]
    assert alarms(long) <= len(long) / UNITS_BETWEEN_FALSE_ALARMS


def test_a_site_with_one_usual_kind_of_goods_only_is_no_drift(pool: list[list[Unit]]) -> None:
    usual = sorted(pool[1], key=lambda unit: sum(map(sum, unit.rare)))[:3]
    for unit in usual:
        assert alarms([unit] * 3000) == 0


def humidity_shifted(counts: Counts) -> Counts:
    return {**counts, HUMIDITY: counts[HUMIDITY] + 3000}


def humidity_scaled(counts: Counts) -> Counts:
    return {**counts, HUMIDITY: counts[HUMIDITY] // 10}


def a_season_never_simulated(counts: Counts) -> Counts:
    return {**counts, TEMPERATURE: counts[TEMPERATURE] + 4000}


def noisy_sensor(counts: Counts) -> Counts:
    noise = np.random.default_rng(5).normal(0, 100, counts[TEMPERATURE].shape)
    return {**counts, TEMPERATURE: counts[TEMPERATURE] + noise.astype(np.int64)}


@pytest.mark.parametrize(
    ("change", "name", "within"),
    [
        (humidity_shifted, "humidity", 40),
        (humidity_scaled, "humidity", 40),
        (a_season_never_simulated, "temperature", 160),
        (noisy_sensor, "temperature", 40),
    ],
)
def test_drift_is_told_in_time_and_with_the_input_that_changed(
    change: object, name: str, within: int
) -> None:
    number, changed = first_alarm(units(fleet(300, within, 60.0, change=change)))  # type: ignore[arg-type]
    assert number <= within
    assert changed.split()[0] in (name, "score")


def test_drift_that_begins_late_is_told_as_soon_and_its_beginning_is_known(
    pool: list[list[Unit]],
) -> None:
    detector = Detector(reference())
    chance = np.random.default_rng(4)
    for number, n in enumerate(chance.integers(0, POOL, 1000)):
        pool[1][n].begun_ms = number
        assert detector.close(pool[1][n]) is None
    drifted = units(fleet(301, 40, 60.0, change=humidity_shifted))
    for number, unit in enumerate(drifted):
        unit.begun_ms = 1000 + number
        alarm = detector.close(unit)
        if alarm is not None:
            break
    assert alarm is not None
    assert 990 <= alarm.since_ms < 1000 + len(drifted)


def test_after_an_alarm_the_test_begins_anew_and_quiet_units_are_counted(
    pool: list[list[Unit]],
) -> None:
    detector = Detector(reference())
    for unit in units(fleet(302, 40, 60.0, change=humidity_shifted)):
        if detector.close(unit) is not None:
            break
    assert (detector.quiet, detector.evidence()) == (0, 0.0)
    for unit in pool[1][:UNITS_TO_CLEAR]:
        detector.close(unit)
    assert detector.quiet == UNITS_TO_CLEAR


def test_a_channel_that_is_not_there_is_no_drift(pool: list[list[Unit]]) -> None:
    def without_humidity(counts: Counts) -> Counts:
        return {TEMPERATURE: counts[TEMPERATURE]}

    told = units(fleet(303, 40, 60.0, change=without_humidity))
    humidity = [n for n, i in enumerate(reference().inputs) if i.name.startswith("humidity")]
    detector = Detector(reference())
    for unit in told:
        detector.close(unit)
    assert all(bet.wealth == 0.0 for n in humidity for bet in detector.bets[n])


def test_a_single_bad_shipment_is_no_drift(pool: list[list[Unit]]) -> None:
    bad = units(fleet(304, 1, 60.0, change=humidity_scaled))
    assert alarms(pool[1][:50] + bad + pool[1][50:100]) == 0
