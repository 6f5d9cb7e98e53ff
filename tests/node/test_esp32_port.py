"""The ESP32 port and main.py, run on a host with stand-ins for the chip's modules.

Sockets are real. What only a board can show is listed in firmware/README.md.
"""

import errno
import hashlib
import importlib
import json
import struct
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, ClassVar

import pytest
from node.clock import WallClock
from node.config import ConfigError
from node.sensors.sht4x import crc8

from cargoseal_wire.constants import ACCEL_Z, HANDLING, SHOCK
from tests.fleet.endpoint import Endpoint
from tests.node.both.chain import opened
from tests.node.both.handling import drop, peak_model

NOT_FOUND = -0x1102


class Nvs:
    """esp32.NVS with its error codes."""

    stored: dict[str, bytes]
    failing = False

    def __init__(self, namespace: str) -> None:
        assert namespace == "cargoseal"

    def get_blob(self, key: str, buffer: bytearray) -> int:
        if Nvs.failing:
            raise OSError(-0x1101, "ESP_ERR_NVS_NOT_INITIALIZED")
        if key not in Nvs.stored:
            raise OSError(NOT_FOUND, "ESP_ERR_NVS_NOT_FOUND")
        data = Nvs.stored[key]
        buffer[: len(data)] = data
        return len(data)

    def set_blob(self, key: str, value: bytes) -> None:
        self.unsaved = (key, value)

    def commit(self) -> None:
        Nvs.stored.update([self.unsaved])


class Station:
    """network.WLAN that is there at once."""

    def __init__(self, _interface: int) -> None:
        pass

    def active(self, _on: bool) -> None:
        pass

    def connect(self, _name: str, _password: str) -> None:
        pass

    def isconnected(self) -> bool:
        return True


