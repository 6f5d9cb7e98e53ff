"""What the steps of a check know: the bundle, the chain, and what earlier steps made of them."""

from dataclasses import dataclass, field

from cargoseal.audit.view import ChainEvent, ChainStatus, ChainView, PostedBatch
from cargoseal.evidence.bundle import Anchor, Bundle
from cargoseal.evidence.entries import Entry, Opened, SegmentEntry, Verdict
from cargoseal.policy.facts import SegmentFacts
from cargoseal.policy.profile import Profile
from cargoseal_score.model import Model
from cargoseal_wire.sections import Claim, Readings
from cargoseal_wire.segment import Segment
from cargoseal_wire.statement import Statement


@dataclass(slots=True)
class Checked:
    """A segment whose seal was checked. A section is None until it was checked, or if withheld."""

    position: int  # of its entry
    entry: SegmentEntry
    segment: Segment
    statement: Statement
    claim: Claim | None = None
    readings: Readings | None = None

    @property
    def facts(self) -> SegmentFacts | None:
        """For the policy; None while its readings are withheld."""
        if self.readings is None:
            return None
        return SegmentFacts(self.entry.seal_digest, self.statement, self.readings)

    @property
    def name(self) -> str:
        return f"entry {self.position}, node {self.entry.node.hex()} counter {self.entry.counter}"


@dataclass(slots=True)
class Case:
    """Filled step by step; a step reads only what the steps it needs have made."""

    data: bytes
    token: int
    view: ChainView
    bundle: Bundle = field(default_factory=lambda: Bundle(0, [], [], [], [], []))
    entries: list[Entry] = field(default_factory=list)
    profile: Profile | None = None
    status: ChainStatus | None = None
    history: list[ChainEvent] = field(default_factory=list)
    anchors: list[Anchor] = field(default_factory=list)  # those that the chain confirms
    checked: dict[int, Checked] = field(default_factory=dict)  # by position
    models: dict[bytes, Model] = field(default_factory=dict)
    verdicts: list[tuple[int, Verdict]] = field(default_factory=list)

    @property
    def opened(self) -> Opened:
        first = self.entries[0]
        assert isinstance(first, Opened)  # noqa: S101  step 2 made sure
        return first

    @property
    def anchored(self) -> int:
        """How many entries the chain vouches for."""
        return max((anchor.head.size for anchor in self.anchors), default=0)

    def batches(self) -> dict[int, PostedBatch]:
        """The batches of the token's gateway by their number."""
        gateway = self.status.gateway if self.status else 0
        return {
            event.seq: event
            for event in self.history
            if isinstance(event, PostedBatch) and event.gateway == gateway
        }
