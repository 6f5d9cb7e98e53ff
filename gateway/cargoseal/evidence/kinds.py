"""What an entry of an evidence log can say: one class per type. Plain values; see entries.py."""

from dataclasses import dataclass
from typing import Any, ClassVar

from cargoseal.policy.terms import Condition, Doubt, Reason, Rule

Snapshot = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SegmentEntry:
    """A verified segment, by its digests; `received_ms` is the gateway's time."""

    TYPE: ClassVar[int] = 1
    seal_digest: bytes
    claim_digest: bytes
    model: bytes
    node: bytes
    counter: int
    score: int
    received_ms: int

    @property
    def time_ms(self) -> int:
        return self.received_ms


@dataclass(frozen=True, slots=True)
class Opened:
    """The log begins: the token, its profile (canonical CBOR and its SHA-256), the deployment."""

    TYPE: ClassVar[int] = 2
    token: int
    profile_digest: bytes
    profile: bytes
    audience: bytes
    time_ms: int


@dataclass(frozen=True, slots=True)
class Assigned:
    """From `from_ms` on, what the node seals is evidence about the shipment."""

    TYPE: ClassVar[int] = 3
    node: bytes
    public_key: bytes
    from_ms: int
    time_ms: int


@dataclass(frozen=True, slots=True)
class Released:
    """Windows of the node that start at `to_ms` or later are no evidence any more."""

    TYPE: ClassVar[int] = 4
    node: bytes
    to_ms: int
    time_ms: int


@dataclass(frozen=True, slots=True)
class Gap:
    """Sealed segments between two counters are missing: the chain does not join."""

    TYPE: ClassVar[int] = 5
    node: bytes
    after: int
    before: int
    time_ms: int


@dataclass(frozen=True, slots=True)
class GapClosed:
    """Of a gap that was noted, at least one segment has come; what is left is noted anew."""

    TYPE: ClassVar[int] = 6
    node: bytes
    after: int
    before: int
    time_ms: int


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing was heard of the node from `since_ms` until the note was due."""

    TYPE: ClassVar[int] = 7
    node: bytes
    since_ms: int
    noted_ms: int

    @property
    def time_ms(self) -> int:
        return self.noted_ms


@dataclass(frozen=True, slots=True)
class HeardAgain:
    """A silent node was heard."""

    TYPE: ClassVar[int] = 8
    node: bytes
    time_ms: int


@dataclass(frozen=True, slots=True)
class Leg:
    """Readings from `from_ms` on that enter the log after this belong to the leg."""

    TYPE: ClassVar[int] = 9
    leg: str
    from_ms: int
    time_ms: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the policy concluded, with the rule's values and what was measured (`snapshot`).

    `evidence` holds positions of entries, `corrects` the verdict that this one takes back.
    """

    TYPE: ClassVar[int] = 10
    condition: Condition
    doubts: Doubt
    rule: Rule
    health: int
    score: int
    since_ms: int
    snapshot: Snapshot
    evidence: tuple[int, ...]
    corrects: int | None
    time_ms: int

    @property
    def on_chain(self) -> tuple[Condition, Doubt, Rule, int]:
        """What must be posted when it changes."""
        return self.condition, self.doubts, self.rule, self.since_ms


@dataclass(frozen=True, slots=True)
class Review:
    """A person's verdict. `opening` is the digest of who it was and their comment, salted."""

    TYPE: ClassVar[int] = 11
    condition: Condition
    reason: Reason
    opening: bytes
    evidence: bytes
    corrects: int | None
    time_ms: int


@dataclass(frozen=True, slots=True)
class ChainBreak:
    """The segment `counter` does not name the one before it as its predecessor."""

    TYPE: ClassVar[int] = 12
    node: bytes
    counter: int
    time_ms: int


@dataclass(frozen=True, slots=True)
class Revoked:
    """The node's key is not believed any more from `at_ms` on."""

    TYPE: ClassVar[int] = 13
    node: bytes
    at_ms: int
    time_ms: int


@dataclass(frozen=True, slots=True)
class Closed:
    """The log ends: nothing is expected of any node any more."""

    TYPE: ClassVar[int] = 14
    time_ms: int


Entry = (
    SegmentEntry
    | Opened
    | Assigned
    | Released
    | Gap
    | GapClosed
    | Silence
    | HeardAgain
    | Leg
    | Verdict
    | Review
    | ChainBreak
    | Revoked
    | Closed
)

TYPES: dict[int, type[Any]] = {
    kind.TYPE: kind
    for kind in (
        SegmentEntry,
        Opened,
        Assigned,
        Released,
        Gap,
        GapClosed,
        Silence,
        HeardAgain,
        Leg,
        Verdict,
        Review,
        ChainBreak,
        Revoked,
        Closed,
    )
}
