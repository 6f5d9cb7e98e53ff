"""What an attacker may do to a recording before it is sealed: curves that are bent, kept or copied.

Every attack takes the recordings of one shipment (one per node) and gives what its nodes would seal
instead. It strikes the first node, from the middle of the recording on unless it says otherwise.
Heat and cold come at constant vapour, as air brings them, unless a sensor is heated that has no
humidity beside it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cargoseal.policy.plausibility.vapour import vapour
from cargoseal_wire.constants import HUMIDITY, LIGHT, SHOCK, TEMPERATURE
from models.data.recording import Column, Recording

Shipment = list[Recording]
Act = Callable[[Shipment, np.random.Generator], Shipment]
MINUTE_MS = 60_000


@dataclass(frozen=True)
class Attack:
    """An attack in words and as a function; the same seed gives the same shipment.

    `altered` says what of the recording is changed; `blind` why nobody notices it, where so.
    """

    name: str
    altered: str
    act: Act
    blind: str = ""


def heated(kelvin: float, minutes: float, *, dry: bool = True) -> Act:
    """A quarter of an hour of heat (or cold) on one sensor, reached in three minutes."""

    def act(shipment: Shipment, _: np.random.Generator) -> Shipment:
        node = shipment[0]
        since = (node.times_ms - _middle_ms(node)) / MINUTE_MS
        share = np.clip(since / 3, 0, 1) * (since < minutes)
        return _changed(shipment, {**_heated(node, 100 * kelvin * share, dry)})

    return act


def _heated(node: Recording, by: NDArray[np.float64], dry: bool) -> dict[int, Column]:
    before = node.columns[TEMPERATURE]
    after = [v if v is None else v + round(float(b)) for v, b in zip(before, by, strict=True)]
    if not dry or HUMIDITY not in node.columns:
        return {TEMPERATURE: after}
    humid: Column = []
    for old, new, rh in zip(before, after, node.columns[HUMIDITY], strict=True):
        if old is None or new is None or rh is None:
            humid.append(rh)
        else:
            humid.append(min(10_000, vapour(old, rh) * 10_000 // vapour(new, 10_000)))
    return {TEMPERATURE: after, HUMIDITY: humid}


def covered(shipment: Shipment, _: np.random.Generator) -> Shipment:
    """Something dark over the light sensor."""
    return _changed(shipment, {LIGHT: _late(shipment[0], LIGHT, lambda old: [0] * len(old))})


def played_again(
    *, noise: int = 0, level: int = 0, stretch: float = 1.0, other: bool = False
) -> Act:
    """The first half once more: noisy, at another level, slower, or another node's first half."""

    def act(shipment: Shipment, chance: np.random.Generator) -> Shipment:
        node, source = shipment[0], shipment[1 if other else 0]
        columns = {}
        for channel in node.columns:
            if channel not in source.columns:
                continue
            first = source.columns[channel][: _middle(source)]

            def again(old: Column, first: Column = first) -> Column:
                places = [min(int(n / stretch), len(first) - 1) for n in range(len(old))]
                shaken = chance.integers(-noise, noise + 1, len(old)).tolist()
                return [
                    None if first[p] is None else (first[p] or 0) + s + level
                    for p, s in zip(places, shaken, strict=True)
                ]

            columns[channel] = _late(node, channel, again)
        return _changed(shipment, columns)

    return act


def stuck(shipment: Shipment, _: np.random.Generator) -> Shipment:
    """Every channel says the same over the whole recording."""
    columns: dict[int, Column] = {}
    for channel, column in shipment[0].columns.items():
        first = next((v for v in column if v is not None), None)
        columns[channel] = [None if v is None else first for v in column]
    return _changed(shipment, columns)


def shifted(kelvin: float, *, slowly: bool = False) -> Act:
    """A temperature that reads so much higher, at once or growing to the end."""

    def act(shipment: Shipment, _: np.random.Generator) -> Shipment:
        def bent(old: Column) -> Column:
            shares = np.linspace(0, 1, len(old)) if slowly else np.ones(len(old))
            return [
                None if v is None else v + round(100 * kelvin * float(s))
                for v, s in zip(old, shares, strict=True)
            ]

        return _changed(shipment, {TEMPERATURE: _late(shipment[0], TEMPERATURE, bent)})

    return act


def noisy(kelvin: float) -> Act:
    """Noise of this deviation on the temperature."""

    def act(shipment: Shipment, chance: np.random.Generator) -> Shipment:
        def shaken(old: Column) -> Column:
            by = np.round(chance.normal(0, 100 * kelvin, len(old))).astype(int).tolist()
            return [None if v is None else v + b for v, b in zip(old, by, strict=True)]

        return _changed(shipment, {TEMPERATURE: _late(shipment[0], TEMPERATURE, shaken)})

    return act


def swapped(shipment: Shipment, _: np.random.Generator) -> Shipment:
    """Two nodes' sensors exchanged from the middle on."""
    one, two = shipment[0], shipment[1]
    both = [channel for channel in one.columns if channel in two.columns]
    exchanged = [
        replace(a, columns={**a.columns, **{c: _late(a, c, _of(b, c)) for c in both}})
        for a, b in ((one, two), (two, one))
    ]
    return [*exchanged, *shipment[2:]]


def _of(other: Recording, channel: int) -> Callable[[Column], Column]:
    late = other.columns[channel][_middle(other) :]
    return lambda old: [late[min(n, len(late) - 1)] for n in range(len(old))]


def clipped(channel: int, most: int) -> Act:
    """Values held just under a limit, over the whole recording."""

    def act(shipment: Shipment, _: np.random.Generator) -> Shipment:
        held = [v if v is None else min(v, most) for v in shipment[0].columns[channel]]
        return _changed(shipment, {channel: held})

    return act


def hugging(level_mg: int, share: float) -> Act:
    """Blows just under the level that counts, in a share of the readings."""

    def act(shipment: Shipment, chance: np.random.Generator) -> Shipment:
        struck = chance.random(len(shipment[0])) < share
        blows = [
            level_mg if hit else v
            for v, hit in zip(shipment[0].columns[SHOCK], struck.tolist(), strict=True)
        ]
        return _changed(shipment, {SHOCK: blows})

    return act


def _middle(recording: Recording) -> int:
    return len(recording) // 2


def _middle_ms(recording: Recording) -> int:
    return int(recording.times_ms[_middle(recording)])


def _late(node: Recording, channel: int, change: Callable[[Column], Column]) -> Column:
    """The channel with its second half changed."""
    column, middle = node.columns[channel], _middle(node)
    return [*column[:middle], *change(column[middle:])]


def _changed(shipment: Sequence[Recording], columns: dict[int, Column]) -> Shipment:
    node = shipment[0]
    return [replace(node, columns={**node.columns, **columns}), *shipment[1:]]
