"""R: of all CPU that the ingest process uses, which part is libsodium checking signatures?

Run: python tests/bench/bench_ingest.py [--segments N] [--json]

Rules
1. The ingest process is a process of its own and reports its own CPU, from the first segment to the
   last; the sending side is not in the figure. Every segment is answered after its commit (SQLite,
   WAL, synchronous=FULL, batches of 100).
2. "verify" is the CPU inside PyNaCl's crypto_sign_open, measured around each call.
3. "with re-execution" is the gateway as it ships. "without" leaves the readings packed and does not
   derive features or score: that is how the figure was defined when it was first taken.
4. Trust the ratios, not the speeds: the machine is shared.
"""

import argparse
import contextlib
import json
import os
import select
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT)]

NODES = 16
READINGS = 60
WINDOW = 200
BATCH = 100


# The ingest process


def ingest_process(kind: str, rescoring: bool, database: str, port: int, segments: int) -> None:
    """Takes `segments` segments, then prints its figures as one line of JSON."""
    import asyncio

    from cargoseal import verify
    from cargoseal.clock import SystemClock
    from cargoseal.ingest.broker import Broker, BrokerSettings
    from cargoseal.ingest.committer import Committer
    from cargoseal.ingest.endpoint import Endpoint, EndpointSettings
    from cargoseal.scoring import load_models
    from cargoseal.store import Store
    from tests.gateway.sealing import AUDIENCE

    figures = {"verify_s": 0.0, "calls": 0, "started_s": 0.0, "wall_s": 0.0}
    check = verify.steps.crypto_sign_open
    now = time.thread_time

    def timed_check(message: bytes, key: bytes) -> bytes:
        begin = now()
        try:
            return check(message, key)
        finally:
            figures["verify_s"] += now() - begin
            figures["calls"] += 1

    verify.steps.crypto_sign_open = timed_check
    if not rescoring:
        leave_readings_packed(verify)
    store = Store(database)
    committer = Committer(store, AUDIENCE, load_models(), repeats_are_replays=kind == "endpoint")
    commit = committer.commit
    done = [0]

    def counted(arrivals):  # type: ignore[no-untyped-def]
        if not done[0]:
            figures["started_s"], figures["wall_s"] = time.process_time(), time.monotonic()
            figures["verify_s"] = figures["calls"] = 0
        due = commit(arrivals)
        done[0] += len(arrivals)
        return due

    committer.commit = counted  # type: ignore[method-assign]

    def report() -> None:
        cpu = time.process_time() - figures["started_s"]
        count = done[0]
        print(
            json.dumps(
                {
                    "segments": count,
                    "cpu_us": 1e6 * cpu / count,
                    "verify_us": 1e6 * figures["verify_s"] / count,
                    "R": figures["verify_s"] / cpu,
                    "per_s": count / (time.monotonic() - figures["wall_s"]),
                }
            ),
            flush=True,
        )

    async def serve() -> None:
        settings = EndpointSettings(port=0, batch=BATCH, linger_s=0.02)
        endpoint = Endpoint(committer, SystemClock(), settings)
        print("READY", await endpoint.start(), flush=True)
        while done[0] < segments:
            await asyncio.sleep(0.02)
        report()
        await endpoint.stop()

    if kind == "endpoint":
        asyncio.run(serve())
    else:
        settings = BrokerSettings(port=port, batch=BATCH, linger_s=0.02)
        broker = Broker(committer, SystemClock(), settings)
        send = broker._send_receipts_when_due

        def watch() -> None:
            send()
            if done[0] >= segments:
                broker.stop()

        broker._send_receipts_when_due = watch  # type: ignore[method-assign]
        broker.run(ready=lambda: print("READY", port, flush=True))
        report()
    store.close()


def leave_readings_packed(verify) -> None:  # type: ignore[no-untyped-def]
    from cargoseal_wire.sections import Readings

    empty = Readings(bytes(16), bytes(8), 0, [0], {})
    verify.fast_wire.decode_readings_many = lambda batch: [empty] * len(batch)
    verify._score_many = lambda _model, batch: [None] * len(batch)


# The sending side


