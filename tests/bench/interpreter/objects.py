"""MicroPython's objects as they lie in memory (version 1.27): how kernels are called.

A kernel is an object of the type of built-in functions that take any number of arguments; its
function is an address that the machine watches.
"""

import struct
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.bench.interpreter.machine import Machine

MODULE = "/r/natives.py"
_ANY_ARGUMENTS = 0x1FFFE  # mp_obj_fun_builtin_var_t.sig: 0 to 65,535, no keywords
_ITEM_BYTES = {"q": 8, "i": 4, "I": 4, "h": 2, "H": 2}
_PROVIDE = """
import sys
sys.path[:0] = ["/r", "/r/firmware", "/r/firmware/lib"]
import natives
from array import array
print(id(natives.natives), id(print), id(bytes), id(bytearray), id(array), id(int))
"""


class Objects:
    """Makes the kernels' objects, and turns what they are called with into numbers and buffers."""

    def __init__(self, machine: "Machine") -> None:
        self.calls = 0
        self.arguments = 0
        self._machine = machine
        self._types: dict[int, str] = {}
        self._none = 0

    def provide(self, count: int, first: int) -> None:
        """Fills the list of module `natives` with that many kernels."""
        machine = self._machine
        machine.files.content[MODULE] = f"natives = [None] * {count + 1}\n".encode()
        at, model, *types = map(int, machine.said(_PROVIDE).split())
        self._types = dict(zip(types, ("bytes", "bytearray", "array", "int"), strict=True))
        items = machine.word(at + 12)
        self._none = machine.word(items)
        memory = machine.call("allocate", 16 * count)
        for i in range(count):
            made = struct.pack("<III", machine.word(model), _ANY_ARGUMENTS, first + i)
            machine.uc.mem_write(memory + 16 * i, made)
            machine.uc.mem_write(items + 4 * i, struct.pack("<I", memory + 16 * i))

    def call(self, kernel: Callable[..., None], count: int, at: int) -> int:
        """Calls a kernel with `count` objects; buffers that can be written get what it left."""
        self.calls += 1
        self.arguments += count
        given: list[int | bytes | bytearray] = []
        back = []
        for i in range(count):
            value, place = self._value(self._machine.word(at + 4 * i))
            given.append(value)
            if isinstance(value, bytearray):
                back.append((place, value))
        kernel(*given)
        for place, buffer in back:
            if buffer:
                self._machine.uc.mem_write(place, bytes(buffer))
        return self._none

    def _value(self, pointer: int) -> tuple[int | bytes | bytearray, int]:
        """(what an object is, where its bytes lie)"""
        if pointer & 1:
            return (pointer - (1 << 32) if pointer >> 31 else pointer) >> 1, 0
        kind = self._types[self._machine.word(pointer)]
        _, second, length, data = struct.unpack("<4I", self._machine.read(pointer, 16))
        if kind == "int":
            size = int.from_bytes(self._machine.read(data, 2 * length), "little")
            return (-size if second & 1 else size), 0
        if kind == "bytes":
            return self._machine.read(data, length), data
        item = _ITEM_BYTES.get(chr(second & 255), 1) if kind == "array" else 1
        return bytearray(self._machine.read(data, length * item)), data
