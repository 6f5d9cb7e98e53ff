"""A gateway that lies, for the demonstration and the tests: it anchors a log of its own making.

Rules
1. It holds a gateway's key and no node's: seals and sections are the nodes' own. What it lies about
   is what a gateway writes itself, the log's entries.
2. What it posts is what any gateway posts, to the real contract: own number, root, update.
"""

import time
from collections.abc import Sequence
from dataclasses import replace

from cargoseal.chain.contract import transact
from cargoseal.chain.keys import Signer
from cargoseal.chain.token import TokenContract
from cargoseal.chain.updates import Update
from cargoseal.evidence.bundle import Anchor, Bundle
from cargoseal.evidence.entries import Opened, SegmentEntry, Verdict, decode, encode
from cargoseal.evidence.heads import Head, batch_root, head_path
from cargoseal.policy.terms import Condition
from cargoseal.poster.manifest import content_id
from cargoseal_wire.merkle import leaf_hash, root


class LyingGateway:
    """Posts with the key of a gateway of this token contract."""

    def __init__(self, token: TokenContract, signer: Signer) -> None:
        slot = token.gateway_of(signer.address)
        if slot is None:
            raise ValueError(f"expected a gateway's account, got {signer.address}")
        self.index = slot.index
        self._token, self._signer = token, signer

    def anchor(
        self, told: Bundle, condition: int | None, beside: Sequence[Head] = (), rule: int = 1
    ) -> Bundle:
        """Posts a root over the log, with an update unless `condition` is None; the bundle with
        that anchor. `beside` are heads of other logs in the same batch."""
        head = Head(told.token, len(told.entries), root([leaf_hash(e) for e in told.entries]))
        heads = sorted([*beside, head])
        index, path = head_path(heads, told.token)
        seq = self._token.gateway_at(self.index).next_seq
        updates = b""
        if condition is not None:
            since_s = int(time.time())
            updates = Update(told.token, condition, 0, 50, rule, 0, since_s).pack()
        batch = batch_root(heads)
        content = content_id(self.index, seq, heads, updates)
        call = self._token.post_call(seq, 2**40, batch, content, updates)
        transact(self._token.w3, self._signer, self._token.address, call, "CargoToken.post")
        anchor = Anchor(seq, head, index, len(heads), path, batch)
        return replace(told, anchors=[*told.anchors, anchor])


def retold(honest: Bundle, token: int, score: int) -> Bundle:
    """A true log, told of another token, with a score made up for its last segment; every verdict
    calls the goods flagged. Not anchored anywhere."""
    entries = [decode(data) for data in honest.entries]
    last = max(at for at, entry in enumerate(entries) if isinstance(entry, SegmentEntry))
    for at, entry in enumerate(entries):
        if isinstance(entry, Opened):
            entries[at] = replace(entry, token=token)
        elif isinstance(entry, Verdict):
            entries[at] = replace(entry, condition=Condition.FLAGGED)
        elif isinstance(entry, SegmentEntry) and at == last:
            entries[at] = replace(entry, score=score)
    told = [encode(entry) for entry in entries]
    return replace(honest, token=token, entries=told, anchors=[], openings=[])
