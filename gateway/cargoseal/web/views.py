"""The store's rows → what a page shows: plain values, nothing secret, nothing left to compute.

Rules
1. The condition shown is that of the last verdict or review in the evidence log; what the chain has
   got of it stands beside it.
2. "We do not know" is never shown as "sound" (see words.py).
3. Places on a map are shown only when the caller says so.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from cargoseal.errors import UsageError
from cargoseal.evidence.entries import SegmentEntry
from cargoseal.policy.profile import parse_profile
from cargoseal.policy.terms import Doubt
from cargoseal.store.schema import entries, shipments
from cargoseal.web.chart import Blank, Mark, Panel, draw, moment, summary
from cargoseal.web.handling import Handling, handling_of
from cargoseal.web.history import Event, blanks_of, timeline
from cargoseal.web.panels import (
    Sealed,
    is_unchanged,
    kinetic_means,
    panels_of,
    read_segments,
    span_of,
    unchanged_words,
)
from cargoseal.web.sources import NodeRow, chain_facts, node_rows
from cargoseal.web.state import (
    contradictions,
    last_words,
    read_log,
    reasons,
    since,
    state_of,
    why,
)
from cargoseal.web.words import Headline, doubt_sentences, doubt_words, headline
from cargoseal_wire.constants import HANDLING

MOST_BURSTS = 300


@dataclass(frozen=True, slots=True)
class ShipmentRow:
    """A line of the list."""

    token: int
    label: str
    profile: str
    headline: Headline
    doubts: list[str]
    last_heard: str | None


@dataclass(frozen=True, slots=True)
class DrawnPanel:
    """A picture with its words."""

    title: str
    unit: str
    series: list[str]
    summary: str
    svg: str


@dataclass(frozen=True, slots=True)
class TokenPage:
    """Everything on the page of a token."""

    token: int
    label: str
    headline: Headline
    since: str | None
    since_quality: str
    why: str
    reasons: list[str]
    doubts: list[str]
    contradictions: list[str]
    panels: list[DrawnPanel]
    unchanged: list[str]
    handling: Handling
    kinetic: list[str]
    blanks: list[str]
    location: str
    timeline: list[Event]
    nodes: list[NodeRow]
    chain: list[tuple[str, str]]


def list_rows(db: sa.Connection) -> list[ShipmentRow]:
    """All shipments, the newest first, with the condition of their log's last word."""
    rows = []
    for found in db.execute(sa.select(shipments).order_by(shipments.c.token.desc())):
        state = state_of(last_words(db, found.token))
        heard = db.execute(
            sa.select(sa.func.max(entries.c.time_ms)).where(
                entries.c.token == found.token, entries.c.type == SegmentEntry.TYPE
            )
        ).scalar()
        rows.append(
            ShipmentRow(
                token=found.token,
                label=found.label,
                profile=found.profile_name,
                headline=headline(state.condition, state.doubts, heard=heard is not None),
                doubts=doubt_words(state.doubts),
                last_heard=None if heard is None else moment(heard),
            )
        )
    return rows


def token_page(db: sa.Connection, token: int, now_ms: int, locations: bool) -> TokenPage:
    """The page of a token. Raises UsageError when there is no such shipment."""
    found = db.execute(sa.select(shipments).where(shipments.c.token == token)).first()
    if found is None:
        raise UsageError(f"There is no shipment with token {token} here.")
    log = read_log(db, token)
    profile = parse_profile(found.profile_text, found.profile_name)
    state = state_of(log)
    sealed = read_segments(db, token, profile)
    panels = panels_of(sealed, profile)
    shaken = read_segments(db, token, profile, HANDLING, MOST_BURSTS)
    blanks = blanks_of(log, sealed + shaken, now_ms)
    events, marks = timeline(log)
    began, quality = since(state)
    return TokenPage(
        token=token,
        label=found.label,
        headline=headline(state.condition, state.doubts, heard=state.heard_ms is not None),
        since=began,
        since_quality=quality,
        why=why(state, profile),
        reasons=reasons(state),
        doubts=doubt_sentences(state.doubts),
        contradictions=contradictions(log) if Doubt.SENSOR_FAULT in state.doubts else [],
        panels=_draw_panels([p for p in panels if not is_unchanged(p)], sealed, blanks, marks),
        handling=handling_of(shaken),
        kinetic=kinetic_means(sealed, profile),
        unchanged=[unchanged_words(panel) for panel in panels if is_unchanged(panel)],
        blanks=[blank.text for blank in blanks],
        location=_location(sealed, locations),
        timeline=events,
        nodes=node_rows(db, token, log),
        chain=chain_facts(db, token, found.profile_digest),
    )


def _draw_panels(
    panels: list[Panel], sealed: list[Sealed], blanks: list[Blank], marks: list[Mark]
) -> list[DrawnPanel]:
    if not sealed:
        return []
    from_ms, to_ms = span_of(sealed)
    to_ms = max([to_ms, *(min(blank.to_ms, to_ms + (to_ms - from_ms) // 2) for blank in blanks)])
    drawn = []
    for panel in panels:
        labels = [series.label for series in panel.series]
        svg = draw(panel, from_ms, to_ms, blanks, marks)
        drawn.append(DrawnPanel(panel.title, panel.unit, labels, summary(panel), svg))
    return drawn


def _location(sealed: list[Sealed], locations: bool) -> str:
    if not locations:
        return "Places are withheld on this page."
    fixes = [fix for segment in sealed for fix in segment.fixes]
    if not fixes:
        return "No place was sealed."
    latitude, longitude, error_m, source = fixes[-1][1:]
    kind = "a mobile cell" if source == 2 else "satellites"
    return (
        f"Last place: {latitude / 1e7:.5f}, {longitude / 1e7:.5f}, "
        f"known to {error_m} m, from {kind}."
    )