class I2C:
    """machine.I2C with an SHT4x at 25 °C and 56.5 %, and a LIS2DH12 whose FIFO a test fills."""

    fifo: ClassVar[list[tuple[int, ...]]] = []  # mg per axis

    def __init__(self, *_: object, **__: object) -> None:
        self.registers = {0x0F: 0x33}

    def writeto_mem(self, address: int, register: int, data: bytes) -> None:
        assert address == 0x18
        self.registers[register] = data[0]

    def readfrom_mem(self, _address: int, register: int, size: int) -> bytes:
        if register == 0x2F:
            return bytes([min(16, len(I2C.fifo))])
        if register != 0xA8:
            return bytes([self.registers[register]])
        taken, I2C.fifo = I2C.fifo[: size // 6], I2C.fifo[size // 6 :]
        return b"".join(struct.pack("<hhh", *(mg // 12 << 4 for mg in axes)) for axes in taken)

    def writeto(self, _address: int, data: bytes) -> int:
        return len(data)

    def readfrom(self, _address: int, _size: int) -> bytes:
        pairs = (b"\x66\x66", b"\x80\x00")
        return b"".join(pair + bytes([crc8(pair)]) for pair in pairs)


class PowerOff(Exception):  # noqa: N818  an event, not a mistake
    """The end of a test's patience with a loop that never ends."""


class Watchdog:
    """machine.WDT that ends the loop after so many rounds."""

    rounds = 200

    def __init__(self, timeout: int) -> None:
        assert timeout >= 1000
        self.fed = 0

    def feed(self) -> None:
        self.fed += 1
        if self.fed >= Watchdog.rounds:
            raise PowerOff


def module(name: str, **attributes: Any) -> ModuleType:
    made = ModuleType(name)
    for key, value in attributes.items():
        setattr(made, key, value)
    return made


@pytest.fixture
def board(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """node.ports.esp32 over stand-ins."""
    Nvs.stored = {}
    Nvs.failing = False
    ticks = {"offset": (1 << 30) - 500}  # about to wrap

    def ticks_ms() -> int:
        return (int(time.monotonic() * 1000) + ticks["offset"]) % (1 << 30)

    def ticks_diff(a: int, b: int) -> int:
        return (a - b + (1 << 29)) % (1 << 30) - (1 << 29)

    fakes = (
        module("esp32", NVS=Nvs),
        module("network", WLAN=Station, STA_IF=0),
        module("ntptime", time=lambda: 800_000_000),
        module("machine", I2C=I2C, Pin=lambda number: number, WDT=Watchdog),
    )
    for fake in fakes:
        monkeypatch.setitem(sys.modules, fake.__name__, fake)
    monkeypatch.setattr(time, "ticks_ms", ticks_ms, raising=False)
    monkeypatch.setattr(time, "ticks_diff", ticks_diff, raising=False)
    monkeypatch.setattr(time, "sleep_ms", lambda ms: time.sleep(ms / 1000), raising=False)
    for name in ("node.ports.esp32", "main"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    yield importlib.import_module("node.ports.esp32")
    for name in ("node.ports.esp32", "main"):
        sys.modules.pop(name, None)


def wait(condition: Any) -> None:
    end = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.005)


def test_nvs_tells_nothing_stored_from_not_readable(board: Any) -> None:
    nvs = board.BoardNvs()
    assert nvs.get("seed") is None
    nvs.put("seed", b"abc")
    assert nvs.get("seed") == b"abc"
    Nvs.failing = True
    with pytest.raises(OSError, match="NOT_INITIALIZED"):
        nvs.get("seed")


def test_a_socket_connects_sends_receives_and_notices_the_end(board: Any) -> None:
    from cargoseal_wire import mqtt

    with Endpoint() as endpoint:
        transport = board.SocketTransport("127.0.0.1", endpoint.port)
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
    transport = board.SocketTransport("127.0.0.1", 1)
    with pytest.raises(OSError) as caught:
        transport.open()
        wait(transport.ready)
    assert caught.value.args[0] == errno.ECONNREFUSED


def test_a_full_socket_takes_nothing_and_breaks_nothing(board: Any) -> None:
    transport = board.SocketTransport("127.0.0.1", 9)

    def full(_data: bytes) -> int:
        raise OSError(errno.EAGAIN, "full")

    transport._socket = SimpleNamespace(send=full, recv=full)
    assert transport.send(b"abc") == 0
    assert transport.receive() == b""


def test_uptime_goes_on_where_ticks_wrap(board: Any) -> None:
    uptime = board.Uptime()
    last = uptime()
    end = time.monotonic() + 0.7
    while time.monotonic() < end:
        now = uptime()
        assert 0 <= now - last < 400
        last = now
        time.sleep(0.01)
    assert last >= 600


def test_ntp_counts_from_2000_or_1970_as_the_port_does(
    board: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for epoch, expected in ((1970, 800_000_000_000), (2000, 1_746_684_800_000)):
        clock = WallClock()
        monkeypatch.setattr(board.time, "gmtime", lambda _s, epoch=epoch: (epoch, 1, 1))
        board.NtpSync(clock).step(0)
        assert clock.stamp(0)[0] == expected


def test_ntp_that_fails_is_asked_again_later(board: Any) -> None:
    asked = []

    def failing() -> int:
        asked.append(1)
        raise OSError(110)

    board.ntptime.time = failing
    clock = WallClock()
    sync = board.NtpSync(clock)
    for now in (0, 1000, 59_999, 60_000):
        sync.step(now)
    assert len(asked) == 2
    assert clock.stamp(0)[0] is None


def test_main_tells_the_public_key_of_a_node_that_is_not_enrolled(
    board: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    files: dict[str, dict[str, Any]] = {
        "/board.json": {"wifi": "w", "password": "p", "scl": 1, "sda": 2, "entropy": "00ff"}
    }

    def read(path: str) -> dict[str, Any]:
        if path not in files:
            raise OSError(errno.ENOENT, path)
        return files[path]

    monkeypatch.setattr(board, "read_json", read)
    importlib.import_module("main").main()
    said = capsys.readouterr().out
    assert "public key" in said and "chip and host" in said and "not enrolled" in said
    assert Nvs.stored["seed"].hex() not in said


def run_main(
    board: Any, monkeypatch: pytest.MonkeyPatch, folder: Path, endpoint: Endpoint, **changes: Any
) -> dict[int, bytes]:
    """main.py with its files in a folder, until the watchdog ends it; what the gateway kept.
    `pins`: more of board.json; other changes are the config's."""
    main = importlib.import_module("main")
    monkeypatch.setattr(main, "LONGEST_SLEEP_MS", 10)
    pins = {"wifi": "w", "password": "p", "scl": 1, "sda": 2} | changes.pop("pins", {})
    (folder / "board.json").write_text(json.dumps(pins))
    settings = {
        "audience": "22" * 32,
        "receipt_key": "11" * 32,
        "broker": {"host": "127.0.0.1", "port": endpoint.port},
        "sample_ms": 100,
        "max_readings": 2,
    }
    (folder / "config.json").write_text(json.dumps(settings | changes))
    read_json, read_file = board.read_json, board.read_file
    files = importlib.import_module("node.files")
    monkeypatch.setattr(board, "read_json", lambda path: read_json(str(folder) + path))
    monkeypatch.setattr(board, "read_file", lambda path: read_file(str(folder) + path))
    monkeypatch.setattr(main, "FileFlash", lambda _root: files.FileFlash(str(folder / "s")))
    with pytest.raises(PowerOff):
        main.main()
    (kept,) = endpoint.kept.values()
    segments: dict[int, bytes] = kept.segments
    return segments


def test_main_runs_a_node_until_the_gateway_has_its_segments(
    board: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with Endpoint() as endpoint:
        items = opened(run_main(board, monkeypatch, tmp_path, endpoint))
    assert len(items) >= 2
    assert items[-1].readings.columns == {0: [2500, 2500], 1: [5650, 5650]}
    assert items[-1].statement.clock_source == 2


def test_main_seals_what_the_accelerometer_felt_with_a_model_from_a_file(
    board: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    blob = peak_model()
    digest = hashlib.sha256(blob).hexdigest()
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / f"{digest}.blob").write_bytes(blob)
    I2C.fifo = [sample[1:] for sample in drop(0)[150:280]]
    monkeypatch.setattr(Watchdog, "rounds", 300)
    with Endpoint() as endpoint:
        burst = {"before_ms": 100, "after_ms": 100}
        segments = run_main(
            board, monkeypatch, tmp_path, endpoint,
            pins={"accelerometer": 24}, models=[{"digest": digest}], burst=burst,
        )  # fmt: skip
        items = opened(segments)
    (handling,) = [item for item in items if item.statement.kind == HANDLING]
    assert handling.statement.model.hex() == digest and handling.claim.score > 0
    assert max(handling.readings.columns[ACCEL_Z]) == 7992  # 8000 in the part's steps of 12
    peaks = [item.readings.columns.get(SHOCK, [0]) for item in items]
    assert max(max(p for p in some if p is not None) for some in peaks) == 7992


def test_a_model_that_is_in_no_file_is_refused(
    board: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with Endpoint() as endpoint, pytest.raises(ConfigError, match=r"models\[0\].*got no model"):
        run_main(board, monkeypatch, tmp_path, endpoint, models=[{"digest": "ab" * 32}])
