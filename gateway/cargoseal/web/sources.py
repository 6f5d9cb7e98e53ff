"""Where a page's facts come from: the nodes that watch, and how far the chain has got."""

from dataclasses import dataclass

import sqlalchemy as sa

from cargoseal.evidence.entries import Entry, Gap, GapClosed, SegmentEntry
from cargoseal.policy.terms import Condition, Doubt
from cargoseal.store.schema import assignments, batches, counters, nodes, outbox
from cargoseal.web.chart import moment
from cargoseal.web.words import NO_DOUBT, doubt_words, headline


@dataclass(frozen=True, slots=True)
class NodeRow:
    """A node that watches or watched the shipment."""

    id: str
    segments: int
    refused: int
    gaps: int
    last_heard: str | None
    revoked: bool


def node_rows(db: sa.Connection, token: int, log: list[Entry]) -> list[NodeRow]:
    open_gaps: dict[bytes, set[tuple[int, int]]] = {}
    count: dict[bytes, int] = {}
    heard: dict[bytes, int] = {}
    for entry in log:
        match entry:
            case Gap():
                open_gaps.setdefault(entry.node, set()).add((entry.after, entry.before))
            case GapClosed():
                open_gaps.setdefault(entry.node, set()).discard((entry.after, entry.before))
            case SegmentEntry():
                count[entry.node] = count.get(entry.node, 0) + 1
                heard[entry.node] = max(heard.get(entry.node, 0), entry.received_ms)
            case _:
                pass
    query = (
        sa.select(nodes.c.node, nodes.c.revoked_ms)
        .join(assignments, assignments.c.node == nodes.c.node)
        .where(assignments.c.token == token)
        .distinct()
    )
    refused = _refused(db)
    return [
        NodeRow(
            id=node.hex(),
            segments=count.get(node, 0),
            refused=refused.get(node, 0),
            gaps=len(open_gaps.get(node, ())),
            last_heard=moment(heard[node]) if node in heard else None,
            revoked=revoked_ms is not None,
        )
        for node, revoked_ms in ((bytes(row.node), row.revoked_ms) for row in db.execute(query))
    ]


def _refused(db: sa.Connection) -> dict[bytes, int]:
    query = (
        sa.select(counters.c.node, sa.func.sum(counters.c.value))
        .where(counters.c.name.like("refused.%"))
        .group_by(counters.c.node)
    )
    return {bytes(node): int(value) for node, value in db.execute(query)}


def chain_facts(db: sa.Connection, token: int, profile_digest: bytes) -> list[tuple[str, str]]:
    posted = db.execute(
        sa.select(
            outbox.c.condition, outbox.c.doubts, batches.c.seq, batches.c.state, batches.c.tx_hash
        )
        .join(batches, batches.c.seq == outbox.c.seq)
        .where(outbox.c.token == token)
        .order_by(outbox.c.id.desc())
    ).first()
    waiting = db.execute(
        sa.select(sa.func.count()).where(outbox.c.token == token, outbox.c.seq.is_(None))
    ).scalar_one()
    facts = [("Profile digest", bytes(profile_digest).hex())]
    if posted is None:
        facts.append(("Posted", "as minted: sound, without doubts"))
    else:
        word = headline(Condition(posted.condition), NO_DOUBT).word
        words = ", ".join(doubt_words(Doubt(posted.doubts))) or "no doubts"
        facts.append(("Posted", f"{word}, {words}"))
        facts.append(("Batch", f"{posted.seq} ({posted.state})"))
        if posted.tx_hash:
            facts.append(("Transaction", "0x" + bytes(posted.tx_hash).hex()))
    if waiting:
        facts.append(("Waiting to be posted", f"{waiting} change{'s' if waiting != 1 else ''}"))
    return facts
