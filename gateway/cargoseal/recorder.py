"""The recorder: stored segments become evidence, evidence verdicts, verdicts wait to be posted.

A step, in one transaction (the code repeats the numbers):

 1. A shipment without a log gets its first entry.
 2. Assignments and releases that have begun become entries, before a release what was due until
    then; so do revocations of assigned nodes, and what staff asked for. Where segments wait that
    came before a release or a revocation, that waits for the next step.
 3. Verified segments, in the order they were stored, become entries of the shipment their node
    watched when they began; before each stands what was due when it was received, after each what
    it brings to light and the verdicts that follow. Each counts for the health of its model.
 4. Gaps and silences that are due by the clock become entries.
 5. Verdicts that change what the chain says go to the outbox, and the segments are marked.

Rules
- kill -9 at any moment loses nothing and doubles nothing: a step happens as a whole or not at all,
  and what is in memory is read back from the log.
- Time comes from the injected clock. It is read before the segments are, so that a segment that was
  stored meanwhile is not overtaken by a silence.
"""

import json
import signal
import threading
from collections.abc import Mapping

import sqlalchemy as sa

from cargoseal.chain.addresses import read_addresses
from cargoseal.clock import Clock, open_clock
from cargoseal.config import Config
from cargoseal.errors import StoreError, UsageError
from cargoseal.evidence import requests as staff
from cargoseal.evidence.entries import Assigned, Entry, Opened, Released, Revoked
from cargoseal.evidence.log import log_size
from cargoseal.evidence.pending import (
    count,
    due_assignments,
    due_releases,
    mark_entered,
    offer_again,
    open_tokens,
    read_back,
)
from cargoseal.evidence.shipment import ShipmentLog
from cargoseal.evidence.source import begun_ms, entry_of, facts_of
from cargoseal.evidence.transcript import Transcript
from cargoseal.health import Drift, Reference, load_references
from cargoseal.policy.profile import parse_profile
from cargoseal.store import Store
from cargoseal.store.schema import (
    assignments,
    nodes,
    requests,
    segments,
    shipments,
)
from cargoseal_wire.identity import audience as audience_of

BATCH = 500  # segments per transaction


