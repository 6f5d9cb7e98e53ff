"""What is known of the models' health: per model and sensor type, in values and in a sentence."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from cargoseal.store.schema import drift, drift_units, model_health


@dataclass(frozen=True, slots=True)
class ModelWatch:
    """One model's inputs from one sensor type. Times in Unix ms; None where nothing was found."""

    model: str  # its name, or the digest of one that did not come with the gateway
    digest: bytes
    sensors: bytes
    units: int  # whole units that were judged
    open_units: int  # units that are not full yet
    fits: bool  # no drift was found, or it is over
    since_ms: int | None
    noted_ms: int | None
    most_changed: str | None
    share: float | None  # of recent windows where `expected` of the training windows lay
    expected: float | None

    @property
    def sentence(self) -> str:
        """The fact as people read it."""
        whose = f"The inputs of the model {self.model} from sensor type {self.sensors.hex()}"
        if self.fits:
            if self.units == 0:
                return f"{whose} are too few yet to be compared with what it was trained on."
            return f"{whose} look like those it was trained on."
        since = datetime.fromtimestamp((self.since_ms or 0) / 1000, UTC)
        return (
            f"{whose} no longer look like those it was trained on, since "
            f"{since:%d %b %Y %H:%M} UTC; most changed: {self.most_changed} "
            f"({100 * (self.share or 0):.0f} % of its windows lie where "
            f"{100 * (self.expected or 0):.1f} % of the training windows did). "
            "This says nothing about the goods; it says that this model's scores mean less."
        )


def model_watches(
    connection: sa.Connection, names: Mapping[bytes, str] | None = None
) -> list[ModelWatch]:
    """Every model and sensor type that sent anything, those that drifted first.

    `names` are the names of models by digest.
    """
    units = {(bytes(r.model), bytes(r.sensors)): int(r.units) for r in _rows(connection, drift)}
    waiting: dict[tuple[bytes, bytes], int] = {}
    query = (
        sa.select(drift_units.c.model, drift_units.c.sensors, sa.func.count().label("n"))
        .where(drift_units.c.state.is_not(None))
        .group_by(drift_units.c.model, drift_units.c.sensors)
    )
    for row in connection.execute(query):
        waiting[bytes(row.model), bytes(row.sensors)] = int(row.n)
    facts = {
        (bytes(row.model), bytes(row.sensors)): row
        for row in connection.execute(sa.select(model_health).order_by(model_health.c.id))
    }
    found = [
        _watch(key, units.get(key, 0), waiting.get(key, 0), facts.get(key), names or {})
        for key in sorted(units.keys() | waiting.keys())
    ]
    return sorted(found, key=lambda watch: watch.fits)


def _rows(connection: sa.Connection, table: sa.Table) -> Any:
    return connection.execute(sa.select(table))


def _watch(
    key: tuple[bytes, bytes], units: int, waiting: int, fact: Any, names: Mapping[bytes, str]
) -> ModelWatch:
    digest, sensors = key
    drifted = fact is not None and fact.event == "drift"
    body = json.loads(fact.body) if drifted else {}
    return ModelWatch(
        model=names.get(digest, digest.hex()[:16]),
        digest=digest,
        sensors=sensors,
        units=units,
        open_units=waiting,
        fits=not drifted,
        since_ms=int(fact.since_ms) if drifted else None,
        noted_ms=int(fact.noted_ms) if drifted else None,
        most_changed=body.get("most_changed"),
        share=body.get("share"),
        expected=body.get("expected"),
    )
