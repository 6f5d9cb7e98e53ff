"""Sealed readings → panels to draw: one per channel, one line per node.

Rules
1. Every reading of the segments that are read is handed on; the drawing keeps the extremes.
2. A pause longer than a reading may speak for ends a run: what lies between is unknown.
3. Of a very long shipment the latest segments are drawn, so that a page stays quick.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from cargoseal.policy.bursts import Burst, burst_of
from cargoseal.policy.channels import counts, unit
from cargoseal.policy.facts import Placer, SegmentFacts
from cargoseal.policy.mkt import mean_kinetic_temperature
from cargoseal.policy.profile import MINUTE_MS, Profile
from cargoseal.store.schema import entries, segments
from cargoseal.web.chart import Limit, Panel, Series
from cargoseal.web.words import duration, short
from cargoseal_wire.constants import CHANNELS, CLIMATE, TEMPERATURE
from cargoseal_wire.sections import decode_location, decode_readings
from cargoseal_wire.segment import decode_segment
from cargoseal_wire.statement import decode_statement

MOST_SEGMENTS = 1500
_ORDER = ("temperature", "probe", "humidity", "light", "shock", "free_fall", "door", "mount")
_HIDDEN = {"accel_x", "accel_y", "accel_z", "gyro_x", "gyro_y", "gyro_z", "rssi"}


@dataclass(frozen=True, slots=True)
class Sealed:
    """A segment's readings, placed in time (Unix ms)."""

    node: bytes
    counter: int
    score: int
    start_ms: int
    end_ms: int
    offsets_ms: list[int]
    columns: dict[int, list[int | None]]
    fixes: list[tuple[int, int, int, int, int]]
    burst: Burst | None  # of a handling window


def read_segments(
    db: sa.Connection, token: int, profile: Profile, kind: int = CLIMATE, most: int = MOST_SEGMENTS
) -> list[Sealed]:
    """The latest segments of a kind of a shipment, by node and counter."""
    query = (
        sa.select(segments.c.raw, segments.c.received_ms, segments.c.score)
        .join(
            entries,
            sa.and_(entries.c.node == segments.c.node, entries.c.counter == segments.c.counter),
        )
        .where(entries.c.token == token, entries.c.type == 1, segments.c.kind == kind)
        .order_by(entries.c.position.desc())
        .limit(most)
    )
    placers: dict[bytes, Placer] = {}
    found = []
    for row in reversed(db.execute(query).all()):
        segment = decode_segment(bytes(row.raw))
        if segment.readings is None:
            continue
        statement = decode_statement(segment.statement)
        readings = decode_readings(segment.readings, statement.count)
        placer = placers.setdefault(statement.node, Placer(profile.clock.max_error_s * 1000))
        start_ms = placer.place(statement, row.received_ms).start_ms
        fixes = decode_location(segment.location).fixes if segment.location else []
        found.append(
            Sealed(
                node=statement.node,
                counter=statement.counter,
                score=row.score,
                start_ms=start_ms,
                end_ms=start_ms + statement.duration_ms,
                offsets_ms=list(readings.offsets_ms),
                columns=dict(readings.columns),
                fixes=list(fixes),
                burst=burst_of(SegmentFacts(b"", statement, readings)),
            )
        )
    return sorted(found, key=lambda sealed: (sealed.node, sealed.counter))


def span_of(sealed: Iterable[Sealed]) -> tuple[int, int]:
    """First and last moment of the readings."""
    moments = [(s.start_ms, s.end_ms) for s in sealed]
    return min(start for start, _ in moments), max(end for _, end in moments)


def is_unchanged(panel: Panel) -> bool:
    """Whether every reading of a channel without limits was the same: nothing to draw."""
    values = {value for series in panel.series for run in series.runs for _, value in run}
    return len(values) <= 1 and not panel.limits


def unchanged_words(panel: Panel) -> str:
    """Such a channel in a few words."""
    values = [value for series in panel.series for run in series.runs for _, value in run]
    level = f"{values[0] / panel.scale:g} {panel.unit}".strip() if values else "no reading"
    return f"{panel.title.lower()} {level}"


def panels_of(sealed: list[Sealed], profile: Profile) -> list[Panel]:
    """A panel for each channel that has a reading, the most asked for first."""
    present = {channel for segment in sealed for channel in segment.columns}
    names = {CHANNELS[channel][0]: channel for channel in present}
    shown = [name for name in names if name not in _HIDDEN]
    shown.sort(
        key=lambda name: (_ORDER.index(name) if name in _ORDER else len(_ORDER), names[name])
    )
    hold_ms = profile.gap.hold_minutes * MINUTE_MS
    return [
        Panel(
            title=name.replace("_", " ").capitalize(),
            unit=unit(name),
            scale=max(1, int(counts(name, Decimal(1)))),
            series=_series(sealed, names[name], hold_ms),
            limits=_limits(profile, name),
        )
        for name in shown
    ]


def kinetic_means(sealed: list[Sealed], profile: Profile) -> list[str]:
    """Mean kinetic temperature of each node, with what it covers: information, never a verdict."""
    hold_ms = profile.gap.hold_minutes * MINUTE_MS
    lines = []
    for series in _series(sealed, TEMPERATURE, hold_ms):
        readings = sorted(point for run in series.runs for point in run)
        mean = mean_kinetic_temperature(readings, hold_ms)
        if mean is not None:
            lines.append(
                f"{series.label}: {mean.celsius:.2f} °C over {duration(mean.known_ms // 1000)} "
                f"({duration(mean.unknown_ms // 1000)} unknown, "
                f"ΔH {mean.heat_of_activation / 1000:.3f} kJ/mol)"
            )
    return lines


def _limits(profile: Profile, name: str) -> list[Limit]:
    """The profile's lines in a channel's panel; rules with the same bound share a line."""
    lines: dict[tuple[int, str], list[str]] = {}
    for rule in profile.limit:
        if rule.channel != name:
            continue
        word, value = rule.bound
        bound = f"{word.replace('_', ' ')} {value.normalize():f} {unit(name)}"
        span = "in total" if rule.kind == "cumulative" else "at a stretch"
        place = int(counts(name, value)), bound
        lines.setdefault(place, []).append(f"{rule.minutes} min {span}")
    return [Limit(f"{bound}: {', '.join(spans)}", at) for (at, bound), spans in lines.items()]


def _series(sealed: list[Sealed], channel: int, hold_ms: int) -> list[Series]:
    by_node: dict[bytes, list[list[tuple[int, int]]]] = {}
    for segment in sealed:
        values = segment.columns.get(channel)
        if values is None:
            continue
        runs = by_node.setdefault(segment.node, [[]])
        for offset_ms, value in zip(segment.offsets_ms, values, strict=True):
            if value is None:
                continue
            point = (segment.start_ms + offset_ms, value)
            if runs[-1] and not 0 <= point[0] - runs[-1][-1][0] <= hold_ms:
                runs.append([])
            runs[-1].append(point)
    return [
        Series(f"node {short(node)}", [run for run in runs if run])
        for node, runs in by_node.items()
    ]
