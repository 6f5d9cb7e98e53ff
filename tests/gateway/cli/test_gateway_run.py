"""`cargoseal gateway run`: its parts start, come back after kill -9, and stop when asked to."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from cargoseal.chain.backend import free_port
from cargoseal.supervisor import PARTS

PROGRAM = [sys.executable, "-m", "cargoseal.cli"]
WAIT_S = 60


class Gateway:
    """A running gateway whose parts' words are read as JSON."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [*PROGRAM, "gateway", "run", "--json"], cwd=folder, stdout=subprocess.PIPE, text=True
        )
        self._said: queue.Queue[dict[str, Any]] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self._said.put(json.loads(line))

    def ready(self) -> str:
        """The next part that says it is ready."""
        while True:
            said = self._said.get(timeout=WAIT_S)
            if said["says"].startswith("READY"):
                return str(said["part"])

    def part(self, name: str) -> int:
        """The process id of a part."""
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        for child in " ".join(task.read_text() for task in tasks).split():
            words = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
            if name.encode() in words:
                return int(child)
        raise AssertionError(f"no part {name} is running")


@pytest.fixture
def deployed(folder: Path) -> Path:
    subprocess.run(
        [*PROGRAM, "contracts", "deploy", "--admin-key", "admin.key"],
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return folder


def test_a_part_killed_at_any_time_comes_back_and_all_stop_when_asked(deployed: Path) -> None:
    gateway = Gateway(deployed)
    try:
        assert {gateway.ready() for _ in PARTS} == set(PARTS)
        for name in PARTS:
            before = gateway.part(name)
            os.kill(before, signal.SIGKILL)
            assert gateway.ready() == name
            assert gateway.part(name) != before
        parts = [gateway.part(name) for name in PARTS]
        gateway.process.send_signal(signal.SIGTERM)
        assert gateway.process.wait(WAIT_S) == 0
        assert not any(Path(f"/proc/{part}").exists() for part in parts)
    finally:
        gateway.process.kill()


def test_a_configuration_that_a_part_refuses_stops_the_gateway_with_its_reason(
    deployed: Path,
) -> None:
    text = (deployed / "cargoseal.toml").read_text(encoding="utf-8")
    broken = text.replace('"gateway.key"', '"absent.key"')
    (deployed / "broken.toml").write_text(broken, encoding="utf-8")
    ended = subprocess.run(
        [*PROGRAM, "-c", "broken.toml", "gateway", "run"],
        cwd=deployed,
        capture_output=True,
        text=True,
        timeout=WAIT_S,
        check=False,
    )
    assert ended.returncode == 2
    assert "absent.key" in ended.stderr


def test_a_development_chain_runs_in_the_foreground_until_it_is_stopped(folder: Path) -> None:
    text = (folder / "cargoseal.toml").read_text(encoding="utf-8")
    url = f'url = "http://127.0.0.1:{free_port()}"'
    lines = [url if line.startswith("url") else line for line in text.split("\n")]
    (folder / "chain.toml").write_text("\n".join(lines), encoding="utf-8")
    program = [*PROGRAM, "-c", "chain.toml", "contracts", "chain"]
    running = subprocess.Popen(program, cwd=folder, stdout=subprocess.PIPE, text=True)
    try:
        assert running.stdout is not None
        assert running.stdout.readline() == "READY chain\n"
        running.send_signal(signal.SIGTERM)
        assert running.wait(WAIT_S) == 0
    finally:
        running.kill()
