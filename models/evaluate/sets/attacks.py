"""Attacks on recordings: which of them the gateway notices, by what, and which it does not.

Four shipments: rooms (five nodes side by side, two hours), a freezer (one node), a container (one
node, weeks), a box that is thrown (bursts only). Each is judged as it is and attacked; noticed is
what is said of the attacked one and not of the untouched one. The profiles are those of such goods
with every plausibility rule on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from cargoseal.policy.profile import Profile, load_profile, parse_profile
from cargoseal_wire.constants import TEMPERATURE
from models.data.catalogue import load
from models.data.recording import MissingSetError, Recording
from models.evaluate import attacks as a
from models.evaluate.detectors import Detector, Detectors
from models.evaluate.forged import forgeries
from models.evaluate.result import Goal, Row, SetResult
from models.evaluate.watched import Sending, Sent, bursts_of, noticed, sent_by
from models.evaluate.windows import CutWindow, cut

ORDER = 60
SEED = 3
TWO_HOURS_MS = 110 * 60_000
Progress = Callable[[str], None]

ROOM = """
schema = 1
name = "room"
version = 1
title = "Goods in a room"
[[limit]]
name = "hot"
channel = "temperature"
kind = "single"
above = 30
minutes = 5
[[limit]]
name = "cold"
channel = "temperature"
kind = "single"
below = 15
minutes = 5
[gap]
hold_minutes = 10
hole_minutes = 30
[silence]
minutes = 90
"""
PLAUSIBILITY = """
[plausibility.alone]
kelvin = 3
[plausibility.vapour]
kelvin = 5
[plausibility.shaded]
dark_lux = 2
light_lux = 50
[plausibility.stuck]
hours = 2
moved = 0.2
[plausibility.replay]
readings = 24
"""


@dataclass(frozen=True)
class Tried:
    """An attack, the shipments it was tried on, and in how many each means noticed it."""

    name: str
    shipments: int
    by: dict[str, int]

    @property
    def words(self) -> str:
        """By what it was noticed, with counts where not always; the limits beside them."""
        if not self.by:
            return "**not noticed**"
        parts = [
            word if count == self.shipments else f"{word} ({count} of {self.shipments})"
            for word, count in sorted(self.by.items(), key=lambda item: (-item[1], item[0]))
        ]
        return ", ".join(parts)


def evaluate(data: Path, detectors: Detectors, progress: Progress) -> SetResult | None:
    """Return the table of attacks; None where DATA has none of the sets."""
    tried: list[Tried] = []
    for try_ in (_rooms, _freezer, _container, _box):
        try:
            tried += try_(data, detectors)
        except MissingSetError:
            continue
        progress(f"attacks: {len(tried)} tried")
    if not tried:
        return None
    tried += [Tried(name, 1, {why: 1} if why else {}) for name, why in forgeries()]
    seen = [one for one in tried if one.by]
    rules = [one for one in tried if "limits" in one.by]
    missed = ", ".join(one.name for one in tried if not one.by)
    return SetResult(
        "attacks",
        TEXT,
        rows=[Row(one.name, {}, note=one.words) for one in tried],
        goals=[
            Goal(
                "attacks tried on the recordings",
                "a table of what was noticed",
                True,
                f"{len(seen)} of {len(tried)} noticed; not: {missed or 'none'}",
                f"limits alone: {len(rules)}",
                ORDER,
            )
        ],
        facts={one.name: {"shipments": one.shipments, "noticed_by": one.by} for one in tried},
    )


TEXT = (
    "Each attack was tried on real recordings and judged by the gateway's policy with every"
    " plausibility rule on and by every climate detector. A word is a rule that said something of"
    " the attacked shipment and nothing of the untouched one; `alone`, `vapour`, `shaded`, `stuck`"
    " and `replay` are plausibility rules, the rest are a profile's own. Drift is not in the table:"
    " it is told over many shipments, never of one. What is not noticed is said so: a curve that"
    " stays within the limits, looks like transport and repeats nothing to the last digit is"
    " believed, if the node that seals it is."
)


def _tried(
    acts: Sequence[a.Attack], shipments: Sequence[list[Recording]], judge: "Judge"
) -> list[Tried]:
    calm = [judge(shipment) for shipment in shipments]
    return [
        _count(
            attack.name,
            [
                judge(attack.act(shipment, np.random.default_rng(SEED))) - known
                for shipment, known in zip(shipments, calm, strict=True)
            ],
        )
        for attack in acts
    ]


def _count(name: str, found: Sequence[set[str]]) -> Tried:
    words = sorted({word for one in found for word in one})
    return Tried(name, len(found), {word: sum(word in one for one in found) for word in words})


class Judge:
    """A profile and the detectors that look at one kind of shipment."""

    def __init__(self, detectors: Detectors, text: str, use: str) -> None:
        self._detectors = detectors
        self._text = text
        self._use = use

    def __call__(self, shipment: Sequence[Recording], sending: Sending | None = None) -> set[str]:
        found: set[str] = set()
        for detector in self._detectors.climate:
            sent = [
                one
                for number, recording in enumerate(shipment, 1)
                for one in sent_by(number, cut(recording), detector, self._detectors)
            ]
            words = noticed(self._profile(detector), sending(sent) if sending else sent)
            found |= {f"score of the {detector.name}" if w == "score" else w for w in words}
        return found

    def _profile(self, detector: Detector) -> Profile:
        point = detector.point(self._use)
        anomaly = (
            f"[anomaly]\nthreshold = {max(1, int(point.threshold))}\n"
            f"windows = {point.windows}\nof = {point.of}\n"
        )
        return parse_profile(self._text + anomaly, "attacks")


def _shipped_with(name: str) -> str:
    """A shipped profile's text with every plausibility rule, without its own model's rule."""
    text = load_profile(name).text
    head, _, rest = text.partition("\n[anomaly]\n")
    if rest:
        text = head + "\n[" + rest.partition("\n[")[2]
    return text + PLAUSIBILITY


def _rooms(data: Path, detectors: Detectors) -> list[Tried]:
    by_session: dict[str, list[Recording]] = {}
    for recording in load(data, "room_climate_doors"):
        by_session.setdefault(recording.device, []).append(recording)
    shipments = [
        nodes
        for nodes in by_session.values()
        if len(nodes) > 1 and int(nodes[0].times_ms[-1] - nodes[0].times_ms[0]) >= TWO_HOURS_MS
    ]
    acts = [
        a.Attack("heat gun on one sensor (+20 K)", a.heated(20, 15)),
        a.Attack("a little heat on one sensor (+4 K)", a.heated(4, 15)),
        a.Attack("temperature forged upwards (+20 K), humidity left", a.heated(20, 15, dry=False)),
        a.Attack("ice on one sensor (-12 K)", a.heated(-12, 15)),
        a.Attack("light sensor covered", a.covered),
        a.Attack("first half played again", a.played_again()),
        a.Attack("first half played again, 2 K higher", a.played_again(level=200)),
        a.Attack("another node's curve played", a.played_again(other=True)),
        a.Attack("first half again, last digit shaken", a.played_again(noise=1)),
        a.Attack("first half again, a quarter slower", a.played_again(stretch=1.25)),
        a.Attack("sensor stuck for two hours", a.stuck),
        a.Attack("slow ramp under the limit (+3 K in an hour)", a.shifted(3, slowly=True)),
        a.Attack("constant error (-2 K)", a.shifted(-2)),
        a.Attack("noise added (0.5 K)", a.noisy(0.5)),
        a.Attack("two nodes' sensors swapped", a.swapped),
    ]
    judge = Judge(detectors, ROOM + PLAUSIBILITY, "any")
    return _tried(acts, shipments, judge) if shipments else []


def _freezer(data: Path, detectors: Detectors) -> list[Tried]:
    shipments = [[recording] for recording in load(data, "freezer_celsi")]
    acts = [
        a.Attack(
            "warm-ups of a freezer cut off just under the limit", a.clipped(TEMPERATURE, -1501)
        ),
        a.Attack("a freezer's first half played again", a.played_again()),
        a.Attack("a freezer's temperature forged upwards (+20 K)", a.heated(20, 120, dry=False)),
    ]
    return _tried(
        acts, shipments, Judge(detectors, _shipped_with("frozen-minus-15"), "frozen-minus-15")
    )


def _container(data: Path, detectors: Detectors) -> list[Tried]:
    rail = [r for r in load(data, "schenker_containers") if r.name == "device_B"]
    shipments = [[recording] for recording in rail]
    if not shipments:
        return []
    judge = Judge(detectors, _shipped_with("dry-goods-rail"), "dry-goods")
    acts = [a.Attack("blows just under the level that counts (4.9 g)", a.hugging(4900, 0.3))]
    calm = [judge(shipment) for shipment in shipments]
    sendings: list[tuple[str, Sending]] = [
        ("every fifth window withheld", lambda sent: [s for s in sent if s.counter % 5]),
        ("node switched off for twelve hours", _switched_off),
        ("node's clock put a day ahead", _clock_ahead),
    ]
    tried = _tried(acts, shipments, judge)
    for name, sending in sendings:
        found = [judge(s, sending) - known for s, known in zip(shipments, calm, strict=True)]
        tried.append(_count(name, found))
    return tried


def _box(data: Path, detectors: Detectors) -> list[Tried]:
    """Bursts of throws: one of them kept back, and the fall's impact padded away."""
    thrown = [bursts_of(1, r) for r in load(data, "bosch_xdk_box") if "throw" in r.name]
    sent = max(thrown, key=len, default=[])
    if len(sent) < 3:
        return []
    profile = load_profile("sensor-box")
    calm = noticed(profile, sent)
    withheld = noticed(profile, [one for one in sent if one.counter != 2]) - calm
    soft = [replace(one, window=_padded(one.window)) for one in sent]
    still = noticed(profile, soft) & {"free fall"}
    return [
        _count("a burst withheld", [withheld]),
        _count("falls padded: no sample over 1.9 g", [still]),
    ]


def _padded(window: CutWindow) -> CutWindow:
    """The burst with every axis held below 1.1 g."""
    columns = {
        channel: [v if v is None else max(-1100, min(1100, v)) for v in column]
        for channel, column in window.columns.items()
    }
    return replace(window, columns=columns)


def _switched_off(sent: list[Sent]) -> list[Sent]:
    """Nothing is sealed for twelve hours: the chain has no gap, the numbers go on."""
    middle = sent[len(sent) // 2].received_ms
    kept = [s for s in sent if not middle <= s.received_ms < middle + 12 * 3_600_000]
    return [replace(s, counter=n) for n, s in enumerate(kept, 1)]


def _clock_ahead(sent: list[Sent]) -> list[Sent]:
    half = len(sent) // 2
    return sent[:half] + [replace(s, clock_off_ms=86_400_000) for s in sent[half:]]
