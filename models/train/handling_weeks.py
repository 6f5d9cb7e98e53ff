"""What normal transport is: how a parcel, a container by rail and a container at sea are shaken.

Thresholds follow from these days (`models.evaluate.calibrate`). Nobody has recorded acceleration
over weeks of transport, so they are made of simulated rides (`models.simulate.rides`), and how much
of each is set by what is known of real containers: how many reports of a shock of 5 g or more a
week brings. Hours that start no burst change nothing and are left out.

    use               what is known                                 what a simulated week has
    dry-goods-rail    66 reports of 5 g or more in 4 weeks by rail  8 h by rail, 1 h by truck: 13
                      (schenker_containers, SOURCE.md): 16.5 a      minutes with 5 g or more
                      week
    dry-goods-sea     devices A, C, F, H (train): 28 such reports   2 h of rough sea, 45 minutes by
                      in 14.7 weeks: 1.9 a week, 3.6 on the worst   truck: 2.4 minutes with 5 g or
                      device. In motion 0.7 to 7 h a week           more
    parcel            nothing; assumed                              3 h by truck, half an hour by
                                                                    van, 6 min by forklift, handled
                                                                    with all kinds of care on 3 days

So a week is about as rough as a real one, by the only measure that there is: by rail a little less,
at sea a little more. (Counted in the calibration's bursts of sensors of 16 g; half of the simulated
ones have less, and show less. Device B, of the first count, is a public recording.)

What is simulated are single days, each with vehicles of its own. A policy that pauses for a day
tells at most one alarm a day, so the alarms of a week are at most those of its seven days, whatever
they have in common. With K days of which s have an alarm the rate is at most 7 (s + 1) / (K + 1) a
week: 280 days without any alarm would show 0.025, where twenty weeks could show no less than 0.33.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from models.simulate import rides
from models.train.task import Use


@dataclass(frozen=True)
class Leg:
    """Minutes by one vehicle on so many days of a week."""

    minutes: int
    days: int


@dataclass(frozen=True)
class Way:
    """What a shipment goes through: legs by kind of ride, on how many days of a week it is handled,
    and how many days are simulated for each of calibration and check."""

    legs: Mapping[str, Leg]
    handled: int
    simulated: int


PARCEL, RAIL, SEA = "parcel", "dry-goods-rail", "dry-goods-sea"
WAYS = {
    PARCEL: Way(
        {rides.TRUCK: Leg(60, 3), rides.TRAM: Leg(30, 1), rides.FORKLIFT: Leg(6, 1)}, 3, 140
    ),
    RAIL: Way({rides.RAIL: Leg(69, 7), rides.TRUCK: Leg(60, 1)}, 0, 280),
    SEA: Way({rides.SHIP: Leg(20, 6), rides.TRUCK: Leg(45, 1)}, 0, 280),
}
ONE_A_MONTH = 0.2  # a week; 7 / 30 with something to spare
USES = (
    Use(
        PARCEL,
        "a parcel: 3 h by truck, half an hour by van or tram, 6 min by forklift, handled 21 times",
        alarms_per_week=0.5,
        days=1,
    ),
    Use(
        RAIL,
        "a container by rail: 8 h of shunting and rough track, 1 h by truck",
        alarms_per_week=ONE_A_MONTH,
        days=1,
    ),
    Use(
        SEA,
        "a container at sea: 2 h of rough sea, 45 minutes by truck",
        alarms_per_week=ONE_A_MONTH,
        days=1,
    ),
)
