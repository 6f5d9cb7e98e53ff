"""A real Mosquitto as a process of its own, with the settings that the gateway's package names.

Rule: without the program a test is skipped, with a word; in CI (CI=true) it fails.
"""

import shutil
import socket
import subprocess
import time
from pathlib import Path

import cargoseal.ingest
from tests.shared_data import absent

SETTINGS = Path(cargoseal.ingest.__file__).with_name("mosquitto.conf")


def find_mosquitto() -> str:
    found = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    if found is None:
        absent("mosquitto (Debian: apt-get install mosquitto)")
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Mosquitto:
    """A broker on a port of its own that can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self._program = find_mosquitto()
        self._folder = folder
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._config = folder / "mosquitto.conf"
        self._config.write_text(
            f"{SETTINGS.read_text()}\nlistener {self.port} 127.0.0.1\nallow_anonymous true\n"
            f"persistence_location {folder}/\nuser root\n"
        )

    def start(self) -> None:
        log = (self._folder / "mosquitto.log").open("ab")
        self._process = subprocess.Popen(
            [self._program, "-c", str(self._config)], stdout=log, stderr=log
        )
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.02)
        raise RuntimeError((self._folder / "mosquitto.log").read_text())

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def forget(self) -> None:
        """Deletes what the broker had kept, as after a broken card."""
        for path in self._folder.glob("mosquitto.db*"):
            path.unlink()
