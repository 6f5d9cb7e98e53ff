"""The ESP32 port and its main.py, run on a host with stand-ins for the chip's modules.

Sockets are real. What only a board can show is listed in firmware/README.md.
"""

import contextlib
import errno
import functools
import hashlib
import importlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from node.config import ConfigError

from cargoseal_boot.start import choose
from cargoseal_wire.constants import ACCEL_Z, HANDLING, HUMIDITY, NTP, SHOCK, TEMPERATURE
from tests.fleet.endpoint import Endpoint
from tests.node.both.chain import opened
from tests.node.both.handling import drop, peak_model
from tests.node.both.parts.cell import Cell
from tests.node.both.test_sntp import answer
from tests.node.chip import I2C, Adc, Nvs, PowerOff, Station, Watchdog, board, wait

__all__ = ["board"]
BOARD = {"wifi": "w", "password": "p", "ntp": "127.0.0.1", "i2c": {"scl": 1, "sda": 2}, "sht4x": {}}


def test_nvs_tells_nothing_stored_from_not_readable(board: Any) -> None:
    nvs = board.nvs.BoardNvs()
    assert nvs.get("seed") is None
    nvs.put("seed", b"abc")
    assert nvs.get("seed") == b"abc"
    Nvs.failing = True
    with pytest.raises(OSError, match="NOT_INITIALIZED"):
        nvs.get("seed")


def test_a_socket_connects_sends_receives_and_notices_the_end(board: Any) -> None:
    from cargoseal_wire import mqtt

    with Endpoint() as endpoint:
        transport = board.sockets.SocketTransport("127.0.0.1", endpoint.port)
        assert not transport.ready() and transport.receive() == b"" and transport.send(b"x") == 0
        transport.open()
        wait(transport.ready)
        connect = mqtt.encode_connect("00" * 8, 60)
        assert transport.send(connect) == len(connect)
        answer = bytearray()

        def answered() -> bool:
            answer.extend(transport.receive() or b"")
            return len(answer) == 4

        wait(answered)
        assert bytes(answer) == mqtt.encode_connack(False, 0)
        endpoint.drop_all()
        wait(lambda: transport.receive() is None)
        transport.close()


def test_a_refused_connection_is_an_error(board: Any) -> None:
    transport = board.sockets.SocketTransport("127.0.0.1", 1)
    with pytest.raises(OSError) as caught:
        transport.open()
        wait(transport.ready)
    assert caught.value.args[0] == errno.ECONNREFUSED


def test_a_full_socket_takes_nothing_and_breaks_nothing(board: Any) -> None:
    transport = board.sockets.SocketTransport("127.0.0.1", 9)

    def full(_data: bytes) -> int:
        raise OSError(errno.EAGAIN, "full")

    transport._socket = SimpleNamespace(send=full, recv=full)
    assert transport.send(b"abc") == 0
    assert transport.receive() == b""


def test_uptime_goes_on_where_ticks_wrap(board: Any) -> None:
    uptime = board.uptime.Uptime()
    last = uptime()
    end = time.monotonic() + 0.7
    while time.monotonic() < end:
        now = uptime()
        assert 0 <= now - last < 400
        last = now
        time.sleep(0.01)
    assert last >= 600
    assert 1_000_000 <= board.uptime.Uptime(1_000_000)() <= 1_000_100


