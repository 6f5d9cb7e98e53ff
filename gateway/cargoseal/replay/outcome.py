"""What became of a shipment: counted from the gateway's store and asked of the chain.

Rules
1. Every figure is read where it is kept: readings and segments in the store, facts and verdicts in
   the evidence log, the condition on chain.
2. The gas of a post is divided evenly between the tokens it changed.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from cargoseal.chain.updates import unpack_updates
from cargoseal.evidence.entries import (
    ChainBreak,
    Entry,
    Gap,
    GapClosed,
    SegmentEntry,
    Silence,
    Verdict,
    decode,
)
from cargoseal.policy.terms import Condition, Doubt, Rule
from cargoseal.store import Store
from cargoseal.store.schema import batches, entries, quarantine, segments
from cargoseal_wire.constants import CLIMATE, HANDLING


@dataclass(frozen=True)
class Bursts:
    """Verified handling windows: how many, of how many samples, and the highest score."""

    windows: int = 0
    samples: int = 0
    score: int = 0


@dataclass(frozen=True)
class Evidence:
    """A shipment's log and what was refused in its nodes' names. `readings` are those of climate
    windows; `streams` has what each node sealed of its accelerometer's stream."""

    log: list[Entry]
    segments: int
    readings: int
    refused: dict[str, int]
    gas: int
    posts: int
    streams: dict[bytes, "Bursts"] = field(default_factory=dict)

    @property
    def handling(self) -> "Bursts":
        """The handling windows of all nodes together."""
        some = list(self.streams.values())
        return Bursts(
            sum(one.windows for one in some),
            sum(one.samples for one in some),
            max((one.score for one in some), default=0),
        )

    def count(self, kind: type[Any]) -> int:
        return sum(isinstance(entry, kind) for entry in self.log)

    def verdicts(self) -> list[Verdict]:
        return [entry for entry in self.log if isinstance(entry, Verdict)]

    def deciding(self) -> Verdict | None:
        """The verdict that first told the gravest condition; of a sound shipment, the last one."""
        told = self.verdicts()
        if not told:
            return None
        worst = max(verdict.condition for verdict in told)
        if worst is Condition.SOUND:
            return told[-1]
        return next(verdict for verdict in told if verdict.condition is worst)

    def facts(self) -> dict[str, int]:
        return {
            "entries": len(self.log),
            "verdicts": self.count(Verdict),
            "gaps": self.count(Gap),
            "gaps_closed": self.count(GapClosed),
            "silences": self.count(Silence),
            "chain_breaks": self.count(ChainBreak),
            "segments_in_log": self.count(SegmentEntry),
        }


def gather(store: Store, token: int, nodes: Iterable[bytes]) -> Evidence:
    """Reads a shipment's evidence. `nodes` are the ids of those that watched it."""
    ids = list(nodes)
    with store.read() as connection:
        log = [
            decode(data)
            for (data,) in connection.execute(
                sa.select(entries.c.bytes)
                .where(entries.c.token == token)
                .order_by(entries.c.position)
            )
        ]
        stored = connection.execute(
            sa.select(
                segments.c.node,
                segments.c.kind,
                sa.func.count(),
                sa.func.sum(segments.c.count),
                sa.func.max(segments.c.score),
            )
            .where(segments.c.node.in_(ids))
            .group_by(segments.c.node, segments.c.kind)
        ).all()
        refused = connection.execute(
            sa.select(quarantine.c.error, sa.func.sum(quarantine.c.count))
            .where(quarantine.c.node.in_(ids))
            .group_by(quarantine.c.error)
            .order_by(quarantine.c.error)
        ).all()
        posted = connection.execute(sa.select(batches.c.updates, batches.c.gas_used)).all()
    gas = posts = 0
    for updates, used in posted:
        tokens = [update.token for update in unpack_updates(updates)]
        if token in tokens and used is not None:
            gas += used * tokens.count(token) // len(tokens)
            posts += 1
    return Evidence(
        log,
        sum(windows for _, _, windows, _, _ in stored),
        sum(int(count) for _, kind, _, count, _ in stored if kind == CLIMATE),
        {n: int(c) for n, c in refused},
        gas,
        posts,
        {
            node: Bursts(windows, int(count), int(score))
            for node, kind, windows, count, score in stored
            if kind == HANDLING
        },
    )


def total_gas(store: Store) -> dict[str, int]:
    """What all posts cost, and the part of it that heartbeats (posts without a verdict) cost."""
    with store.read() as connection:
        posted = connection.execute(sa.select(batches.c.updates, batches.c.gas_used)).all()
    used = [(len(updates), int(gas or 0)) for updates, gas in posted]
    return {
        "posts": len(used),
        "all": sum(gas for _, gas in used),
        "heartbeats": sum(gas for size, gas in used if size == 0),
    }


def doubt_names(doubts: int) -> str:
    """The doubts by name, or a dash's empty text."""
    return ", ".join(str(doubt.name).lower().replace("_", " ") for doubt in Doubt(doubts))


def why(verdict: Verdict | None) -> str:
    """The rule behind a verdict and its numbers, in a few words."""
    if verdict is None or verdict.rule is Rule.NONE:
        return ""
    limit = verdict.snapshot.get("limit", {})
    name = str(verdict.rule.name).lower().replace("_", " ")
    if verdict.rule is Rule.CORROBORATED:
        return f"{limit.get('nodes', 2)} nodes agree: {limit.get('name', '')}"
    if "channel" in limit:
        word = next(w for w in ("at_or_above", "at_or_below", "above", "below") if w in limit)
        bound = f"{word.replace('_', ' ')} {limit[word]} {limit['unit']}"
        kind = "at a stretch" if limit["kind"] == "single" else "in total"
        return f"{limit['channel']} {bound} for {limit['minutes']} min {kind}"
    measured = verdict.snapshot.get("measured", {})
    if verdict.rule is Rule.TAMPER and "off_mount_s" in measured:
        return f"tamper: off its mount for {measured['off_mount_s'] // 60} min"
    fall = ""
    if "height_mm" in measured:
        fall = f"fall of {measured['fall_ms']} ms ({measured['height_mm']} mm)"
    if verdict.rule is Rule.FREE_FALL and fall:
        return f"free {fall}"
    if verdict.rule is Rule.ANOMALY and limit.get("name") == "handling":
        scored = f"handling: score {max(measured['scores']):,}"
        return f"{scored}, {fall}" if fall else scored
    return name
