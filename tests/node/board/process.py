"""A board at a serial port of this machine: real MicroPython behind a pseudo-terminal."""

import os
import pty
import subprocess
import tty
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.micropython.host import RUNTIME, node_program
from tests.shared_data import ROOT

HERE = Path(__file__).parent


class BoardProcess:
    """Runs from entering to leaving; `port` is what a tool opens."""

    def __init__(self) -> None:
        self.master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        self.port = os.ttyname(self._slave)
        command = [node_program(), HERE / "board.mjs", RUNTIME, ROOT, HERE / "shims"]
        self.process = subprocess.Popen(command, stdin=self.master, stdout=self.master)

    def has_restarted(self, within_s: float = 20) -> bool:
        """Whether the board was reset: this board's process ends with it."""
        try:
            return self.process.wait(within_s) == 0
        except subprocess.TimeoutExpired:
            return False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.master)
        os.close(self._slave)
