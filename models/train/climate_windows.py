"""Cuts simulated shipments into windows as the node cuts them, with what its world takes away.

A window holds 60 readings, or as many as fit into the node's longest window. Some are cut short (an
alarm closes one early; where a node has a door's contact and its alarm, the reading with which the
door opens is a window's last), some nodes have no humidity, light or pressure sensor or no contact,
some lose single values: faulty shipments no less than whole ones. A window of a shipment with a
fault counts as one that shows it where the fault has bent its readings by more than `SHOWS` times
what the sensor can tell; its other windows are left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from models.simulate.shipment import (
    DOOR,
    HUMIDITY,
    LIGHT,
    PRESSURE,
    TEMPERATURE,
    WHOLE,
    Shipments,
)
from models.train.dataset import Column, Dataset, Window

MAX_READINGS = 60
SHORT_WINDOWS = 0.15
SPARSE_SHIPMENTS = 0.2
EQUIPMENT = (
    (TEMPERATURE,),
    (TEMPERATURE, HUMIDITY),
    (TEMPERATURE, LIGHT),
    (TEMPERATURE, HUMIDITY, LIGHT),
)
EQUIPMENT_SHARES = (0.2, 0.3, 0.1, 0.4)
EXTRAS = ((), (PRESSURE,), (DOOR,), (PRESSURE, DOOR))
EXTRA_SHARES = (0.45, 0.2, 0.15, 0.2)
DOOR_ALARMS = 0.5  # of the nodes with a contact: how many close a window when the door opens
SHOWS = 5.0

Rng = np.random.Generator


@dataclass(frozen=True)
class Plan:
    """How a node samples: every period_s, windows of at most longest_s."""

    period_s: float
    longest_s: float

    @property
    def readings(self) -> int:
        """How many readings a full window holds."""
        return min(MAX_READINGS, -int(-self.longest_s // self.period_s))


@dataclass
class _Cut:
    """Windows as they come, with what `Dataset` wants to know of each."""

    windows: list[Window] = field(default_factory=list)
    owners: list[int] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    starts_ms: list[int] = field(default_factory=list)
    groups: list[int] = field(default_factory=list)


def cut(seed: int, plan: Plan, shipments: Shipments, faults: Sequence[str], number: int) -> Dataset:
    """Return the windows of simulated shipments, which are numbered from the seed on.

    `number` is the plan's: with place and equipment it makes a window's group.
    """
    rng = np.random.default_rng(seed + 1)
    more = np.random.default_rng(seed + 2)
    found = _Cut()
    for i, fault in enumerate(faults):
        equipment = int(rng.choice(len(EQUIPMENT), p=EQUIPMENT_SHARES))
        kept = float(rng.uniform(0.3, 0.95)) if rng.random() < SPARSE_SHIPMENTS else 1.0
        extra = int(more.choice(len(EXTRAS), p=EXTRA_SHARES))
        alarms = DOOR in EXTRAS[extra] and bool(more.random() < DOOR_ALARMS)
        group = 1000 * number + 100 * extra + 10 * equipment + int(shipments.places[i])
        before = len(found.windows)
        channels = EQUIPMENT[equipment] + EXTRAS[extra]
        _cut_one(rng, found, plan, shipments, i, fault, channels, kept, alarms)
        found.groups += [group] * (len(found.windows) - before)
        found.owners += [seed + i] * (len(found.windows) - before)
    return Dataset(
        found.windows,
        np.array(found.owners, np.int64),
        found.faults,
        np.array(found.starts_ms, np.int64),
        np.array(found.groups, np.int64),
    )


def _cut_one(
    rng: Rng,
    found: _Cut,
    plan: Plan,
    shipments: Shipments,
    i: int,
    fault: str,
    channels: tuple[int, ...],
    kept: float,
    alarms: bool,
) -> None:
    total = shipments.columns[TEMPERATURE].shape[1]
    for first in range(0, total - plan.readings + 1, plan.readings):
        rows = _rows(rng, first, plan.readings)
        if alarms:
            rows = _until_opened(shipments.columns[DOOR][i], rows)
        columns = {c: _thinned(rng, shipments.columns[c][i, rows], kept) for c in channels}
        if fault != WHOLE and not _shows(shipments, i, channels, rows):
            continue
        offsets = [round(k * plan.period_s * 1000) for k in range(rows.stop - rows.start)]
        found.windows.append(Window(offsets, columns))
        found.faults.append(fault)
        found.starts_ms.append(round(first * plan.period_s * 1000))


def _rows(rng: Rng, first: int, length: int) -> slice:
    """Return the readings of a window: all, or fewer where an alarm closed it early."""
    if length < 4 or rng.random() >= SHORT_WINDOWS:
        return slice(first, first + length)
    return slice(first, first + int(rng.integers(2, length)))


def _until_opened(door: NDArray[np.float64], rows: slice) -> slice:
    """Return the readings up to the one with which the door opens."""
    before = door[rows.start - 1] if rows.start else 0.0
    opens = np.flatnonzero(np.diff(door[rows], prepend=before) > 0)
    return slice(rows.start, rows.start + int(opens[0]) + 1) if len(opens) else rows


def _shows(shipments: Shipments, i: int, channels: tuple[int, ...], rows: slice) -> bool:
    for channel in channels:
        changed = shipments.changed[channel][i, rows]
        least = SHOWS * shipments.finest[channel][i]
        level = 0.0 if channel == DOOR else float(changed.mean())  # a door's is known: closed
        if float(np.abs(changed - level).max()) >= least:
            return True
    return False


def _thinned(rng: Rng, counts: NDArray[np.float64], kept: float) -> Column:
    values: Column = [int(v) for v in counts.tolist()]
    if kept < 1.0:
        present = rng.random(len(values)) < kept
        values = [v if p else None for v, p in zip(values, present.tolist(), strict=True)]
    return values
