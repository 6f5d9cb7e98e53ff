"""The days from which handling's thresholds follow: whole, in order, and as rough as is said."""

import numpy as np
import pytest

from cargoseal.policy.profile import load_profile
from models.evaluate.levels import DAY_MS
from models.simulate import rides
from models.train.handling import TASK
from models.train.handling_weeks import PARCEL, RAIL, SEA, USES, WAYS
from models.train.task import CALIBRATION, CHECK

FEW = 0.03  # of the days that the shipped thresholds rest on


def silent(message: str) -> None:
    """No progress in the tests."""


@pytest.mark.parametrize("use", USES, ids=lambda use: use.name)
def test_a_days_bursts_lie_within_it_and_in_the_order_of_time(use: object) -> None:
    one = next(u for u in USES if u is use)
    data, count = TASK.weeks(one, CALIBRATION, FEW, silent)
    assert count == max(2, round(WAYS[one.name].simulated * FEW))
    names = np.unique(data.shipments)
    assert 0 < len(names) <= count
    for name in names:
        starts = data.starts_ms[data.shipments == name]
        assert (np.diff(starts) >= 0).all()
        assert 0 <= starts[0] and starts[-1] < DAY_MS


def test_the_same_day_is_the_same_again_and_a_check_day_is_another() -> None:
    use = next(u for u in USES if u.name == SEA)
    first, again = (TASK.weeks(use, CALIBRATION, FEW, silent)[0] for _ in range(2))
    assert first.starts_ms.tolist() == again.starts_ms.tolist()
    assert first.windows == again.windows
    other, _ = TASK.weeks(use, CHECK, FEW, silent)
    assert not {*first.shipments.tolist()} & {*other.shipments.tolist()}


def test_a_container_by_rail_is_shaken_for_eight_hours_a_week_and_one_at_sea_for_less() -> None:
    hours = {
        name: {kind: leg.minutes * leg.days / 60 for kind, leg in way.legs.items()}
        for name, way in WAYS.items()
    }
    assert hours[RAIL] == pytest.approx({rides.RAIL: 8.0, rides.TRUCK: 1.0}, abs=0.1)
    assert hours[SEA] == {rides.SHIP: 2.0, rides.TRUCK: 0.75}
    assert hours[PARCEL] == {rides.TRUCK: 3.0, rides.TRAM: 0.5, rides.FORKLIFT: 0.1}


def test_a_pause_lasts_as_long_as_what_is_simulated_and_containers_have_profiles() -> None:
    for use in USES:
        assert use.cool_down_h * 3_600_000 >= use.days * DAY_MS
        if use.name != PARCEL:
            assert load_profile(use.name).name == use.name


def test_what_was_asked_for_can_be_shown_with_so_many_days() -> None:
    for use in USES:
        assert 7 / (WAYS[use.name].simulated + 1) < use.alarms_per_week / 2