def sealed_load(segments: int):  # type: ignore[no-untyped-def]
    """The nodes, and (topic, bytes) of each in turn; readings like those of a real trip."""
    import random

    from cargoseal.scoring import load_models
    from cargoseal_wire import constants as c
    from cargoseal_wire.sections import Readings
    from tests.gateway.sealing import SealingNode

    model = next(iter(load_models().values()))
    chance = random.Random(7)

    class TripNode(SealingNode):
        def _values(self) -> Readings:
            def walk(start: int, step: int) -> list[int | None]:
                values, value = [], start
                for _ in range(READINGS):
                    value += chance.randint(-step, step)
                    values.append(value)
                return values

            columns = {
                c.TEMPERATURE: walk(520, 3),
                c.HUMIDITY: walk(4500, 8),
                c.PRESSURE: walk(10130, 1),
                c.LIGHT: [0] * READINGS,
                c.SHOCK: [chance.choice((1000, 1010, 1020, 1100)) for _ in range(READINGS)],
                c.TILT: walk(120, 4),
                c.MOTION: [1] * READINGS,
                c.BATTERY: [3700 - i // 20 for i in range(READINGS)],
            }
            offsets = [i * 60_000 for i in range(READINGS)]
            return Readings(self._salt(), bytes(8), 0, offsets, columns)

    nodes = [TripNode(seed, model=model, readings=READINGS) for seed in range(NODES)]
    load = []
    for number in range(segments):
        node = nodes[number % NODES]
        node.counter += 1
        segment, node.previous = node.make(node.counter, node.previous)
        load.append((node.topic, segment.compact()))
    return nodes, load


def send(port: int, load: list[tuple[str, bytes]]) -> None:
    """One connection per node, WINDOW segments in flight on each, until all are acknowledged."""
    from cargoseal_wire import mqtt

    links = []
    for number in range(NODES):
        link = socket.create_connection(("127.0.0.1", port), 10)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link.sendall(mqtt.encode_connect(f"load {number}", 600, clean=True))
        link.recv(4)
        queue = [
            mqtt.encode_publish(topic, raw, 1, packet_id)
            for packet_id, (topic, raw) in enumerate(load[number::NODES], 1)
        ]
        links.append({"link": link, "queue": queue, "sent": 0, "bytes": 0})
    while links:
        for item in links:
            free = item["bytes"] // 4 + WINDOW - item["sent"]
            part = item["queue"][item["sent"] : item["sent"] + max(0, free)]
            if part:
                item["link"].sendall(b"".join(part))
                item["sent"] += len(part)
        ready, _, _ = select.select([item["link"] for item in links], [], [], 30)
        if not ready:
            raise TimeoutError("no answer for 30 s")
        for item in links:
            if item["link"] in ready:
                item["bytes"] += len(item["link"].recv(65536))
        links = [item for item in links if item["bytes"] < 4 * len(item["queue"])]


@contextlib.contextmanager
def started(kind: str, rescoring: bool, database: Path, port: int, segments: int) -> Iterator:  # type: ignore[type-arg]
    command = [sys.executable, __file__, "--serve", kind, str(int(rescoring)), str(database)]
    process = subprocess.Popen(
        [*command, str(port), str(segments)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def measure(kind: str, rescoring: bool, nodes, load, folder: Path) -> dict[str, float]:  # type: ignore[no-untyped-def]
    from cargoseal.registry import enroll_node, totals
    from cargoseal.store import Store

    database = folder / f"{kind}-{rescoring}.db"
    with Store(database) as store:
        for node in nodes:
            enroll_node(store, node.public_key, node.receipt_key, now_ms=0)
    with contextlib.ExitStack() as stack:
        port = 0
        if kind == "mosquitto":
            from tests.gateway.mosquitto import Mosquitto

            home = folder / f"broker-{rescoring}"
            home.mkdir()
            broker = Mosquitto(home)
            broker.start()
            stack.callback(broker.kill)
            port = broker.port
        process = stack.enter_context(started(kind, rescoring, database, port, len(load)))
        assert process.stdout is not None
        port = int(process.stdout.readline().split()[1])
        send(port, load)
        figures: dict[str, float] = json.loads(process.stdout.readline())
    with Store(database) as store:
        found = totals(store)
        if found.accepted != len(load) or found.refused:
            raise RuntimeError(f"expected {len(load)} accepted, got {found}")
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--segments", type=int, default=6000)
    parser.add_argument("--json", action="store_true", help="print JSON in place of the table")
    parser.add_argument("--only", choices=("endpoint", "mosquitto"))
    parser.add_argument("--serve", nargs=5, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        kind, rescoring, database, port, segments = arguments.serve
        ingest_process(kind, rescoring == "1", database, int(port), int(segments))
        return
    nodes, load = sealed_load(arguments.segments)
    mean_bytes = sum(len(raw) for _, raw in load) / len(load)
    results: dict[str, object] = {
        "segments": len(load),
        "segment_bytes": round(mean_bytes),
        "readings_per_segment": READINGS,
        "cores": os.cpu_count(),
    }
    say = sys.stderr if arguments.json else sys.stdout
    print(f"{len(load)} segments of {READINGS} readings, {mean_bytes:.0f} bytes each", file=say)
    with tempfile.TemporaryDirectory() as folder:
        for kind in [arguments.only] if arguments.only else ["endpoint", "mosquitto"]:
            for rescoring in (False, True):
                figures = measure(kind, rescoring, nodes, load, Path(folder))
                name = f"{kind}, {'with' if rescoring else 'without'} re-execution"
                results[name] = {key: round(value, 3) for key, value in figures.items()}
                print(
                    f"{name:34} R {figures['R']:.2f}   {figures['cpu_us']:6.1f} µs CPU a segment, "
                    f"{figures['verify_us']:5.1f} of it verify, {figures['per_s']:.0f}/s",
                    file=say,
                )
    if arguments.json:
        print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