def test_main_makes_no_key_before_a_host_has_enrolled_the_node(
    board: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def read(path: str) -> dict[str, Any]:
        if path == "/board.json":
            return {"wifi": "w", "password": "p"}
        raise OSError(errno.ENOENT, path)

    monkeypatch.setattr(board.files, "read_json", read)
    main = importlib.import_module("node.ports.esp32.main")
    main.main(choose(board.nvs.BoardNvs(), woke=False))
    assert "not enrolled" in capsys.readouterr().out
    assert "seed" not in Nvs.stored


def test_main_sleeps_until_the_battery_carries_the_radio(
    board: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    switched: list[bool] = []
    monkeypatch.setattr(Station, "active", lambda _self, on: switched.append(on))
    monkeypatch.setattr(board.files, "read_json", lambda _path: BOARD | {"battery": {"pin": 6}})
    main = importlib.import_module("node.ports.esp32.main")
    for percent in (0, 3, 10, 15):
        Adc.cell = Cell(percent)
        with pytest.raises(PowerOff, match=str(main.RECOVER_MS)):
            main.main(choose(board.nvs.BoardNvs(), woke=False))
    assert switched == []
    for cell in (Cell(20), Cell(60, ratio_permille=10**9)):  # well, and one that cannot be measured
        Adc.cell = cell
        with pytest.raises(OSError, match="no further"):
            monkeypatch.setattr(main, "network_of", stop)
            main.main(choose(board.nvs.BoardNvs(), woke=False))


def stop(*_: object) -> None:
    raise OSError("no further")


@contextlib.contextmanager
def time_server() -> Iterator[int]:
    """A network time server on this host; its port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))

        def serve() -> None:
            while True:
                asked, node = server.recvfrom(100)
                if len(asked) < 48:
                    return
                now = time.time_ns() // 1_000_000
                server.sendto(answer(asked, now, now), node)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.sendto(b"end", server.getsockname())
            thread.join(5)


def run_main(
    board: Any, monkeypatch: pytest.MonkeyPatch, folder: Path, endpoint: Endpoint, **changes: Any
) -> dict[int, bytes]:
    """main.py with its files in a folder, until the watchdog ends it; what the gateway kept.
    `pins`: more of board.json; other changes are the config's."""
    main = importlib.import_module("node.ports.esp32.main")
    monkeypatch.setattr(main, "LONGEST_SLEEP_MS", 10)
    pins = BOARD | changes.pop("pins", {})
    (folder / "board.json").write_text(json.dumps(pins))
    settings = {
        "audience": "22" * 32,
        "receipt_key": "11" * 32,
        "broker": {"host": "127.0.0.1", "port": endpoint.port},
        "sample_ms": 100,
        "max_readings": 2,
    }
    (folder / "config.json").write_text(json.dumps(settings | changes))
    read_json, read_file = board.files.read_json, board.files.read_file
    files = importlib.import_module("node.files")
    monkeypatch.setattr(board.files, "read_json", lambda path: read_json(str(folder) + path))
    monkeypatch.setattr(board.files, "read_file", lambda path: read_file(str(folder) + path))
    monkeypatch.setattr(main, "FileFlash", lambda _root: files.FileFlash(str(folder / "s")))
    start = choose(board.nvs.BoardNvs(), woke=False)
    start.production = True
    with pytest.raises(PowerOff):
        main.main(start)
    (kept,) = endpoint.kept.values()
    segments: dict[int, bytes] = kept.segments
    return segments


def test_main_runs_a_node_until_the_gateway_has_its_segments(
    board: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with Endpoint() as endpoint, time_server() as port:
        server = functools.partial(board.sntp.NtpSync, port=port)
        monkeypatch.setattr(board.sntp, "NtpSync", server)
        items = opened(run_main(board, monkeypatch, tmp_path, endpoint))
    assert len(items) >= 2
    for column, expected in ((TEMPERATURE, 2500), (HUMIDITY, 5650)):
        values = items[-1].readings.columns[column]
        assert len(values) == 2 and all(abs(value - expected) <= 2 for value in values)
    assert items[-1].statement.clock_source == NTP
    assert items[-1].statement.clock_error_ms < 1000


def test_main_seals_what_the_accelerometer_felt_with_a_model_from_a_file(
    board: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    blob = peak_model()
    digest = hashlib.sha256(blob).hexdigest()
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / f"{digest}.blob").write_bytes(blob)
    I2C.felt = drop(0)[150:280]
    monkeypatch.setattr(Watchdog, "rounds", 300)
    with Endpoint() as endpoint:
        burst = {"before_ms": 100, "after_ms": 100}
        segments = run_main(
            board, monkeypatch, tmp_path, endpoint,
            pins={"accelerometer": {}}, models=[{"digest": digest}], burst=burst,
        )  # fmt: skip
        items = opened(segments)
    (handling,) = [item for item in items if item.statement.kind == HANDLING]
    assert handling.statement.model.hex() == digest and handling.claim.score > 0
    assert max(handling.readings.columns[ACCEL_Z]) == 7968  # 8000 in the FIFO's steps of 48
    peaks = [item.readings.columns.get(SHOCK, [0]) for item in items]
    assert max(max(p for p in some if p is not None) for some in peaks) == 7968


def test_a_model_that_is_in_no_file_is_refused(
    board: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with Endpoint() as endpoint, pytest.raises(ConfigError, match=r"models\[0\].*got no model"):
        run_main(board, monkeypatch, tmp_path, endpoint, models=[{"digest": "ab" * 32}])
