"""Shipments made of sealed segments, for tests of policy, evidence and audit.

Rules
1. Everything is a function of its arguments: no clock, no chance.
2. Segments go through the real wire and are sealed with PyNaCl; scores are the real model's, or
   what a test says (`score`) where only the policy is looked at.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nacl.signing import SigningKey

from cargoseal.evidence.entries import (
    Assigned,
    Entry,
    Opened,
    SegmentEntry,
    Verdict,
)
from cargoseal.evidence.shipment import ShipmentLog, Written
from cargoseal.policy.facts import SegmentFacts
from cargoseal.policy.profile import Profile, parse_profile
from cargoseal.scoring import rescore, shipped
from cargoseal_score.model import Model
from cargoseal_wire import constants as c
from cargoseal_wire.identity import audience, node_id
from cargoseal_wire.sections import Claim, Location, Readings, section_digest
from cargoseal_wire.segment import Segment, decode_segment, seal_digest, seal_statement
from cargoseal_wire.statement import Statement, decode_statement

START_MS = 1_700_000_000_000
MINUTE = 60_000
HOUR = 60 * MINUTE
CONTRACT = bytes(range(20))
CHAIN_ID = 31337
DEPLOYMENT = "tests"
AUDIENCE = audience(CHAIN_ID, CONTRACT, DEPLOYMENT)
MODEL: Model = shipped(c.CLIMATE).model

Row = tuple[int, Mapping[int, int | None]]  # (minutes from START_MS, values by channel)


def profile(body: str = "", *, hold: int = 30, grace: int = 10, silence: int = 240) -> Profile:
    """A profile of the rules in `body` with a name and what every profile needs."""
    head = 'schema = 1\nname = "test"\nversion = 1\ntitle = "A test"\n'
    needs = "" if "[gap]" in body else f"[gap]\nhold_minutes = {hold}\ngrace_minutes = {grace}\n"
    quiet = "" if "[silence]" in body else f"[silence]\nminutes = {silence}\n"
    return parse_profile(head + body + needs + quiet, "test.toml")


WARM = """
[[limit]]
name = "warm"
channel = "temperature"
kind = "single"
above = 8
minutes = 30
"""


@dataclass(frozen=True)
class Sealed:
    """A sealed segment and what the log says of it."""

    raw: bytes
    facts: SegmentFacts
    score: int
    received_ms: int

    @property
    def entry(self) -> SegmentEntry:
        s = self.facts.statement
        return SegmentEntry(
            self.facts.seal_digest,
            s.claim_digest,
            s.model,
            s.node,
            s.counter,
            self.score,
            self.received_ms,
        )


@dataclass
class Box:
    """A node: one key, one counter, one chain, one power cycle after another."""

    seed: int = 1
    counter: int = 0
    previous: bytes = c.NO_SEGMENT
    boot: int = 1
    booted_ms: int = START_MS - 24 * HOUR
    sensors: bytes = bytes(c.SENSORS_BYTES)
    sealed: list[Sealed] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._key = SigningKey(hashlib.sha256(b"box %d" % self.seed).digest())
        self.public_key = bytes(self._key.verify_key)
        self.node = node_id(self.public_key)

    def sign(self, message: bytes) -> bytes:
        return bytes(self._key.sign(message).signature)

    def seal(
        self,
        rows: Sequence[Row],
        *,
        late_ms: int = 0,
        score: int | None = None,
        faults: int = 0,
        skip: int = 0,
        location: Sequence[tuple[int, int, int, int, int]] = (),
        **changes: Any,
    ) -> Sealed:
        """The next segment; received `late_ms` after its last reading."""
        self.counter += 1 + skip
        start = START_MS + round(rows[0][0] * MINUTE)
        offsets = [round((minutes - rows[0][0]) * MINUTE) for minutes, _ in rows]
        channels = sorted({channel for _, values in rows for channel in values})
        columns = {ch: [values.get(ch) for _, values in rows] for ch in channels}
        readings = Readings(self._salt(b"r"), self.sensors, faults, offsets, columns)
        model_input, said = rescore(MODEL, readings)
        score = said if score is None else score
        claim = Claim(self._salt(b"c"), model_input, score).encode()
        place = Location(self._salt(b"l"), list(location)).encode()
        fields: dict[str, Any] = {
            "audience": AUDIENCE,
            "node": self.node,
            "previous": self.previous,
            "model": MODEL.digest,
            "claim_digest": section_digest(claim),
            "readings_digest": section_digest(readings.encode()),
            "location_digest": section_digest(place),
            "kind": c.CLIMATE,
            "boot": self.boot,
            "counter": self.counter,
            "start_ms": start,
            "uptime_ms": start - self.booted_ms,
            "duration_ms": offsets[-1],
            "clock_source": c.GNSS,
            "clock_error_ms": 1000,
            "count": len(rows),
            "dropped": 0,
            "flags": 0,
            "application": 0,
            "configuration": 0,
        }
        fields.update(changes)
        statement = Statement(**fields).encode()
        seal = seal_statement(statement, self.node, self.sign)
        self.previous = seal_digest(seal)
        segment = Segment(seal, statement, claim, readings.encode(), place)
        received = start + offsets[-1] + late_ms
        facts = SegmentFacts(self.previous, decode_statement(statement), readings)
        sealed = Sealed(segment.encode(), facts, score, received)
        self.sealed.append(sealed)
        return sealed

    def burst(
        self,
        minute: float,
        magnitudes: Sequence[int],
        *,
        score: int = 0,
        step_ms: int = 10,
        late_ms: int = 0,
        **changes: Any,
    ) -> Sealed:
        """The next segment, a burst of |a| in mg along one axis."""
        rows = [
            (minute + n * step_ms / MINUTE, {c.ACCEL_X: 0, c.ACCEL_Y: 0, c.ACCEL_Z: value})
            for n, value in enumerate(magnitudes)
        ]
        return self.seal(rows, score=score, late_ms=late_ms, kind=c.HANDLING, **changes)

    def _salt(self, kind: bytes) -> bytes:
        return hashlib.sha256(b"%d %s %d" % (self.seed, kind, self.counter)).digest()[:16]


def steady(
    first: int, last: int, value: int | None, channel: int = c.TEMPERATURE, step: int = 1
) -> list[Row]:
    """Rows of one value from minute `first` up to `last`."""
    return [(minute, {channel: value}) for minute in range(first, last + 1, step)]


def drop(fall_ms: int, impact_mg: int = 12_000) -> list[int]:
    """A burst at 100 Hz: at rest, in the air, an impact, at rest again."""
    return [1000] * 60 + [40] * (fall_ms // 10) + [impact_mg, 3000, 1800] + [1000] * 40


BUMP = [1000] * 100 + [2600, 1900] + [1000] * 48


class Story:
    """A shipment's log as the recorder would write it."""

    def __init__(self, rules: Profile, *boxes: Box, opened_ms: int = START_MS - HOUR) -> None:
        self.log = ShipmentLog(7, rules)
        self.written: list[Written] = []
        self.segments: list[Sealed] = []
        opened = Opened(7, rules.digest, rules.canonical, AUDIENCE, opened_ms)
        self.fact(opened)
        for box in boxes:
            self.fact(Assigned(box.node, box.public_key, opened_ms, opened_ms))

    def fact(self, entry: Entry) -> list[Verdict]:
        return self._take(self.log.append(entry))

    def until(self, now_ms: int) -> list[Verdict]:
        """Time passes; what is due by then enters the log."""
        found = []
        for entry in self.log.attendance.due(now_ms):
            found += self.fact(entry)
        return found

    def receive(self, *sealed: Sealed) -> list[Verdict]:
        found = []
        for one in sealed:
            self.segments.append(one)
            found += self._take(self.log.segment(one.entry, one.facts))
        return found

    def _take(self, written: Iterable[Written]) -> list[Verdict]:
        new = list(written)
        self.written += new
        return [w.entry for w in new if isinstance(w.entry, Verdict)]

    @property
    def entries(self) -> list[Entry]:
        return [w.entry for w in self.written]

    @property
    def verdicts(self) -> list[Verdict]:
        return [entry for entry in self.entries if isinstance(entry, Verdict)]

    @property
    def posted(self) -> list[Verdict]:
        return [w.entry for w in self.written if w.post and isinstance(w.entry, Verdict)]

    @property
    def last(self) -> Verdict:
        return self.verdicts[-1]


__all__ = ["AUDIENCE", "HOUR", "MINUTE", "START_MS", "Box", "Sealed", "Story", "decode_segment"]
