"""From a bundle to the call that refutes a gateway: choose the leaf, check it, write it down.

Steps, for each segment's entry of the log, in order
1. It is a lie that can be shown (lies.py).
2. It is under a head of this log that is in a root which the chain has of that gateway. The
   earliest such post is cited: the token's condition goes back only if the post that made it worse
   was not before the cited one.
3. It was not refuted already.
4. Who asks has nothing against it: the simulation, which knows what no reader of a bundle does.
What is refused in step 2 to 4 ends nothing: the leaf's next lie is tried, then the next leaf's.

What the caller must still do: commit, wait a block, send (acting.py).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from cargoseal.dispute.ground import Ground
from cargoseal.dispute.lies import Kind, Lie, find_lies
from cargoseal.dispute.offered import Leaf, Offered
from cargoseal.dispute.proof import NoProof
from cargoseal.evidence.bundle import Anchor
from cargoseal_score.model import Model
from cargoseal_wire.merkle import leaf_hash

_FUNCTIONS = {
    Kind.SCORE: "refuteScore",
    Kind.SIGNATURE: "refuteSignature",
    Kind.STATEMENT: "refuteStatement",
}


@dataclass(frozen=True)
class Refutation:
    """A lie under an anchor of `gateway`'s post `seq`. `citation` is the contract's Leaf."""

    token: int
    gateway: int
    seq: int
    leaf: Leaf
    lie: Lie
    citation: tuple[object, ...]

    @property
    def leaf_hash(self) -> bytes:
        return leaf_hash(self.leaf.data)

    @property
    def function(self) -> str:
        return _FUNCTIONS[self.lie.kind]

    def arguments(self, salt: bytes) -> tuple[object, ...]:
        return (self.citation, salt, *self.lie.arguments)


Tried = Callable[[Refutation], None]


def find_refutation(
    offered: Offered,
    gateway: int,
    ground: Ground,
    models: Mapping[bytes, Model],
    position: int | None = None,
    tried: Tried = lambda _: None,
) -> Refutation:
    """The first lie of the log, or the one at a position, that can be proved, as a call. `tried`
    raises NoProof for what would be refused. Raises NoProof when no lie is left."""
    reasons: list[str] = []
    unseen = False
    sealers = {node: ground.sealer_at(node, 0, 0) for node in _nodes(offered)}
    for leaf in _chosen(offered, position):
        lies, hidden = find_lies(leaf, ground.audience(), sealers[leaf.entry.node], models)
        for lie in lies:
            try:
                found = _cite(offered, leaf, lie, gateway, ground)
                tried(found)
                return found
            except NoProof as refused:
                reasons += refused.reasons
        if hidden:
            unseen = True
            reasons += [f"{leaf.name}: {hidden[0]}"] if not lies else []
        elif not lies and position is not None:
            reasons.append(f"{leaf.name}: it is true: seal, statement and score are right")
    if not reasons:
        reasons = [f"all {len(offered.leaves)} segments in the log are what their nodes sealed"]
    raise NoProof(list(dict.fromkeys(reasons)), unseen)


def _nodes(offered: Offered) -> set[bytes]:
    return {leaf.entry.node for leaf in offered.leaves}


def _chosen(offered: Offered, position: int | None) -> Iterator[Leaf]:
    if position is None:
        yield from offered.leaves
        return
    found = [leaf for leaf in offered.leaves if leaf.position == position]
    if not found:
        raise NoProof([f"entry {position}: expected a segment's entry, got another or none"])
    yield from found


def _cite(offered: Offered, leaf: Leaf, lie: Lie, gateway: int, ground: Ground) -> Refutation:
    if ground.is_refuted(gateway, offered.token, leaf_hash(leaf.data)):
        raise NoProof([f"{leaf.name}: gateway {gateway} was refuted by it already"])
    for anchor in offered.anchors_of(leaf):
        if ground.root_of(gateway, anchor.seq) == anchor.batch_root:
            citation = _citation(offered, leaf, anchor, gateway)
            return Refutation(offered.token, gateway, anchor.seq, leaf, lie, citation)
    raise NoProof([f"{leaf.name}: {lie.words}; but under no root of gateway {gateway} on chain"])


def _citation(offered: Offered, leaf: Leaf, anchor: Anchor, gateway: int) -> tuple[object, ...]:
    """In the order of the contract's structs Leaf, Head and Path."""
    head = (anchor.head.token, anchor.head.size, anchor.head.root)
    head_path = (anchor.index, anchor.heads, anchor.path)
    path = offered.path_of(leaf, anchor)
    return (gateway, anchor.seq, head, head_path, leaf.data, leaf.position, path)
