"""A store as a gateway leaves it after a day: five shipments, through the real wire and recorder.

Token 1 stays sound, 2 is flagged by one node, 3 compromised by two, 4 falls silent with a label
that tries to be markup, 5 has not been heard yet.
"""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from cargoseal import registry
from cargoseal.health import Reference
from cargoseal.health.making import make_reference
from cargoseal.ingest.committer import Arrival, Committer
from cargoseal.policy.profile import load_profile
from cargoseal.recorder import Recorder
from cargoseal.scoring import load_models, rescore, shipped
from cargoseal.store import Store
from cargoseal_score.model import KIND_HANDLING, Model
from cargoseal_wire import constants as c
from cargoseal_wire.sections import Claim, Location, Readings
from cargoseal_wire.segment import Segment
from tests.gateway.running import FixedClock
from tests.gateway.sealing import AUDIENCE, MINUTE_MS, START_MS, SealingNode, small_model

HOSTILE = "<script>alert(1)</script> & “quotes”"
LISBON = (387_000_000, -91_000_000)
Curve = Callable[[int], float]  # minutes since the start → °C


@dataclass
class StoryNode(SealingNode):
    """A node whose temperature follows a curve."""

    curve: Curve = lambda minute: 5.0
    readings: int = 30
    chance: random.Random = field(default_factory=lambda: random.Random(5))
    bursts: int = 0  # sealed between the windows, under numbers of their own

    def make(self, counter: int, previous: bytes, **changes: Any) -> tuple[Segment, bytes]:
        start = (counter - self.bursts) * self.readings * MINUTE_MS
        return super().make(
            counter, previous, **{"start_ms": START_MS + start, "uptime_ms": start, **changes}
        )

    def _values(self) -> Readings:
        first = (self.counter - self.bursts) * self.readings
        minutes = range(first, first + self.readings)
        noise = self.chance.gauss
        columns: dict[int, list[int | None]] = {
            c.TEMPERATURE: [round(100 * (self.curve(m) + noise(0, 0.05))) for m in minutes],
            c.HUMIDITY: [round(100 * (55 + 4 * math.sin(m / 90) + noise(0, 0.4))) for m in minutes],
            c.DOOR: [0] * self.readings,
            c.SHOCK: [
                1000 + int(abs(noise(0, 250))) + (2600 if m % 97 == 5 else 0) for m in minutes
            ],
        }
        offsets = [i * MINUTE_MS for i in range(self.readings)]
        return Readings(self._salt(), bytes(c.SENSORS_BYTES), 0, offsets, columns)

    def seal_burst(self) -> bytes:
        """A drop from about 0.8 m, 40 samples in the air."""
        self.counter += 1
        self.bursts += 1
        shape = [1000] * 60 + [30] * 40 + [16_000, 3000] + [1000] * 40
        offsets = [10 * i for i in range(len(shape))]
        columns: dict[int, list[int | None]] = {
            c.ACCEL_X: [0] * len(shape),
            c.ACCEL_Y: [0] * len(shape),
            c.ACCEL_Z: list(shape),
        }
        readings = Readings(self._salt(), bytes(c.SENSORS_BYTES), 0, offsets, columns)
        model_input, score = rescore(HANDLING, readings)
        segment, self.previous = self.make(
            self.counter,
            self.previous,
            readings=readings.encode(),
            claim=Claim(self._salt(), model_input, score).encode(),
            model=HANDLING.digest,
            kind=c.HANDLING,
            count=len(shape),
            duration_ms=offsets[-1],
        )
        return segment.encode()

    def seal_with_fix(self) -> bytes:
        """The next segment, with a place in it."""
        self.counter += 1
        place = Location(self._salt(), [(0, *LISBON, 12, 1)]).encode()
        segment, self.previous = self.make(self.counter, self.previous, location=place)
        return segment.encode()


def calm(minute: int) -> float:
    return 5 + 0.8 * math.sin(minute / 45)


def warm(minute: int) -> float:
    """Over 8 °C for about 50 minutes, once."""
    return calm(minute) + 4.5 * math.exp(-(((minute - 420) / 32) ** 2))


STORIES: dict[int, tuple[str, list[tuple[int, Curve, int]]]] = {
    1: ("Lisbon to Oslo, pallet 4", [(11, calm, 40), (12, calm, 40)]),
    2: ("Porto to Gdańsk", [(21, warm, 40)]),
    3: ("Genoa to Turku", [(31, warm, 40), (32, warm, 40)]),
    4: (HOSTILE, [(41, calm, 14)]),
    5: ("Not departed", [(51, calm, 0)]),
    6: ("Dropped on the dock", [(61, calm, 40)]),
}
DROPPED = 6  # its node seals a burst beside its fourth window
HANDLING = small_model(KIND_HANDLING)


def strange_reference(model: Model) -> Reference:
    """A reference of a training that never saw what the story's nodes send."""
    chance = np.random.default_rng(3)
    return make_reference(model, chance.integers(-128, -100, (400, model.inputs), np.int8))


def tell(folder: Path) -> tuple[Store, FixedClock]:
    """The store at the end of the day, and its clock."""
    store = Store(folder / "gateway.db")
    clock = FixedClock(START_MS)
    profile = load_profile("vaccine-2-8")
    models = load_models()
    model = shipped(c.CLIMATE).model
    fleet: list[tuple[StoryNode, int]] = []
    for token, (label, members) in STORIES.items():
        registry.create_shipment(
            store,
            token,
            profile_name=profile.name,
            profile_digest=profile.digest,
            profile_text=profile.text,
            now_ms=START_MS,
            label=label,
        )
        for seed, curve, segments in members:
            node = StoryNode(seed, model=model, curve=curve, chance=random.Random(seed))
            registry.enroll_node(store, node.public_key, node.receipt_key, now_ms=START_MS)
            registry.assign_node(store, token, node.node, from_ms=START_MS)
            fleet.append((node, segments))
    recorder = Recorder(store, clock, AUDIENCE, {model.digest: strange_reference(model)})
    committer = Committer(store, AUDIENCE, {**models, HANDLING.digest: HANDLING})
    dropped = fleet[-1][0]
    for number in range(40):
        clock.value = START_MS + (number + 2) * 30 * MINUTE_MS
        arrivals = [
            Arrival(
                node.seal_with_fix() if number == 3 else node.seal(),
                node.topic,
                False,
                clock.value,
            )
            for node, segments in fleet
            if number < segments
        ]
        if number == DROPPED:
            arrivals.append(Arrival(dropped.seal_burst(), dropped.topic, False, clock.value))
        committer.commit(arrivals)
        recorder.step()
    return store, clock
