"""What the emulated machines share: where things lie, and the little of MicroPython they have.

A viper function is entered with (its own object, number of arguments, 0, their addresses). It finds
the runtime's table of functions through its object, and turns each argument into a number by the
table's entry CONVERT. Here objects are those numbers already. No other entry may be called: rule 3
of `cargoseal_native`; the machine stops with an error when one is.
"""

import struct
from collections.abc import Sequence
from typing import NamedTuple

CONVERT = 3
TABLE_WORDS = 128
STOP = 0x8000
RETURN = 0x8010
FORBIDDEN = 0x8020
RUNTIME = 0x9000
ARGUMENTS = 0xC000
CODE = 0x24680  # unicorn takes twenty times as long for short loops at some rounder addresses
DATA, DATA_BYTES = 0x100000, 0x100000
STACK_TOP = 0x320000
MEMORY_BYTES = 0x400000

Buffer = bytes | bytearray | memoryview  # or array.array, which has no name of its own
MachineError = type("MachineError", (RuntimeError,), {"__doc__": "The machine code went astray."})


class Runtime(NamedTuple):
    """The bytes of the runtime's tables, which lie at RUNTIME, and a function's object in them."""

    data: bytes
    function_object: int


def runtime() -> Runtime:
    """function object -> context -> constants -> table of functions, each found at any offset."""
    table = [RETURN if i == CONVERT else FORBIDDEN for i in range(TABLE_WORDS)]
    table[0] = table[1] = table[2] = 0  # None, False, True
    words, at = list(table), RUNTIME
    for _ in range(3):
        words += [at] * 16
        at = RUNTIME + 4 * (len(words) - 16)
    return Runtime(struct.pack(f"<{len(words)}I", *words), at)


class Placed(NamedTuple):
    """A call's arguments as words, and the buffers among them that lie in memory."""

    words: bytes
    buffers: list[tuple[memoryview, int]]


def place(arguments: Sequence[object], base: int = DATA) -> Placed:
    """Numbers stand for themselves, buffers for the address they are put at, 16 bytes apart."""
    words, buffers = [], []
    for value in arguments:
        if isinstance(value, int):
            words.append(value & 0xFFFFFFFF)
            continue
        view = memoryview(value)  # type: ignore[arg-type]
        words.append(base)
        buffers.append((view.cast("B"), base))
        base = (base + view.nbytes + 31) & ~15
    if base > DATA + DATA_BYTES:
        raise MachineError("buffers: expected at most 1 MB")
    return Placed(struct.pack(f"<{len(words)}I", *words), buffers)
