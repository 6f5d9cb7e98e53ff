"""A gateway without its processes: store, registry, ingest's committer and recorder, one clock."""

from collections.abc import Mapping
from pathlib import Path

import sqlalchemy as sa

from cargoseal import registry
from cargoseal.evidence.entries import Entry, decode
from cargoseal.evidence.log import read_entries
from cargoseal.health import Reference
from cargoseal.ingest.committer import Arrival, Committer
from cargoseal.policy.profile import Profile
from cargoseal.recorder import Recorder
from cargoseal.scoring import load_models
from cargoseal.store import Store
from cargoseal.store.schema import outbox
from cargoseal_wire.topics import topic
from tests.gateway.policy.world import AUDIENCE, HOUR, START_MS, Box, Sealed


class SetClock:
    """A clock that a test sets."""

    def __init__(self, now_ms: int) -> None:
        self.now = now_ms

    def now_ms(self) -> int:
        return self.now


class Gatehouse:
    """One store and everything that writes to it."""

    def __init__(
        self, folder: Path, *boxes: Box, references: Mapping[bytes, Reference] | None = None
    ) -> None:
        self.references = references
        self.clock = SetClock(START_MS - HOUR)
        self.store = Store(folder / "gateway.db")
        for box in boxes:
            registry.enroll_node(
                self.store, box.public_key, bytes([box.seed]) * 32, now_ms=self.clock.now
            )
        self.committer = Committer(self.store, AUDIENCE, load_models())
        self.restart()

    def restart(self) -> None:
        """As after a kill: the recorder begins with an empty memory."""
        self.recorder = Recorder(self.store, self.clock, AUDIENCE, self.references)

    def ship(self, token: int, rules: Profile, *boxes: Box) -> None:
        registry.create_shipment(
            self.store,
            token,
            profile_name=rules.name,
            profile_digest=rules.digest,
            profile_text=rules.text,
            now_ms=self.clock.now,
        )
        for box in boxes:
            registry.assign_node(self.store, token, box.node, from_ms=self.clock.now)

    def take(self, *sealed: Sealed, record: bool = True) -> None:
        """Segments arrive, each at its time, and are recorded."""
        for one in sealed:
            self.clock.now = max(self.clock.now, one.received_ms)
            name = topic(one.facts.statement.node, "segment")
            self.committer.commit([Arrival(one.raw, name, False, one.received_ms)])
            if record:
                self.recorder.step()

    def log(self, token: int) -> list[Entry]:
        with self.store.read() as connection:
            return [decode(data) for data in read_entries(connection, token)]

    def waiting(self, token: int) -> list[tuple[int, int, int]]:
        """(position, condition, doubts) of what is to be posted."""
        query = sa.select(outbox.c.position, outbox.c.condition, outbox.c.doubts)
        with self.store.read() as connection:
            rows = connection.execute(query.where(outbox.c.token == token).order_by(outbox.c.id))
            return [(row.position, row.condition, row.doubts) for row in rows]
