"""A recording the whole way, in process with `cargoseal replay`: nodes, gateway, chain, verdicts.

Nothing is imitated: the node's firmware seals every row, the gateway's processes verify and judge,
a development chain keeps the token, and `cargoseal verify` checks the result. A minute's work, for
weeks of recording, on virtual time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from cargoseal.evidence.entries import Silence, Verdict
from cargoseal.policy.profile import load_profile
from cargoseal.policy.terms import Condition, told
from cargoseal.replay.outcome import gather, why
from cargoseal.replay.run import replay
from cargoseal.replay.system import System
from cargoseal.store import Store
from cargoseal.store.schema import segments
from cargoseal_wire.constants import FLAG_DOOR, FLAG_EARLY, FLAG_SHOCK, FLAG_TAMPER
from cargoseal_wire.segment import decode_segment
from cargoseal_wire.statement import Statement, decode_statement
from models.evaluate.judge import Progress


@dataclass(frozen=True)
class Told:
    """A verdict: when, what, why in words, and since when by the rule's own account."""

    time_ms: int
    since_ms: int
    condition: int
    told: str
    rule: str
    why: str


@dataclass(frozen=True)
class Sealed:
    """What a stored window's statement says of itself."""

    start_ms: int
    end_ms: int
    flags: int

    def urgent_for(self, flag: int) -> bool:
        """Whether this window was closed at once for that alarm."""
        return bool(self.flags & flag and self.flags & FLAG_EARLY)


@dataclass(frozen=True)
class Played:
    """What became of one recording under one profile."""

    profile: str
    verdicts: list[Told]
    windows: list[Sealed]
    silences: list[tuple[int, int]]  # since ms, noted ms
    row: dict[str, Any]  # the replay's own table line

    def worst(self) -> int:
        return max((v.condition for v in self.verdicts), default=int(Condition.SOUND))

    def flags_raised(self) -> list[Told]:
        """Return the verdicts by which the condition became flagged, or flagged for more."""
        return [v for v in self.verdicts if v.condition == Condition.FLAGGED]


ALARMS = {"door": FLAG_DOOR, "mount": FLAG_TAMPER, "shock": FLAG_SHOCK}


def play(
    file: Path, profile: str, progress: Progress, legs: Mapping[str, str] | None = None
) -> Played:
    """Replay one file under a shipped profile; `legs` is what people state: leg -> time."""
    found: list[Played] = []

    def inspect(system: System, result: dict[str, Any]) -> None:
        node = next(iter(system.nodes.values())).node
        log = gather(system.store, 1, [node])
        found.append(
            Played(
                profile,
                _worsened(log.verdicts()),
                _windows(system.store, node),
                [(e.since_ms, e.noted_ms) for e in log.log if isinstance(e, Silence)],
                {key: result["rows"][0][key] for key in result["stable_columns"]},
            )
        )

    replay([file], profile=load_profile(profile), legs=legs, inspect=inspect)
    stated = f", {', '.join(legs)} stated" if legs else ""
    progress(f"{file.name}: replayed under {profile}{stated}: {found[0].row['condition']}")
    return found[0]


def _worsened(verdicts: list[Verdict]) -> list[Told]:
    """Return the verdicts that told something new: another condition, rule or beginning."""
    out: list[Told] = []
    seen: set[tuple[int, int, int]] = set()
    for verdict in verdicts:
        key = (int(verdict.condition), int(verdict.rule), verdict.since_ms)
        if verdict.condition <= Condition.SOUND or key in seen:
            continue
        seen.add(key)
        out.append(
            Told(
                verdict.time_ms,
                verdict.since_ms,
                int(verdict.condition),
                told(verdict.condition, verdict.doubts),
                str(verdict.rule.name).lower(),
                why(verdict),
            )
        )
    return out


def _windows(store: Store, node: bytes) -> list[Sealed]:
    with store.read() as connection:
        rows = connection.execute(
            sa.select(segments.c.raw).where(segments.c.node == node).order_by(segments.c.counter)
        ).all()
    out = []
    for (raw,) in rows:
        said: Statement = decode_statement(decode_segment(raw).statement)
        out.append(Sealed(said.start_ms, said.start_ms + said.duration_ms, said.flags))
    return out
