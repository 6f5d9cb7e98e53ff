"""What the gateway stored, decoded: every reading of a node with the time the node gave it."""

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from cargoseal.store import Store
from cargoseal.store.schema import segments
from cargoseal_wire.constants import CLOCK_NONE
from cargoseal_wire.sections import decode_location, decode_readings
from cargoseal_wire.segment import decode_segment
from cargoseal_wire.statement import Statement, decode_statement


@dataclass(frozen=True)
class StoredReading:
    """`wall_ms` None: the node's clock said nothing."""

    wall_ms: int | None
    uptime_ms: int
    values: dict[int, int]


@dataclass(frozen=True)
class StoredWindow:
    statement: Statement
    readings: list[StoredReading]
    fixes: list[tuple[int, int, int, int, int]]
    received_ms: int
    claim: bytes


def windows(store: Store, node: bytes) -> Iterator[StoredWindow]:
    """A node's windows in the order of their counters."""
    with store.read() as connection:
        rows = connection.execute(
            sa.select(segments.c.raw, segments.c.received_ms)
            .where(segments.c.node == node)
            .order_by(segments.c.counter)
        ).all()
    for raw, received_ms in rows:
        segment = decode_segment(raw)
        statement = decode_statement(segment.statement)
        assert segment.readings is not None and segment.location is not None
        assert segment.claim is not None
        section = decode_readings(segment.readings, statement.count)
        sound = statement.clock_source != CLOCK_NONE
        readings = [
            StoredReading(
                statement.start_ms + offset_ms if sound else None,
                statement.uptime_ms + offset_ms,
                {
                    channel: column[index]
                    for channel, column in section.columns.items()
                    if column[index] is not None
                },
            )
            for index, offset_ms in enumerate(section.offsets_ms)
        ]
        fixes = list(decode_location(segment.location).fixes)
        yield StoredWindow(statement, readings, fixes, received_ms, segment.claim)


def readings(store: Store, node: bytes) -> list[StoredReading]:
    return [reading for window in windows(store, node) for reading in window.readings]
