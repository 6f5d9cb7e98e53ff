"""Simulated drops and rides that nothing was trained on or chosen by.

Seeds of their own, and among the sensors some of 8 g range and of 160 Hz, which no training window
came from. The physics is that of `models.simulate.handling`: release by hand or over an edge,
tumbling, three surfaces, bounces, sensors of 2 to 16 g at 50 to 200 Hz.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cargoseal_score.fall import fall, height_mm
from models.data.bursts import Burst, cut
from models.simulate import rides
from models.simulate.accelerometer import measure
from models.simulate.handling import DROP, Drop, simulate
from models.train.handling import cut_parts, sensor
from models.train.task import TEST

HEIGHTS_M = (0.10, 0.15, 0.20, 0.30, 0.50, 1.0, 2.0)
LOW_M = 0.20
DROPS_OF_A_HEIGHT = 400
SPIN_RAD_S = (2.0, 8.0)
OFF_CENTRE_M = (0.02, 0.12)
HEIGHT_ERROR = 0.25
RIDES_OF_A_KIND = 12
RIDE_MINUTES = 15
SEED = 20_260_703


@dataclass(frozen=True)
class Fallen:
    """A simulated drop and the burst that holds its landing, None where none was cut."""

    height_m: float
    burst: Burst | None

    def height_error(self) -> float | None:
        """Return estimated / true height - 1, None where no flight was found."""
        if self.burst is None:
            return None
        values = [int(v) for v in self.burst.magnitude()]
        fallen, _ = fall(self.burst.window.offsets_ms, values)
        return height_mm(fallen) / (1000.0 * self.height_m) - 1.0 if fallen else None


def drops() -> list[Fallen]:
    """Return tumbling drops from every height."""
    out = []
    for index, height in enumerate(HEIGHTS_M):
        for number in range(DROPS_OF_A_HEIGHT):
            rng = np.random.default_rng((SEED, index, number))
            out.append(_dropped(rng, height))
    return out


def _dropped(rng: np.random.Generator, height: float) -> Fallen:
    wanted = Drop(height, rng.uniform(*SPIN_RAD_S), rng.uniform(*OFF_CENTRE_M))
    event = simulate(rng, DROP, wanted)
    samples = measure(rng, sensor(rng, TEST), event.force_g)
    found = cut(samples.times_ms, samples.mg)
    over = [b for b in found if b.start_ms <= event.at_ms <= b.end_ms]
    return Fallen(height, over[0] if over else None)


def ridden() -> dict[str, list[list[Burst]]]:
    """Return kind of ride -> the bursts of each ride."""
    out: dict[str, list[list[Burst]]] = {}
    for index, kind in enumerate(rides.RIDES):
        out[kind] = []
        for number in range(RIDES_OF_A_KIND):
            rng = np.random.default_rng((SEED, 1000 + index, number))
            chip = sensor(rng, TEST)
            minutes = [measure(rng, chip, f) for f in rides.ride(rng, kind, RIDE_MINUTES)]
            out[kind].append(cut_parts(minutes, 10))
    return out


def hours(of_rides: Sequence[object]) -> float:
    """Return how many hours these rides last."""
    return len(of_rides) * RIDE_MINUTES / 60.0
