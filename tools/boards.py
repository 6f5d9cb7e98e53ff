"""A board's serial console, spoken to by mpremote's transport: calls, files, restart."""

import json
from types import TracebackType
from typing import Self

import serial
from mpremote.transport import TransportError, TransportExecError
from mpremote.transport_serial import SerialTransport

BAUD = 115200
ANSWER_S = 60
_MARK = "cargoseal-answer "
_CALL = """
import json
from node.ports.esp32 import console
print({mark!r} + json.dumps(console.{name}(*json.loads({arguments!r}))))
"""


class ConsoleError(Exception):
    """The board is not there (`silent`), or answered with an error, whose last line is told."""

    def __init__(self, text: str, *, silent: bool) -> None:
        self.silent = silent
        super().__init__(text)


class Console:
    """An open console; the board's program is interrupted when it opens."""

    def __init__(self, port: str) -> None:
        """ConsoleError when there is no port, or nothing that answers as MicroPython does."""
        try:
            self._transport = SerialTransport(port, BAUD, timeout=1)
            self._transport.enter_raw_repl(soft_reset=False)
        except (TransportError, serial.SerialException, OSError) as error:
            raise ConsoleError(
                f"{port}: expected a board at its prompt, got: {error}; a node in production "
                "answers only after its button was held for ten seconds at its start",
                silent=True,
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._transport.close()

    def call(self, name: str, *arguments: str) -> object:
        """What `node.ports.esp32.console.<name>` gives. ConsoleError with the board's error."""
        code = _CALL.format(mark=_MARK, name=name, arguments=json.dumps(arguments))
        for line in self.run(code).splitlines():
            if line.startswith(_MARK):
                return json.loads(line[len(_MARK) :])
        raise ConsoleError(f"{name}: expected an answer, got none", silent=False)

    def run(self, code: str) -> str:
        """What a program prints on the board."""
        try:
            output, failed = self._transport.exec_raw(code, timeout=ANSWER_S)
        except TransportError as error:
            raise ConsoleError(f"the board stopped answering: {error}", silent=True) from error
        if failed:
            last = failed.decode(errors="replace").strip().splitlines()[-1]
            raise ConsoleError(f"the board says: {last}", silent=False)
        return str(output.decode(errors="replace"))

    def write_file(self, path: str, data: bytes) -> None:
        """Writes beside the old file and renames: a cut leaves the old one or the new one."""
        try:
            self._transport.fs_writefile(path + ".new", data)
        except (TransportError, TransportExecError, OSError) as error:
            raise ConsoleError(
                f"{path}: the board did not take it: {error}", silent=False
            ) from error
        self.run(f"import os\nos.rename({path + '.new'!r}, {path!r})")

    def make_folder(self, path: str) -> None:
        self.run(f"import os\ntry:\n os.mkdir({path!r})\nexcept OSError:\n os.listdir({path!r})")

    def restart(self) -> None:
        """Starts the board; it does not answer any more."""
        try:
            self._transport.exec_raw_no_follow("import machine\nmachine.reset()")
        except TransportError as error:
            raise ConsoleError(f"the board did not restart: {error}", silent=True) from error
