"""Runs the gateway's processes and keeps them running.

Rules
1. The parts share nothing but the store, so each may die at any moment and be started again.
2. A part that dies is restarted after a pause that doubles up to a minute; a part that has run for
   a minute starts from the shortest pause again.
3. A configuration that one part refuses (exit code 2) stops the gateway: a restart cannot help.
4. On SIGTERM or SIGINT every part is asked to stop, and after ten seconds made to.
5. What a part says on stdout is passed on as it is, or as a line of JSON with the part's name.
"""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

PARTS = ("ingest", "recorder", "poster")
_SHORTEST_PAUSE_S, _LONGEST_PAUSE_S, _SETTLED_S, _GRACE_S = 0.5, 60.0, 60.0, 10.0
EXIT_CONFIGURATION = 2


@dataclass
class Part:
    """One process of the gateway."""

    name: str
    command: list[str]
    as_json: bool = False
    process: subprocess.Popen[bytes] | None = None
    started_s: float = 0.0
    pause_s: float = _SHORTEST_PAUSE_S
    start_at_s: float = 0.0
    restarts: int = field(default=0)

    def start(self, now_s: float) -> None:
        self.process = subprocess.Popen(  # noqa: S603  our own interpreter and module
            self.command, stdout=subprocess.PIPE if self.as_json else None
        )
        self.started_s = now_s
        if self.as_json:
            threading.Thread(target=self._pass_on, args=(self.process,), daemon=True).start()

    def _pass_on(self, process: "subprocess.Popen[bytes]") -> None:
        """Runs in a thread of its own for as long as the process says anything."""
        for line in process.stdout or ():
            text = line.decode("utf-8", "replace").rstrip()
            print(json.dumps({"part": self.name, "says": text}), flush=True)

    def note_death(self, now_s: float) -> None:
        """Plans the next start."""
        if now_s - self.started_s >= _SETTLED_S:
            self.pause_s = _SHORTEST_PAUSE_S
        self.start_at_s = now_s + self.pause_s
        self.pause_s = min(2 * self.pause_s, _LONGEST_PAUSE_S)
        self.process = None
        self.restarts += 1


class Supervisor:
    """Starts the named parts with one configuration file and restarts those that die."""

    def __init__(
        self, config_path: Path, parts: Sequence[str] = PARTS, *, as_json: bool = False
    ) -> None:
        base = [sys.executable, "-m", "cargoseal.cli", "--config", str(config_path)]
        self._parts = [Part(name, [*base, "gateway", "part", name], as_json) for name in parts]
        self._stopping = False

    def run(self) -> int:
        """Blocks until asked to stop (0) or until a part refuses its configuration (2)."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask_to_stop)
        code = 0
        try:
            while not self._stopping and code == 0:
                code = self._look_after()
                time.sleep(0.1)
        finally:
            self._stop_all()
        return code

    def _ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True

    def _look_after(self) -> int:
        now_s = time.monotonic()
        for part in self._parts:
            if part.process is None:
                if now_s >= part.start_at_s:
                    part.start(now_s)
                continue
            code = part.process.poll()
            if code is None:
                continue
            part.note_death(now_s)
            if code == EXIT_CONFIGURATION:
                return code
            print(
                f"cargoseal gateway: {part.name} ended with exit code {code}; "
                f"starting it again in {part.start_at_s - now_s:.1f} s",
                file=sys.stderr,
                flush=True,
            )
        return 0

    def _stop_all(self) -> None:
        running = [part.process for part in self._parts if part.process is not None]
        for process in running:
            process.terminate()
        deadline_s = time.monotonic() + _GRACE_S
        for process in running:
            try:
                process.wait(max(0.0, deadline_s - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
