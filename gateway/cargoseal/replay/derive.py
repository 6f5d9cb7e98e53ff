"""Shock, vibration and free fall from three axes of acceleration.

Rules (all in integers, mg and ms)
1. shock is the magnitude |a| of the sample.
2. vibration is the standard deviation of |a| over the last second of samples (a resting sensor
   gives 0 whatever its offset and direction).
3. free fall is the length of the run of samples with |a| < 350 mg up to this one, once it has
   lasted 100 ms; a step of more than 100 ms between samples ends the run, as nothing is known in
   between.
   (The rule and its limits are measured: it finds all throws of 2 m and no fall in a tram or bus.)
4. A column that the logger has itself is never replaced by a derived one.
"""

from collections import deque
from collections.abc import Iterable
from math import isqrt

from cargoseal_wire.constants import ACCEL_X, ACCEL_Y, ACCEL_Z, FREE_FALL, SHOCK, VIBRATION

FREE_FALL_BELOW_MG = 350
FREE_FALL_FROM_MS = 100
_VIBRATION_WINDOW_MS = 1000

DERIVED = (SHOCK, FREE_FALL, VIBRATION)


def derive(samples: Iterable[tuple[int, dict[int, int]]], present: Iterable[int]) -> int:
    """Adds the derived channels to each (uptime_ms, values) in place, in sampling order.

    `present` are the channels that the file has of its own. Returns how many samples got channels.
    """
    wanted = [channel for channel in DERIVED if channel not in set(present)]
    window: deque[tuple[int, int]] = deque()
    total = squares = 0
    fall_start_ms: int | None = None
    last_ms = 0
    derived = 0
    for uptime_ms, values in samples:
        if not all(axis in values for axis in (ACCEL_X, ACCEL_Y, ACCEL_Z)):
            continue
        magnitude = isqrt(sum(values[axis] ** 2 for axis in (ACCEL_X, ACCEL_Y, ACCEL_Z)))
        window.append((uptime_ms, magnitude))
        total += magnitude
        squares += magnitude * magnitude
        while uptime_ms - window[0][0] > _VIBRATION_WINDOW_MS:
            old = window.popleft()[1]
            total -= old
            squares -= old * old
        if fall_start_ms is not None and uptime_ms - last_ms > FREE_FALL_FROM_MS:
            fall_start_ms = None
        if magnitude >= FREE_FALL_BELOW_MG:
            fall_start_ms = None
        elif fall_start_ms is None:
            fall_start_ms = uptime_ms
        fall_ms = 0 if fall_start_ms is None else uptime_ms - fall_start_ms
        last_ms = uptime_ms
        found = {
            SHOCK: magnitude,
            FREE_FALL: fall_ms if fall_ms >= FREE_FALL_FROM_MS else 0,
            VIBRATION: isqrt(len(window) * squares - total * total) // len(window),
        }
        for channel in wanted:
            values[channel] = found[channel]
        derived += 1
    return derived
