"""kill -9 of the ingest process at random moments: what was acknowledged is there, once."""

import contextlib
import random
import select
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

from cargoseal.registry import enroll_node, refusals, totals
from cargoseal.store import Store
from cargoseal_wire import mqtt
from cargoseal_wire.receipt import decode_receipt
from tests.gateway.sealing import SealingNode

KILLS = 22
NODES = 6
SEED = 20160401
WINDOW = 80
ROOT = Path(__file__).resolve().parents[3]


class Fleet:
    """The sending side: what each node sealed, what was acknowledged, what receipts covered."""

    def __init__(self) -> None:
        self.nodes = [SealingNode(seed, readings=3) for seed in range(NODES)]
        self.unsent: list[tuple[SealingNode, int, bytes]] = []
        self.acknowledged: set[tuple[bytes, int]] = set()
        self.receipted: dict[bytes, set[int]] = {node.node: set() for node in self.nodes}
        self.sent_before: set[tuple[bytes, int]] = set()

    def top_up(self, count: int) -> None:
        while len(self.unsent) < count:
            node = min(self.nodes, key=lambda n: n.counter)
            raw = node.seal()
            self.unsent.append((node, node.counter, raw))

    def send_until(self, port: int, deadline: float, process: subprocess.Popen | None) -> None:
        """Publishes with WINDOW in flight; at the deadline kills the process in mid-stream.

        Without a process, returns when everything is acknowledged.
        """
        with socket.create_connection(("127.0.0.1", port), 10) as link:
            link.sendall(mqtt.encode_connect("fleet", 60, clean=True))
            reader = mqtt.PacketReader(1 << 20)
            topics = [(mqtt.topic(node.node, "receipt"), 0) for node in self.nodes]
            link.sendall(mqtt.encode_subscribe(1, topics))
            in_flight: dict[int, tuple[SealingNode, int, bytes]] = {}
            packet_id = 1
            alive = True
            with contextlib.suppress(OSError):
                while alive:
                    while self.unsent and len(in_flight) < WINDOW:
                        node, counter, raw = self.unsent.pop(0)
                        again = (node.node, counter) in self.sent_before
                        self.sent_before.add((node.node, counter))
                        in_flight[packet_id] = (node, counter, raw)
                        link.sendall(mqtt.encode_publish(node.topic, raw, 1, packet_id, again))
                        packet_id += 1
                    if process is None and not in_flight and not self.unsent:
                        return
                    if process is not None and time.monotonic() >= deadline:
                        process.kill()
                        process.wait()
                        process = None
                        deadline = float("inf")
                        alive = False
                    if process is None and time.monotonic() >= deadline:
                        raise TimeoutError("not everything was acknowledged in time")
                    alive = self._read(link, reader, in_flight, wait=alive) and alive
            while self._read_rest(link, reader, in_flight):
                pass
            self.unsent = sorted(
                [*in_flight.values(), *self.unsent], key=lambda item: (item[1], item[0].node)
            )

    def _read(self, link, reader, in_flight, *, wait: bool) -> bool:
        ready, _, _ = select.select([link], [], [], 0.005 if wait else 0)
        if not ready:
            return True
        data = link.recv(65536)
        if not data:
            return False
        self._note(reader.feed(data), in_flight)
        return True

    def _read_rest(self, link, reader, in_flight) -> bool:
        """What the process had sent before it died counts: the other side has it."""
        link.settimeout(0.5)
        try:
            data = link.recv(65536)
        except OSError:
            return False
        if data:
            self._note(reader.feed(data), in_flight)
        return bool(data)

    def _note(self, packets, in_flight) -> None:
        for packet in packets:
            if packet.type == mqtt.PUBACK:
                node, counter, _ = in_flight.pop(mqtt.parse_puback(packet).packet_id)
                self.acknowledged.add((node.node, counter))
            elif packet.type == mqtt.PUBLISH:
                self._note_receipt(mqtt.parse_publish(packet))

    def _note_receipt(self, publish: mqtt.Publish) -> None:
        node_id, _ = mqtt.parse_topic(publish.topic)
        node = next(n for n in self.nodes if n.node == node_id)
        receipt = decode_receipt(node.receipt_key, publish.payload)
        covered = set(range(1, receipt.contiguous + 1))
        for low, high in receipt.ranges:
            covered |= set(range(low, high + 1))
        self.receipted[node_id] |= covered


def start(database: Path, batch: int) -> tuple[subprocess.Popen, int]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.gateway.ingest.endpoint_process", database, str(batch), "4"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    words = process.stdout.readline().split()
    assert words[:2] == ["READY", "ingest"]
    return process, int(words[3])


def in_store(database: Path) -> set[tuple[bytes, int]]:
    with contextlib.closing(sqlite3.connect(database)) as connection:
        rows = connection.execute("SELECT node, counter FROM segments").fetchall()
    assert len(rows) == len(set(rows))
    return set(rows)


def test_no_acknowledged_segment_is_missing_after_kill_9_at_random_moments(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    database = tmp_path / "gateway.db"
    fleet = Fleet()
    with Store(database) as store:
        for node in fleet.nodes:
            enroll_node(store, node.public_key, node.receipt_key, now_ms=0)
    kills_with_traffic = 0
    for kill in range(KILLS):
        fleet.top_up(400)
        process, port = start(database, batch=chance.choice((1, 7, 25, 100)))
        try:
            before = len(fleet.acknowledged)
            fleet.send_until(port, time.monotonic() + chance.uniform(0.02, 0.35), process)
            kills_with_traffic += len(fleet.acknowledged) > before
        finally:
            process.kill()
            process.wait()
        kept = in_store(database)
        assert fleet.acknowledged <= kept, f"kill {kill}: acknowledged but not stored"
        for node_id, counters in fleet.receipted.items():
            assert {(node_id, counter) for counter in counters} <= kept
    process, port = start(database, batch=100)
    try:
        fleet.send_until(port, time.monotonic() + 30, None)
    finally:
        process.terminate()
        assert process.wait(10) == 0
    sealed = {(node.node, n) for node in fleet.nodes for n in range(1, node.counter + 1)}
    assert in_store(database) == sealed == fleet.acknowledged
    with Store(database) as store:
        assert store.integrity() == "ok"
        assert totals(store).accepted == len(sealed)
        assert refusals(store) == []
    assert kills_with_traffic >= KILLS // 2
