"""Reads the machine code out of a .mpy file (MicroPython 1.27 to 1.29, mpy 6.3).

Only what our own kernels need: modules whose constants are strings, bytes, numbers and tuples,
functions without data sections. Anything else is a ValueError, as is a file of another version.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ARCHITECTURES = {0: "any", 10: "xtensawin", 11: "rv32imc"}
BYTECODE, NATIVE, VIPER, ASSEMBLER = range(4)
HAS_ARCHITECTURE_FLAGS = 0x40
SIZELESS_CONSTANTS = range(5)  # the table of functions, None, False, True, Ellipsis
TEXT_CONSTANTS = (5, 6)
NUMBER_CONSTANTS = (7, 8, 9)
TUPLE_CONSTANT = 10
DATA_SECTIONS = 0x70


class Mpy(NamedTuple):
    """The architecture, and the code of each viper function in the order of the source."""

    architecture: str
    functions: list[bytes]


def read(path: Path) -> Mpy:
    """Return what a .mpy file with native code holds."""
    return _Reader(path.read_bytes()).module()


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def module(self) -> Mpy:
        magic, version, features, _ = self.take(4)
        if magic != ord("M") or version != 6:
            raise ValueError(f"expected an .mpy of version 6, got {self.data[:2]!r}")
        if features & HAS_ARCHITECTURE_FLAGS:
            self.number()
        architecture = ARCHITECTURES[features >> 2 & 0x0F]
        names, constants = self.number(), self.number()
        for _ in range(names):
            self.name()
        for _ in range(constants):
            self.constant()
        functions = [code for kind, code in self.code() if kind != BYTECODE]
        return Mpy(architecture, functions)

    def take(self, size: int) -> bytes:
        self.at += size
        return self.data[self.at - size : self.at]

    def number(self) -> int:
        value = 0
        while True:
            byte = self.take(1)[0]
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                return value

    def name(self) -> None:
        length = self.number()
        if not length & 1:  # odd: one of MicroPython's own
            self.take((length >> 1) + 1)

    def constant(self) -> None:
        kind = self.take(1)[0]
        if kind in SIZELESS_CONSTANTS:
            return
        size = self.number()
        if kind in TEXT_CONSTANTS:
            self.take(size + 1)
        elif kind in NUMBER_CONSTANTS:
            self.take(size)
        elif kind == TUPLE_CONSTANT:
            for _ in range(size):
                self.constant()
        else:
            raise ValueError(f"constant of kind {kind}")

    def code(self) -> Iterator[tuple[int, bytes]]:
        """The code at this place and that of the functions inside it."""
        header = self.number()
        kind, has_children, size = header & 3, header >> 2 & 1, header >> 3
        code = self.take(size)
        if kind == VIPER and self.number() & DATA_SECTIONS:
            raise ValueError("viper code with data sections")
        if kind in (NATIVE, ASSEMBLER):
            raise ValueError(f"code of kind {kind}")
        yield kind, code
        for _ in range(self.number() if has_children else 0):
            yield from self.code()
