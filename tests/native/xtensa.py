"""An ESP32's core for viper functions: xtensawin machine code in qemu-system-xtensa.

The program needs no operating system: this writes memory and registers through qemu's gdb port and
lets the core run to a breakpoint. The core is Debian's dc233c, which has the ESP32's windowed calls
but no Wi-Fi, no flash, no cache. `instructions` is read from its cycle counter, which counts one
per instruction here (-icount).
"""

import socket
import struct
import subprocess
import time
from collections.abc import Sequence

from tests.native import runtime
from tests.native.runtime import MachineError, place

NAME = "xtensawin"
PROGRAM = "qemu-system-xtensa"
CORE = "dc233c"
REGISTERS = 121  # of this core in the gdb protocol: pc is the first, a0 is the 106th
PC, A0 = 0, 105
COUNT_SHIFT = 7  # qemu's clock moves 2^7 ns per instruction, this core's counter once per 100 ns
NS_PER_CYCLE = 100
PACKET_BYTES = 1800
ANSWER_S = 60
BOOT = 0x8040
# wsr.ps a2; wsr.windowstart a5; rsync; rsr.ccount a3; callx8 a8; rsr.ccount a4; j .
BOOT_CODE = bytes.fromhex("20e613 504913 102000 30ea03 e00800 40ea03 06ffff")
END = BOOT + 18
ENTRY_AND_RETURN = bytes.fromhex("364100 1df0")  # entry a1, 32; retw.n
WINDOWED = 0x40000  # PS.WOE


class Machine:
    """One program in memory; `instructions` is about what its calls took."""

    def __init__(self, functions: Sequence[bytes]) -> None:
        self.instructions = 0
        self._held: dict[int, bytes] = {}
        self._starts: list[int] = []
        port = _free_port()
        options = f"-M sim -cpu {CORE} -m 16M -nographic -monitor none -serial none -S"
        options += f" -gdb tcp:127.0.0.1:{port} -icount shift={COUNT_SHIFT}"
        command = [PROGRAM, *options.split()]
        self._qemu = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._gdb = _Gdb(port, self._qemu)
        tables = runtime.runtime()
        self._object = tables.function_object
        self._gdb.write(BOOT, BOOT_CODE)
        self._gdb.write(runtime.RETURN, ENTRY_AND_RETURN)
        self._gdb.write(runtime.RUNTIME, tables.data)
        for stop in (END, runtime.FORBIDDEN):
            self._gdb.ask(f"Z0,{stop:x},3")
        at = runtime.CODE
        for code in functions:
            self._gdb.write(at, code)
            self._starts.append(at)
            at = (at + len(code) + 15) & ~15

    def call(self, index: int, *arguments: object) -> None:
        """Calls a function; buffers that can be written hold what it left in them."""
        placed = place(arguments)
        for view, at in placed.buffers:
            self._put(at, bytes(view))
        self._put(runtime.ARGUMENTS, placed.words)
        values = {
            PC: BOOT,
            A0 + 1: runtime.STACK_TOP - 256,
            A0 + 2: WINDOWED,
            A0 + 5: 1,
            A0 + 8: self._starts[index],
            A0 + 10: self._object,
            A0 + 11: len(arguments),
            A0 + 12: 0,
            A0 + 13: runtime.ARGUMENTS,
        }
        self._gdb.write_registers(values)
        self._gdb.ask("c", "T")
        registers = self._gdb.registers()
        if registers[PC] != END:
            raise MachineError(f"{NAME} function {index}: stopped at {registers[PC]:#x}")
        cycles = (registers[A0 + 4] - registers[A0 + 3]) & 0xFFFFFFFF
        self.instructions += cycles * NS_PER_CYCLE >> COUNT_SHIFT
        for view, at in placed.buffers:
            if not view.readonly:
                self._held[at] = self._gdb.read(at, view.nbytes)
                view[:] = self._held[at]

    def close(self) -> None:
        """Ends the emulator."""
        self._gdb.close()
        self._qemu.kill()
        self._qemu.wait()

    def _put(self, at: int, data: bytes) -> None:
        """Writes a buffer unless it lies there already."""
        if self._held.get(at) != data:
            self._gdb.write(at, data)
            self._held = {
                start: held
                for start, held in self._held.items()
                if start + len(held) <= at or start >= at + len(data)
            }
            self._held[at] = data


class _Gdb:
    """The few packets of gdb's remote protocol that are needed."""

    def __init__(self, port: int, qemu: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + ANSWER_S
        while True:
            try:
                self._socket = socket.create_connection(("127.0.0.1", port), timeout=ANSWER_S)
                break
            except ConnectionRefusedError:
                if qemu.poll() is not None or time.monotonic() > deadline:
                    raise MachineError(f"{PROGRAM} did not open its gdb port") from None
                time.sleep(0.02)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received = b""

    def ask(self, command: str, expected: str = "OK") -> str:
        data = command.encode()
        self._socket.sendall(b"$" + data + b"#%02x" % (sum(data) & 255))
        answer = self._answer()
        if not answer.startswith(expected):
            raise MachineError(f"{command[:20]}: expected {expected}, got {answer[:40]}")
        return answer

    def write(self, at: int, data: bytes) -> None:
        for start in range(0, len(data), PACKET_BYTES):
            part = data[start : start + PACKET_BYTES]
            self.ask(f"M{at + start:x},{len(part):x}:{part.hex()}")

    def read(self, at: int, size: int) -> bytes:
        parts = []
        for start in range(at, at + size, PACKET_BYTES):
            length = min(PACKET_BYTES, at + size - start)
            parts.append(bytes.fromhex(self.ask(f"m{start:x},{length:x}", "")))
        return b"".join(parts)

    def registers(self) -> list[int]:
        text = self.ask("g", "").replace("x", "0")
        return list(struct.unpack(f"<{REGISTERS}I", bytes.fromhex(text)))

    def write_registers(self, values: dict[int, int]) -> None:
        registers = self.registers()
        for number, value in values.items():
            registers[number] = value
        self.ask("G" + struct.pack(f"<{REGISTERS}I", *registers).hex())

    def close(self) -> None:
        self._socket.close()

    def _answer(self) -> str:
        while True:
            begin = self._received.find(b"$")
            end = self._received.find(b"#", begin)
            if 0 <= begin < end and len(self._received) >= end + 3:
                answer = self._received[begin + 1 : end]
                self._received = self._received[end + 3 :]
                self._socket.sendall(b"+")
                return answer.decode()
            more = self._socket.recv(65536)
            if not more:
                raise MachineError(f"{PROGRAM} closed its gdb port")
            self._received += more


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
