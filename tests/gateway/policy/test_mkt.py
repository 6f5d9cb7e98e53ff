"""Mean kinetic temperature against a published leg and identities."""

import csv
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from cargoseal.policy.mkt import mean_kinetic_temperature

HOUR = 3_600_000


def test_a_real_leg_has_its_published_value(shared_data: Callable[[str], Path]) -> None:
    folder = shared_data("vectors/mkt_real_leg")
    with (folder / "leg_64.csv").open() as file:
        readings = [
            (
                int(datetime.fromisoformat(row["t_utc"]).timestamp() * 1000),
                round(float(row["temp_c"]) * 100),
            )
            for row in csv.DictReader(file)
        ]
    published = json.loads((folder / "expected.json").read_text())["published_by_third_party"]
    found = mean_kinetic_temperature(readings, 24 * HOUR)
    assert found is not None
    assert round(found.celsius, 2) == published["mkt_C"]
    assert round(found.known_ms / 60_000, 1) == published["total_min"]
    assert found.unknown_ms == 0


def test_a_constant_temperature_is_its_own_mean() -> None:
    found = mean_kinetic_temperature([(n * HOUR, 500) for n in range(10)], HOUR)
    assert found is not None
    assert found.celsius == pytest.approx(5.0)


def test_a_spike_weighs_more_than_in_the_plain_mean() -> None:
    readings = [(n * HOUR, value) for n, value in enumerate([400, 400, 400, 400, 1600])]
    found = mean_kinetic_temperature(readings, HOUR)
    assert found is not None
    assert found.celsius == pytest.approx(8.1088, abs=1e-3)


def test_unknown_time_is_told_and_not_counted() -> None:
    found = mean_kinetic_temperature([(0, 500), (HOUR, 500), (9 * HOUR, 2500)], HOUR)
    assert found is not None
    assert found.unknown_ms >= 8 * HOUR
    assert found.celsius < 25.0


def test_without_readings_there_is_no_mean() -> None:
    assert mean_kinetic_temperature([], HOUR) is None
