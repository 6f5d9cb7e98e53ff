"""One shipment through the policy: what of it the gateway would notice, and by what.

Windows are cut as a node cuts them and scored by a detector; statements are made as a node makes
them, chain and clock included. Seals are left out: what a seal protects is tried apart.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from cargoseal.evidence.entries import Assigned, Opened, Released, SegmentEntry, Verdict
from cargoseal.evidence.shipment import ShipmentLog
from cargoseal.policy.facts import SegmentFacts
from cargoseal.policy.profile import Profile
from cargoseal.policy.terms import Doubt, Rule
from cargoseal_wire import constants as c
from cargoseal_wire.sections import Readings
from models.data import bursts
from models.data.recording import Recording
from models.evaluate.detectors import Detector, Detectors
from models.evaluate.stated import stated
from models.evaluate.windows import CutWindow

RULES = {
    Rule.SINGLE_LIMIT: "limits",
    Rule.CUMULATIVE_LIMIT: "limits",
    Rule.SHOCK_RATE: "shock rate",
    Rule.FREE_FALL: "free fall",
    Rule.ANOMALY: "score",
    Rule.IMPLAUSIBLE: "replay",
    Rule.TAMPER: "tamper",
    Rule.DOOR: "door",
}
DOUBTS = {
    Doubt.SILENT: "silence",
    Doubt.CLOCK_UNSOUND: "clock",
    Doubt.GAP_IN_EVIDENCE: "gap",
}
MINUTE_MS = 60_000


@dataclass(frozen=True)
class Sent:
    """A window as a node sends it: under a number, at a time, with what its clock said."""

    node: bytes
    counter: int
    window: CutWindow
    score: int
    received_ms: int
    clock_off_ms: int = 0
    kind: int = c.CLIMATE


Sending = Callable[[list[Sent]], list[Sent]]


def sent_by(
    number: int, windows: Sequence[CutWindow], detector: Detector, detectors: Detectors
) -> list[Sent]:
    """The windows of the number-th node, each received when it is over."""
    node = bytes([number]) * c.NODE_BYTES
    scores = detectors.scores(detector, windows)
    return [
        Sent(node, counter, window, int(score), window.end_ms)
        for counter, (window, score) in enumerate(zip(windows, scores, strict=True), 1)
    ]


def bursts_of(number: int, recording: Recording) -> list[Sent]:
    """The bursts that the number-th node cuts out of a stream, unscored."""
    node = bytes([number]) * c.NODE_BYTES
    axes = [[v or 0 for v in recording.columns[axis]] for axis in bursts.ACCEL]
    found = bursts.cut(recording.times_ms, np.array(axes, np.int64).T)
    return [
        Sent(
            node,
            counter,
            CutWindow(b.window.offsets_ms, b.window.columns, 0, 0, b.start_ms, b.end_ms),
            0,
            b.end_ms,
            kind=c.HANDLING,
        )
        for counter, b in enumerate(found, 1)
    ]


def noticed(profile: Profile, sent: Iterable[Sent]) -> set[str]:
    """By what the gateway noticed something, in words; in the order of receipt, to the end."""
    ordered = sorted(sent, key=lambda one: (one.received_ms, one.node, one.counter))
    opened_ms = min(one.window.start_ms for one in ordered)
    log = ShipmentLog(1, profile)
    found: list[Verdict] = []
    checks: set[str] = set()

    def take(written: Iterable[object]) -> None:
        found.extend(one.entry for one in written if isinstance(one.entry, Verdict))  # type: ignore[attr-defined]

    take(log.append(Opened(1, profile.digest, profile.canonical, bytes(32), opened_ms)))
    for node in sorted({one.node for one in ordered}):
        take(log.append(Assigned(node, bytes(32), opened_ms, opened_ms)))
    for one in ordered:
        facts = _facts(one)
        take(log.segment(_entry(one, facts), facts))
        for some in log.fold.judge.plausibility.contradictions().values():
            checks |= {contradiction.check for contradiction in some}
    end_ms = ordered[-1].received_ms + profile.gap.grace_minutes * MINUTE_MS
    for fact in log.attendance.due(end_ms):
        take(log.append(fact))
    for node in sorted({one.node for one in ordered}):
        take(log.append(Released(node, end_ms, end_ms)))
    words = {RULES[verdict.rule] for verdict in found if verdict.rule in RULES}
    doubts = {word for verdict in found for d, word in DOUBTS.items() if d in verdict.doubts}
    return words | doubts | checks


def _seal(node: bytes, counter: int) -> bytes:
    return hashlib.sha256(node + counter.to_bytes(8, "big")).digest()


def _facts(one: Sent) -> SegmentFacts:
    window = one.window
    first = one.counter == 1
    statement = stated(
        one.node,
        one.counter,
        c.NO_SEGMENT if first else _seal(one.node, one.counter - 1),
        window.start_ms + one.clock_off_ms,
        window.offsets_ms,
        uptime_ms=window.start_ms,
        kind=one.kind,
    )
    readings = Readings(bytes(16), bytes(8), 0, window.offsets_ms, dict(window.columns))
    return SegmentFacts(_seal(one.node, one.counter), statement, readings)


def _entry(one: Sent, facts: SegmentFacts) -> SegmentEntry:
    s = facts.statement
    return SegmentEntry(
        facts.seal_digest, bytes(32), s.model, s.node, s.counter, one.score, one.received_ms
    )
