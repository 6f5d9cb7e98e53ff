"""An ESP32-C3's core for viper functions: rv32imc machine code in unicorn, instructions counted."""

import struct
from collections.abc import Sequence

from unicorn import UC_ARCH_RISCV, UC_HOOK_BLOCK, UC_MODE_RISCV32, Uc, UcError
from unicorn.riscv_const import (
    UC_RISCV_REG_A0,
    UC_RISCV_REG_A1,
    UC_RISCV_REG_A2,
    UC_RISCV_REG_A3,
    UC_RISCV_REG_PC,
    UC_RISCV_REG_RA,
    UC_RISCV_REG_SP,
)

from tests.native import runtime
from tests.native.runtime import MachineError, place

NAME = "rv32imc"
RET = struct.pack("<I", 0x00008067)
EBREAK = struct.pack("<I", 0x00100073)


class Machine:
    """One program in memory; `instructions` is what its calls took, when `counting`."""

    def __init__(self, functions: Sequence[bytes], counting: bool = False) -> None:
        self.instructions = 0
        self._lengths: dict[tuple[int, int], int] = {}
        self._starts: list[int] = []
        self._uc = Uc(UC_ARCH_RISCV, UC_MODE_RISCV32)
        self._uc.mem_map(runtime.STOP, runtime.MEMORY_BYTES - runtime.STOP)
        tables = runtime.runtime()
        self._object = tables.function_object
        self._uc.mem_write(runtime.STOP, EBREAK)
        self._uc.mem_write(runtime.RETURN, RET)
        self._uc.mem_write(runtime.FORBIDDEN, EBREAK)
        self._uc.mem_write(runtime.RUNTIME, tables.data)
        at = runtime.CODE
        for code in functions:
            self._uc.mem_write(at, code)
            self._starts.append(at)
            at = (at + len(code) + 15) & ~15
        if counting:
            self._uc.hook_add(UC_HOOK_BLOCK, self._count)

    def call(self, index: int, *arguments: object) -> None:
        """Calls a function; buffers that can be written hold what it left in them."""
        uc = self._uc
        placed = place(arguments)
        for view, at in placed.buffers:
            uc.mem_write(at, bytes(view))
        uc.mem_write(runtime.ARGUMENTS, placed.words)
        uc.reg_write(UC_RISCV_REG_SP, runtime.STACK_TOP - 64)
        uc.reg_write(UC_RISCV_REG_RA, runtime.STOP)
        uc.reg_write(UC_RISCV_REG_A0, self._object)
        uc.reg_write(UC_RISCV_REG_A1, len(arguments))
        uc.reg_write(UC_RISCV_REG_A2, 0)
        uc.reg_write(UC_RISCV_REG_A3, runtime.ARGUMENTS)
        try:
            uc.emu_start(self._starts[index], runtime.STOP)
        except UcError as error:
            pc = uc.reg_read(UC_RISCV_REG_PC)
            raise MachineError(f"{NAME} function {index} at {pc:#x}: {error}") from error
        for view, at in placed.buffers:
            if not view.readonly:
                view[:] = uc.mem_read(at, view.nbytes)

    def close(self) -> None:
        """Nothing is held."""

    def _count(self, uc: Uc, address: int, size: int, _: object) -> None:
        length = self._lengths.get((address, size))
        if length is None:
            length = _instructions(bytes(uc.mem_read(address, size)))
            self._lengths[address, size] = length
        self.instructions += length


def _instructions(code: bytes) -> int:
    """How many instructions these bytes are: four bytes each, or two when compressed."""
    count = at = 0
    while at < len(code):
        at += 4 if code[at] & 3 == 3 else 2
        count += 1
    return count
