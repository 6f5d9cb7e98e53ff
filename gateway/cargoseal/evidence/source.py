"""From the store's rows to what the rules need.

Rules
1. A row of `segments` was verified before it was stored; here it is only decoded again.
2. Which shipment a window is evidence for follows from when it began: by its own clock where that
   can be believed, else by another window of the same power cycle, else by when it was received.
"""

import sqlalchemy as sa

from cargoseal.errors import StoreError
from cargoseal.evidence.entries import SegmentEntry
from cargoseal.policy.facts import SegmentFacts, clock_is_sound
from cargoseal.store.schema import segments
from cargoseal_wire.constants import CLOCK_NONE
from cargoseal_wire.sections import decode_readings
from cargoseal_wire.segment import decode_segment
from cargoseal_wire.statement import decode_statement

MAX_ERROR_MS = 120_000  # for this purpose; a profile may be stricter about what it concludes


def facts_of(raw: bytes, seal_digest: bytes) -> SegmentFacts:
    """A stored segment for the rules. Raises StoreError for one without its readings."""
    segment = decode_segment(raw)
    statement = decode_statement(segment.statement)
    if segment.readings is None:
        raise StoreError(
            f"segment {seal_digest.hex()}: expected its readings in the store, got none"
        )
    readings = decode_readings(segment.readings, statement.count)
    return SegmentFacts(seal_digest, statement, readings)


def entry_of(facts: SegmentFacts, score: int, received_ms: int) -> SegmentEntry:
    """The log's entry for a segment."""
    statement = facts.statement
    return SegmentEntry(
        facts.seal_digest,
        statement.claim_digest,
        statement.model,
        statement.node,
        statement.counter,
        score,
        received_ms,
    )


def begun_ms(connection: sa.Connection, facts: SegmentFacts, received_ms: int) -> int:
    """When a window began, as well as the store can tell (rule 2)."""
    statement = facts.statement
    if clock_is_sound(statement, received_ms, MAX_ERROR_MS):
        return statement.start_ms
    query = (
        sa.select(segments.c.start_ms, segments.c.uptime_ms)
        .where(
            segments.c.node == statement.node,
            segments.c.boot == statement.boot,
            segments.c.clock_source != CLOCK_NONE,
            segments.c.clock_error_ms <= MAX_ERROR_MS,
        )
        .order_by(segments.c.clock_error_ms, segments.c.counter)
        .limit(1)
    )
    anchor = connection.execute(query).first()
    if anchor is not None:
        return int(anchor.start_ms) - int(anchor.uptime_ms) + statement.uptime_ms
    return received_ms - statement.duration_ms