class Recorder:
    """Turns what is stored into evidence. One per store.

    `references` are those of the models whose health is watched: of the shipped ones by default.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        audience: bytes,
        references: Mapping[bytes, Reference] | None = None,
    ) -> None:
        self._drift = Drift(load_references() if references is None else references)
        self._store = store
        self._clock = clock
        self._audience = audience
        self._logs: dict[int, ShipmentLog] = {}

    def step(self) -> int:
        """One step; how many segments were entered or set aside. BATCH of them: there may be more.

        Raises StoreError; the step has then changed nothing.
        """
        now_ms = self._clock.now_ms()
        with self._store.read() as connection:
            if not self._has_work(connection, now_ms):
                return 0
        try:
            with self._store.write() as connection:
                return self._record(Transcript(connection, now_ms))
        except BaseException:
            self._logs.clear()  # memory may be ahead of the store: read it back
            self._drift.forget()
            raise

    def _has_work(self, connection: sa.Connection, now_ms: int) -> bool:
        """Whether a step would change anything; reads back logs while nobody has to wait for it."""
        tokens = open_tokens(connection)
        for token in sorted(tokens - set(self._logs)):
            if log_size(connection, token) == 0:
                return True
            self._logs[token] = read_back(connection, token)
        asked = (
            sa.select(segments.c.counter).where(segments.c.entered.is_(False)),
            sa.select(requests.c.id).where(requests.c.entered.is_(False)),
            due_assignments(now_ms),
            due_releases(now_ms),
        )
        if any(connection.execute(query.limit(1)).first() for query in asked):
            return True
        if self._newly_revoked(connection, now_ms):
            return True
        return any(self._logs[token].attendance.due(now_ms) for token in tokens)

    def _record(self, step: Transcript) -> int:
        # 1
        for token in sorted(open_tokens(step.connection)):
            self._log(step, token)
        # 2
        self._enter_assignments(step)
        waiting = self._enter_revocations(step) | self._enter_releases(step)
        self._enter_requests(step, waiting)
        # 3
        entered = self._enter_segments(step)
        # 4
        if entered < BATCH:
            for log in self._logs.values():
                if log.token not in waiting:
                    self._enter_due(step, log, step.now_ms)
        # 5
        step.write()
        self._logs = {token: log for token, log in self._logs.items() if not log.closed}
        return entered

    # -- 1: logs

    def _log(self, step: Transcript, token: int) -> ShipmentLog:
        """The shipment's log, as it is in memory, read back or begun. Raises StoreError."""
        log = self._logs.get(token)
        if log is not None and token in step.compared:
            return log
        step.compared.add(token)
        size = log_size(step.connection, token)
        if log is None or log.size != size:
            log = read_back(step.connection, token) if size else self._begin(step, token)
            self._logs[token] = log
        return log

    def _begin(self, step: Transcript, token: int) -> ShipmentLog:
        query = sa.select(shipments).where(shipments.c.token == token)
        row = step.connection.execute(query).first()
        if row is None:
            raise StoreError(f"shipment {token}: expected a row, got none")
        profile = parse_profile(row.profile_text, f"profile of shipment {token}")
        if profile.digest != bytes(row.profile_digest):
            raise StoreError(
                f"shipment {token}: expected profile {bytes(row.profile_digest).hex()}, "
                f"got a text with digest {profile.digest.hex()}"
            )
        log = ShipmentLog(token, profile)
        opened = Opened(token, profile.digest, profile.canonical, self._audience, step.now_ms)
        step.take(log, log.append(opened))
        return log

    # -- 2: assignments, revocations, requests

    def _enter_assignments(self, step: Transcript) -> None:
        connection, now_ms = step.connection, step.now_ms
        for row in connection.execute(due_assignments(now_ms)).all():
            node, token = bytes(row.node), int(row.token)
            log = self._log(step, token)
            key = connection.execute(
                sa.select(nodes.c.public_key).where(nodes.c.node == node)
            ).scalar_one()
            entry = Assigned(node, bytes(key), int(row.from_ms), now_ms)
            step.take(log, log.append(entry))
            connection.execute(
                assignments.update().where(assignments.c.id == row.id).values(entered=True)
            )
            offer_again(connection, node, int(row.from_ms))

    @staticmethod
    def _enter_due(step: Transcript, log: ShipmentLog, until_ms: int) -> None:
        for fact in log.attendance.due(min(until_ms, step.now_ms)):
            step.take(log, log.append(fact))

    def _enter_revocations(self, step: Transcript) -> set[int]:
        """Enters revocations like releases; the shipments that must wait."""
        waiting: set[int] = set()
        for log, entry in self._newly_revoked(step.connection, step.now_ms):
            if self._awaits_segments(step.connection, log, entry.at_ms):
                waiting.add(log.token)
                continue
            self._enter_due(step, log, entry.at_ms)
            step.take(log, log.append(entry))
        return waiting

    def _enter_releases(self, step: Transcript) -> set[int]:
        """Enters what was due before a release, then the release; the shipments that must wait.

        Segments that came before a release and wait for step 3 say what was due before it: their
        shipment is released in a later step, and not closed before.
        """
        connection = step.connection
        waiting: set[int] = set()
        for row in connection.execute(due_releases(step.now_ms)).all():
            log = self._log(step, int(row.token))
            if self._awaits_segments(connection, log, int(row.to_ms)):
                waiting.add(log.token)
                continue
            self._enter_due(step, log, int(row.to_ms))
            released = Released(bytes(row.node), int(row.to_ms), step.now_ms)
            step.take(log, log.append(released))
            connection.execute(
                assignments.update().where(assignments.c.id == row.id).values(released_entered=True)
            )
        return waiting

    @staticmethod
    def _awaits_segments(connection: sa.Connection, log: ShipmentLog, to_ms: int) -> bool:
        query = sa.select(segments.c.counter).where(
            segments.c.entered.is_(False),
            segments.c.received_ms <= to_ms,
            segments.c.node.in_(list(log.fold.judge.nodes)),
        )
        return connection.execute(query.limit(1)).first() is not None

    def _newly_revoked(
        self, connection: sa.Connection, now_ms: int
    ) -> list[tuple[ShipmentLog, Revoked]]:
        query = sa.select(nodes.c.node, nodes.c.revoked_ms).where(nodes.c.revoked_ms <= now_ms)
        revoked = {bytes(row.node): int(row.revoked_ms) for row in connection.execute(query)}
        return [
            (log, Revoked(name, revoked[name], now_ms))
            for log in self._logs.values()
            for name, node in sorted(log.fold.judge.nodes.items())
            if name in revoked and node.watching and node.revoked_ms is None and not log.closed
        ]

    def _enter_requests(self, step: Transcript, waiting: set[int]) -> None:
        """Enters what staff asked for; a shipment whose release waits is not closed yet."""
        connection = step.connection
        query = sa.select(requests).where(requests.c.entered.is_(False)).order_by(requests.c.id)
        for row in connection.execute(query).all():
            if row.kind == "close" and int(row.token) in waiting:
                continue
            log = self._log(step, int(row.token))
            body = json.loads(row.body)
            if row.kind == "review":
                body.setdefault("salt", staff.new_salt())
            try:
                entry = self._asked(log, row.kind, body, row.person, int(row.asked_ms))
            except UsageError:
                count(connection, "requests.refused")
            else:
                step.take(log, log.append(entry))
                if row.kind == "close":
                    connection.execute(
                        shipments.update()
                        .where(shipments.c.token == row.token)
                        .values(closed_ms=int(row.asked_ms))
                    )
            connection.execute(
                requests.update()
                .where(requests.c.id == row.id)
                .values(entered=True, body=json.dumps(body, sort_keys=True))
            )

    @staticmethod
    def _asked(
        log: ShipmentLog, kind: str, body: dict[str, object], person: str, time_ms: int
    ) -> Entry:
        if log.closed:
            raise UsageError(f"shipment {log.token}: expected an open shipment, got a closed one")
        if kind == "leg":
            return staff.leg_of(body, time_ms)
        if kind == "review":
            return staff.review_of(body, person, time_ms, log.last_verdict)
        return staff.closed_of(time_ms)

    # -- 3: segments

    def _enter_segments(self, step: Transcript) -> int:
        connection = step.connection
        query = (
            sa.select(segments)
            .where(segments.c.entered.is_(False))
            .order_by(sa.literal_column("segments.rowid"))
            .limit(BATCH)
        )
        rows = connection.execute(query).all()
        for row in rows:
            facts = facts_of(bytes(row.raw), bytes(row.seal_digest))
            received_ms = int(row.received_ms)
            began_ms = begun_ms(connection, facts, received_ms)
            token = step.watched(bytes(row.node), began_ms)
            log = None if token is None else self._log(step, token)
            if log is None or log.closed:
                count(connection, "unassigned", bytes(row.node))
                continue
            if not log.has(bytes(row.node), int(row.counter)):
                entry = entry_of(facts, int(row.score), received_ms)
                step.take(log, log.segment(entry, facts))
                self._drift.count(
                    connection,
                    log.token,
                    facts,
                    bytes(row.raw),
                    begun_ms=began_ms,
                    now_ms=step.now_ms,
                )
        mark_entered(connection, [(bytes(row.node), int(row.counter)) for row in rows])
        return len(rows)


def run_recorder(config: Config) -> None:
    """Records as the configuration says until SIGTERM or SIGINT.

    Raises ConfigError or StoreError (the database cannot be used).
    """
    addresses = read_addresses(config.chain.addresses, config.chain.chain_id)
    served = audience_of(config.chain.chain_id, addresses.token_bytes, config.deployment)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopping.set())
    with Store(config.database) as store:
        recorder = Recorder(store, open_clock(config.clock.file), served)
        print("READY recorder", flush=True)
        while not stopping.is_set():
            if recorder.step() < BATCH:
                stopping.wait(config.recorder.poll_ms / 1000)
