"""A chain made of recorded values, and the bundle of a story anchored on it.

It does what the contract and an honest poster do, one verdict per batch, and nothing else; the real
ones are met in tests/e2e.
"""

from dataclasses import dataclass, field, replace

from cargoseal.audit.view import ChainEvent, ChainStatus, PostedBatch, ReviewedToken
from cargoseal.chain.updates import Update
from cargoseal.evidence.bundle import Anchor, Bundle, shipped_models
from cargoseal.evidence.entries import Assigned, Opened, Review, Verdict, encode
from cargoseal.evidence.heads import Head, batch_root, head_path
from cargoseal.evidence.shipment import Written
from cargoseal.policy.terms import Condition, Doubt, Lifecycle, Rule
from cargoseal_wire.merkle import leaf_hash, root
from tests.gateway.policy.world import CHAIN_ID, CONTRACT, DEPLOYMENT, MODEL, Story

OTHERS = [Head(3, 5, bytes(32)), Head(900, 1, b"\x01" * 32)]  # other shipments of the gateway


@dataclass
class FakeChain:
    """`ChainView` over recorded values."""

    status: ChainStatus
    keys: dict[bytes, bytes]
    events: list[ChainEvent] = field(default_factory=list)
    anchors: list[Anchor] = field(default_factory=list)
    name: str = DEPLOYMENT
    models: set[bytes] | None = None  # those active in the registry; None: no registry

    def chain_id(self) -> int:
        return CHAIN_ID

    def contract(self) -> bytes:
        return CONTRACT

    def deployment(self) -> str:
        return self.name

    def status_of(self, token: int) -> ChainStatus | None:
        return self.status if token == 7 else None

    def history(self, token: int) -> list[ChainEvent]:
        return self.events

    def device_key(self, node: bytes) -> bytes | None:
        return self.keys.get(node)

    def model_active(self, digest: bytes) -> bool | None:
        return None if self.models is None else digest in self.models

    def post(self, encoded: list[bytes], verdict: Verdict | None) -> None:
        """One batch: the heads of all logs, and one verdict of this one."""
        seq = len([event for event in self.events if isinstance(event, PostedBatch)])
        head = Head(7, len(encoded), root([leaf_hash(data) for data in encoded]))
        heads = sorted([*OTHERS, head])
        updates = b""
        if verdict is not None:
            updates = Update(3, 1, 0, 100, 0, 0, 0).pack() + update_of(verdict, self.reviews())
            self.tell(verdict)
        index, path = head_path(heads, 7)
        self.events.append(PostedBatch(1, seq, batch_root(heads), updates))
        self.anchors.append(Anchor(seq, head, index, len(heads), path, batch_root(heads)))

    def tell(self, verdict: Verdict) -> None:
        """The token's status after an update."""
        self.status = replace(
            self.status,
            condition=verdict.condition,
            doubts=verdict.doubts,
            health=verdict.health,
            rule=verdict.rule,
            score=verdict.score,
            since_s=verdict.since_ms // 1000,
        )

    def reviews(self) -> int:
        return sum(isinstance(event, ReviewedToken) for event in self.events)

    def review(self, review: Review) -> None:
        self.events.append(ReviewedToken(review.condition, int(review.reason), review.opening))
        self.status = replace(self.status, condition=review.condition, rule=Rule.REVIEW)


def update_of(verdict: Verdict, reviews: int = 0) -> bytes:
    """What an honest poster sends for a verdict."""
    return Update(
        7,
        int(verdict.condition),
        int(verdict.doubts),
        verdict.health,
        int(verdict.rule),
        verdict.score,
        verdict.since_ms // 1000,
        reviews,
    ).pack()


def minted(profile: bytes) -> ChainStatus:
    """A token's status before anything was posted."""
    return ChainStatus(
        Condition.SOUND,
        Lifecycle.CREATED,
        Doubt(0),
        100,
        Rule.NONE,
        0,
        0,
        1,
        profile,
        False,
    )


def run_chain(story: Story) -> FakeChain:
    """Everything an honest gateway would have posted about a story, and a last heartbeat."""
    written: list[Written] = story.written
    encoded = [encode(item.entry) for item in written]
    opened = written[0].entry
    assert isinstance(opened, Opened)
    status = minted(opened.profile_digest)
    keys = {w.entry.node: w.entry.public_key for w in written if isinstance(w.entry, Assigned)}
    chain = FakeChain(status, keys)
    chain.post(encoded[:1], None)
    for item in written:
        if item.post and isinstance(item.entry, Verdict):
            chain.post(encoded[: item.position + 1], item.entry)
        if isinstance(item.entry, Review):
            chain.review(item.entry)
    chain.post(encoded, None)
    return chain


def bundle_of(story: Story, chain: FakeChain) -> Bundle:
    """What the gateway would export."""
    return Bundle(
        7,
        [encode(entry) for entry in story.entries],
        [sealed.raw for sealed in story.segments],
        chain.anchors,
        [shipped_models()[MODEL.digest]],
        [],
    )
