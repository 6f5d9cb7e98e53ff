"""From scores to alarms, row after row: what a policy may know is what was before.

The distance is the root of the score, in int8 steps. An alarm begins when it exceeds the threshold
and ends when it falls to a share of it (`hold`), so that a distance at the threshold does not
flicker. After a great deviation the threshold is a share of the largest distance so far
(`aftermath`): what is left while the loop settles is no new alarm. The largest distance is
forgotten by half within `HALF_LIFE` rows. The price: a small anomaly soon after a great one is not
seen.

Only this benchmark's alarms are made here. A gateway's policy counts alarming windows.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

HALF_LIFE = 500

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Policy:
    """When an alarm begins and ends."""

    threshold: int  # int8 steps
    hold: float = 1.0  # share of the threshold down to which an alarm lasts; 1: none
    aftermath: float = 0.0  # share of the largest distance that is no alarm any more; 0: none


def alarms(distances: Floats, policy: Policy) -> Bools:
    """Return per row [rows] whether there is an alarm. distances: [rows]."""
    return np.array([on[0, 0] for on, _ in states(distances[:, None], [policy])], bool)


def limits(distances: Floats, policy: Policy) -> Floats:
    """Return per row [rows] the distance from which an alarm begins."""
    return np.array([limit[0, 0] for _, limit in states(distances[:, None], [policy])])


def states(distances: Floats, policies: list[Policy]) -> Iterator[tuple[Bools, Floats]]:
    """Yield per row every policy's alarm and limit for every series [policies, series].

    distances: [rows, series].
    """
    threshold = np.array([[p.threshold] for p in policies], np.float64)
    hold = np.array([[p.hold] for p in policies])
    aftermath = np.array([[p.aftermath] for p in policies])
    remember = 0.5 ** (1 / HALF_LIFE)
    largest = np.zeros((1, distances.shape[1]))
    on = np.zeros((len(policies), distances.shape[1]), bool)
    for row in distances:
        largest = np.maximum(largest * remember, row)
        limit = np.maximum(threshold, aftermath * largest)
        on = (row > limit) | (on & (row > hold * limit))
        yield on, limit
