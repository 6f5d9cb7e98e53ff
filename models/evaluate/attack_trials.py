"""Attacks on recordings: on which recordings each is tried, and by what it was noticed.

Four kinds of shipment: rooms (several nodes side by side, two hours), a freezer (one node), a
container by rail (one node, weeks), a box that is thrown (bursts only). Each is judged as it is and
attacked; noticed is what is said of the attacked one and not of the untouched one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from cargoseal.policy.profile import load_profile
from models.data.catalogue import load
from models.data.recording import Recording
from models.evaluate.attack_judge import ONLY_TRIED, PLAUSIBILITY, ROOM, Judge, shipped_with
from models.evaluate.attack_list import (
    ALTERED,
    CONTAINER_ATTACKS,
    FREEZER_ATTACKS,
    ROOM_ATTACKS,
    SENDINGS,
)
from models.evaluate.attacks import Attack
from models.evaluate.detectors import Detectors
from models.evaluate.forged import forgeries
from models.evaluate.watched import bursts_of, noticed
from models.evaluate.windows import CutWindow

SEED = 3
TWO_HOURS_MS = 110 * 60_000


@dataclass(frozen=True)
class Tried:
    """An attack, what it altered on which shipments, in how many each means noticed it, and why
    nobody does."""

    name: str
    altered: str
    on: str
    shipments: int
    by: dict[str, int]
    blind: str = ""

    @property
    def noticed(self) -> bool:
        """Whether anything that ships noticed it."""
        return any(not word.endswith(ONLY_TRIED) for word in self.by)

    @property
    def words(self) -> str:
        """By what it was noticed, with counts where not always; why not, where by nothing that
        ships."""
        parts = [
            word if count == self.shipments else f"{word} ({count} of {self.shipments})"
            for word, count in sorted(self.by.items(), key=lambda item: (-item[1], item[0]))
        ]
        if self.noticed:
            return ", ".join(parts)
        why = f"**not noticed**: {self.blind or 'the reason is not known'}"
        return f"{why}; {', '.join(parts)}" if parts else why


def _tried(
    acts: Sequence[Attack], shipments: Sequence[list[Recording]], judge: Judge
) -> list[Tried]:
    calm = [judge(shipment) for shipment in shipments]
    out = []
    for attack in acts:
        found = [
            judge(attack.act(shipment, np.random.default_rng(SEED))) - known
            for shipment, known in zip(shipments, calm, strict=True)
        ]
        out.append(_count(attack.name, attack.altered, _on(shipments), found, attack.blind))
    return out


def _count(name: str, altered: str, on: str, found: Sequence[set[str]], blind: str = "") -> Tried:
    words = sorted({word for one in found for word in one})
    by = {word: sum(word in one for one in found) for word in words}
    return Tried(name, altered, on, len(found), by, blind)


def _on(shipments: Sequence[list[Recording]]) -> str:
    """Return which recordings, in words."""
    first = shipments[0][0]
    if len(shipments[0]) == 1:
        return f"{first.set}: {', '.join(nodes[0].name for nodes in shipments)}"
    parted = [nodes[0].device.rpartition(" ") for nodes in shipments]
    places = ", ".join(dict.fromkeys(place for place, _, _ in parted))
    numbers = ", ".join(number for _, _, number in parted)
    return f"{first.set}: {places} {numbers} ({len(shipments[0])} nodes)"


def rooms(data: Path, detectors: Detectors) -> list[Tried]:
    """Attacks on one node of several in a room."""
    by_session: dict[str, list[Recording]] = {}
    for recording in load(data, "room_climate_doors"):
        by_session.setdefault(recording.device, []).append(recording)
    shipments = [
        nodes
        for nodes in by_session.values()
        if len(nodes) > 1 and int(nodes[0].times_ms[-1] - nodes[0].times_ms[0]) >= TWO_HOURS_MS
    ]
    judge = Judge(detectors, ROOM + PLAUSIBILITY, "any")
    return _tried(ROOM_ATTACKS, shipments, judge) if shipments else []


def freezer(data: Path, detectors: Detectors) -> list[Tried]:
    """Attacks on a single node of a freezer, under its profile."""
    shipments = [[recording] for recording in load(data, "freezer_celsi")]
    use = "frozen-minus-15"
    return _tried(FREEZER_ATTACKS, shipments, Judge(detectors, shipped_with(use), use))


def container(data: Path, detectors: Detectors) -> list[Tried]:
    """Attacks on a container's blows, and on what is sent of it and when."""
    rail = [r for r in load(data, "schenker_containers") if r.name == "device_B"]
    shipments = [[recording] for recording in rail]
    if not shipments:
        return []
    judge = Judge(detectors, shipped_with("dry-goods-rail"), "dry-goods")
    tried = _tried(CONTAINER_ATTACKS, shipments, judge)
    calm = [judge(shipment) for shipment in shipments]
    for name, altered, sending in SENDINGS:
        found = [judge(s, sending) - known for s, known in zip(shipments, calm, strict=True)]
        tried.append(_count(name, altered, _on(shipments), found))
    return tried


def box(data: Path, detectors: Detectors) -> list[Tried]:
    """Bursts of throws: one of them kept back, and the fall's impact padded away."""
    streams = [r for r in load(data, "bosch_xdk_box") if "throw" in r.name]
    thrown = {r.name: bursts_of(1, r) for r in streams}
    name = max(thrown, key=lambda one: len(thrown[one]), default="")
    sent = thrown.get(name, [])
    if len(sent) < 3:
        return []
    profile = load_profile("sensor-box")
    calm = noticed(profile, sent)
    withheld = noticed(profile, [one for one in sent if one.counter != 2]) - calm
    soft = [replace(one, window=_padded(one.window)) for one in sent]
    still = noticed(profile, soft) & {"free fall"}
    on = f"bosch_xdk_box: {name}"
    return [
        _count("a burst withheld", "the second burst is not sent", on, [withheld]),
        _count(
            "falls padded: no sample over 1.9 g",
            "every axis held within 1.1 g",
            on,
            [still],
            "without an impact nothing tells a fall from a swing",
        ),
    ]


def made_up(_: Path, __: Detectors) -> list[Tried]:
    """Segments that were changed or made up after sealing: tried on one that is made up here."""
    on = "a segment made up here"
    return [Tried(name, ALTERED[name], on, 1, {why: 1} if why else {}) for name, why in forgeries()]


TRIALS = (rooms, freezer, container, box, made_up)


def _padded(window: CutWindow) -> CutWindow:
    """The burst with every axis held below 1.1 g."""
    columns = {
        channel: [v if v is None else max(-1100, min(1100, v)) for v in column]
        for channel, column in window.columns.items()
    }
    return replace(window, columns=columns)
