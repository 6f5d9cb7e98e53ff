"""From sealed windows to the drift test, inside the recorder's transaction.

Rules
1. A window counts once, when it enters a shipment's log, in the same transaction. What is known is
   in the store: kill -9 at any moment loses nothing and counts nothing twice. Memory only saves a
   look; the caller says `forget` when a transaction failed.
2. What counts are the sealed int8 inputs and the score, which the gateway has derived again from
   the readings.
3. A unit is a node's windows of one shipment in one month of 30 days, at most one of each hour and
   `WINDOWS_PER_UNIT` in all: windows of one hour are alike, and a year of one shipment is no year
   of many. Units of different months of one node are taken to hang together no more than those of
   different nodes: true of a fleet, an approximation for a sensor that never moves.
4. A sensor type is what the first four bytes of the readings' `sensors` say; the other four name a
   calibration. Nodes that state none are one type, all zeros.
5. What is found is a fact about the model. It enters no evidence log and changes no verdict.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, astuple
from typing import Any

import sqlalchemy as sa

from cargoseal.health.detector import (
    UNITS_TO_CLEAR,
    WINDOWS_PER_UNIT,
    Alarm,
    Bet,
    Detector,
    Unit,
)
from cargoseal.health.reference import Reference, bin_of, bin_of_score, has_reading
from cargoseal.policy.facts import SegmentFacts
from cargoseal.store.schema import drift, drift_units, model_health
from cargoseal_wire.sections import decode_claim
from cargoseal_wire.segment import decode_segment

HOUR_MS = 3_600_000
MONTH_MS = 30 * 24 * HOUR_MS
TYPE_BYTES = 4


MOST_REMEMBERED = 4096
_FULL = -1  # in place of an hour: the unit was taken, nothing of it counts any more


class Drift:
    """Counts windows for the models that have a reference."""

    def __init__(self, references: Mapping[bytes, Reference]) -> None:
        self._references = references
        self._hours: dict[tuple[object, ...], int] = {}  # by unit: the last hour that was counted

    def forget(self) -> None:
        """The transaction failed: what is in memory may be ahead of the store."""
        self._hours.clear()

    def count(
        self,
        connection: sa.Connection,
        token: int,
        facts: SegmentFacts,
        raw: bytes,
        *,
        begun_ms: int,
        now_ms: int,
    ) -> None:
        """Takes a window that has just entered the log of a shipment."""
        reference = self._references.get(facts.statement.model)
        if reference is None:
            return
        sensors = facts.readings.sensors[:TYPE_BYTES]
        key: dict[str, Any] = {
            "model": reference.model,
            "sensors": sensors,
            "node": facts.statement.node,
            "token": token,
            "month": begun_ms // MONTH_MS,
        }
        hour = begun_ms // HOUR_MS
        if self._hours.get(tuple(key.values())) in (hour, _FULL):
            return
        query = sa.select(drift_units.c.hour, drift_units.c.state).filter_by(**key)
        row = connection.execute(query).first()
        full = row is not None and row.state is None
        self._remember(key, _FULL if full else hour)
        if row is not None and (full or row.hour == hour):
            return
        if row is None:
            unit = Unit.empty(len(reference.inputs), begun_ms)
        else:
            unit = Unit(**json.loads(row.state))
        unit.add(reference, _bins(reference, facts, raw))
        full = unit.windows >= WINDOWS_PER_UNIT
        state = None if full else _json(asdict(unit))
        if row is None:
            connection.execute(drift_units.insert().values(**key, hour=hour, state=state))
        else:
            changed = drift_units.update().filter_by(**key)
            connection.execute(changed.values(hour=hour, state=state))
        if full:
            self._remember(key, _FULL)
            self._close(connection, reference, sensors, unit, now_ms)

    def _remember(self, key: Mapping[str, Any], hour: int) -> None:
        if len(self._hours) >= MOST_REMEMBERED:
            self._hours.clear()
        self._hours[tuple(key.values())] = hour

    def _close(
        self,
        connection: sa.Connection,
        reference: Reference,
        sensors: bytes,
        unit: Unit,
        now_ms: int,
    ) -> None:
        key = {"model": reference.model, "sensors": sensors}
        row = connection.execute(sa.select(drift).filter_by(**key)).first()
        detector = Detector(reference) if row is None else _detector(reference, row)
        alarm = detector.close(unit)
        values = {"units": detector.units, "state": _state(detector)}
        if row is None:
            connection.execute(drift.insert().values(**key, **values))
        else:
            connection.execute(drift.update().filter_by(**key).values(**values))
        if alarm is not None:
            _note(connection, key, "drift", alarm.since_ms, now_ms, _alarm_words(reference, alarm))
        elif detector.quiet == UNITS_TO_CLEAR and _last_event(connection, key) == "drift":
            _note(connection, key, "over", unit.begun_ms, now_ms, {})


def _bins(reference: Reference, facts: SegmentFacts, raw: bytes) -> list[int | None]:
    """The bins of a window's sealed inputs and score; None where an input has no reading."""
    section = decode_segment(raw).claim
    assert section is not None  # noqa: S101  a stored segment has all of its sections
    claim = decode_claim(section)
    bins = [bin_of(value - 256 if value > 127 else value) for value in claim.model_input]
    bins.append(bin_of_score(claim.score))
    columns = facts.readings.columns
    return [
        b if has_reading(columns, needs) else None
        for b, needs in zip(bins, reference.channels, strict=True)
    ]


def _detector(reference: Reference, row: Any) -> Detector:
    raw = json.loads(row.state)
    bets = [[Bet(*bet) for bet in bets] for bets in raw["bets"]]
    return Detector(reference, int(row.units), int(raw["quiet"]), bets)


def _state(detector: Detector) -> str:
    bets = [[astuple(bet) for bet in bets] for bets in detector.bets]
    return _json({"quiet": detector.quiet, "bets": bets})


def _alarm_words(reference: Reference, alarm: Alarm) -> dict[str, Any]:
    return {
        "most_changed": reference.inputs[alarm.most_changed].name,
        "share": alarm.share,
        "expected": alarm.expected,
    }


def _last_event(connection: sa.Connection, key: Mapping[str, bytes]) -> str | None:
    query = sa.select(model_health.c.event).filter_by(**key).order_by(model_health.c.id.desc())
    return connection.execute(query.limit(1)).scalar()


def _note(
    connection: sa.Connection,
    key: Mapping[str, bytes],
    event: str,
    since_ms: int,
    noted_ms: int,
    body: Mapping[str, Any],
) -> None:
    """A fact about the model; drift that goes on is not noted again."""
    if event == _last_event(connection, key):
        return
    connection.execute(
        model_health.insert().values(
            **key, event=event, since_ms=since_ms, noted_ms=noted_ms, body=_json(body)
        )
    )


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
