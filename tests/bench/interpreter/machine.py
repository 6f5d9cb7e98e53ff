"""The interpreter in unicorn: its files are Python's, its kernels run elsewhere; all is counted."""

import struct
from collections.abc import Callable, Iterator
from pathlib import Path

from unicorn import UC_ARCH_RISCV, UC_HOOK_BLOCK, UC_HOOK_CODE, UC_MODE_RISCV32, Uc, UcError
from unicorn.riscv_const import UC_RISCV_REG_A0, UC_RISCV_REG_PC, UC_RISCV_REG_RA, UC_RISCV_REG_SP

from tests.bench.interpreter.build import WASM, Program
from tests.bench.interpreter.files import Files
from tests.bench.interpreter.objects import Objects

CODE = 0x8000_0000
STACK = 0x9000_0000
MEMORY_BYTES = 16 << 20
PYSTACK_BYTES = 16384
EBREAK = b"\x73\x00\x10\x00"
ARGUMENTS = range(UC_RISCV_REG_A0, UC_RISCV_REG_A0 + 8)
_SYMBOL_TABLE, _LOAD = 2, 1
_DATA_SECTION = 11

Kernel = Callable[..., None]


class Machine:
    """One interpreter. `kernels` are called by objects in the list `natives` of its module
    `natives`, with numbers and buffers."""

    def __init__(self, program: Program, heap_bytes: int, kernels: list[Kernel]) -> None:
        self.files = Files(self)
        self.objects = Objects(self)
        self._kernels = kernels
        self._program = program
        elf = program.elf.read_bytes()
        self._symbols = dict(symbols(elf))
        self.uc = Uc(UC_ARCH_RISCV, UC_MODE_RISCV32)
        self.uc.mem_map(0, MEMORY_BYTES)
        self.uc.mem_map(CODE, 4 << 20)
        self.uc.mem_map(STACK - (1 << 20), 1 << 20)
        for address, data in [*loaded(elf), *segments(WASM.read_bytes())]:
            self.uc.mem_write(address, data)
        self._stop = CODE + (3 << 20)
        self.uc.mem_write(self._stop, EBREAK)
        self._host = self._symbols["host_begin"]
        end = self._host + 8 * len(program.imports) - 1
        self.uc.hook_add(UC_HOOK_CODE, self._serve, begin=self._host, end=end)
        self.call("start", PYSTACK_BYTES, heap_bytes)
        self.objects.provide(len(kernels), program.first_native)

    def call(self, name: str, *arguments: int) -> int:
        """Calls a function of shell.c."""
        for register, value in zip(ARGUMENTS, arguments, strict=False):
            self.uc.reg_write(register, value)
        self.uc.reg_write(UC_RISCV_REG_SP, STACK - 64)
        self.uc.reg_write(UC_RISCV_REG_RA, self._stop)
        try:
            self.uc.emu_start(self._symbols[name], self._stop)
        except UcError as error:
            where = self.uc.reg_read(UC_RISCV_REG_PC)
            raise RuntimeError(f"{name} at {where:#x}: {error}\n{self.files.output}") from error
        return int(self.uc.reg_read(UC_RISCV_REG_A0))

    def run(self, source: str) -> None:
        """Executes Python. RuntimeError with its traceback."""
        data = source.encode() + b"\0"
        at = self.call("allocate", len(data))
        out = self.call("allocate", 16)
        self.uc.mem_write(at, data)
        self.call("execute", at, len(data) - 1, out)
        kind, length, text = struct.unpack("<iII", self.read(out, 12))
        self.call("release", at)
        self.call("release", out)
        if kind == -1:
            raise RuntimeError(self.read(text, length).decode(errors="replace"))

    def said(self, source: str) -> str:
        """What it prints."""
        self.files.output = ""
        self.run(source)
        return self.files.output.strip()

    def cost(self, act: str) -> int:
        """Instructions of bytecode and MicroPython's C for a statement, without those of kernels
        and of garbage collection."""
        self.run(f"def act_():\n    {act}\ndef nothing_():\n    pass")
        self.run("import gc\ngc.collect()\ngc.disable()")
        counted = self._count("act_()") - self._count("nothing_()")
        self.run("gc.enable()")
        return counted

    def read(self, at: int, size: int) -> bytes:
        return bytes(self.uc.mem_read(at, size))

    def word(self, at: int) -> int:
        return int.from_bytes(self.read(at, 4), "little")

    def _count(self, source: str) -> int:
        """Of a statement, its compilation included; stubs of shell.c left out."""
        blocks: dict[tuple[int, int], int] = {}

        def note(_uc: Uc, address: int, size: int, _data: object) -> None:
            blocks[address, size] = blocks.get((address, size), 0) + 1

        hook = self.uc.hook_add(UC_HOOK_BLOCK, note)
        self.uc.ctl_flush_tb()
        self.run(source)
        self.uc.hook_del(hook)
        self.uc.ctl_flush_tb()
        begin = self._symbols["Z_envZ_invoke_v"]
        return sum(
            count * instructions(self.read(address, size))
            for (address, size), count in blocks.items()
            if not begin <= address < self._host
        )

    def _serve(self, uc: Uc, address: int, _size: int, _data: object) -> None:
        number, inside = divmod(address - self._host, 8)
        if inside:
            return
        name = self._program.imports[number].rsplit("Z_", 1)[-1]
        arguments = [uc.reg_read(register) for register in ARGUMENTS]
        if name.startswith("native_"):
            answer = self.objects.call(self._kernels[int(name[7:])], arguments[0], arguments[1])
        else:
            answer = self.files.serve(name, arguments)
        uc.reg_write(UC_RISCV_REG_A0, answer & 0xFFFFFFFF)


def instructions(code: bytes) -> int:
    """How many instructions these bytes are."""
    count = at = 0
    while at < len(code):
        at += 4 if code[at] & 3 == 3 else 2
        count += 1
    return count


def symbols(elf: bytes) -> Iterator[tuple[str, int]]:
    """(name, address) of an ELF file of 32 bits."""
    (at,) = struct.unpack_from("<I", elf, 32)
    (count,) = struct.unpack_from("<H", elf, 48)
    sections = [struct.unpack_from("<10I", elf, at + 40 * i) for i in range(count)]
    table = next(section for section in sections if section[1] == _SYMBOL_TABLE)
    names = sections[table[6]][4]
    for entry in range(table[4], table[4] + table[5], 16):
        name, value = struct.unpack_from("<II", elf, entry)
        yield elf[names + name : elf.index(b"\0", names + name)].decode(), value


def loaded(elf: bytes) -> Iterator[tuple[int, bytes]]:
    """(address, bytes) of what an ELF file wants in memory."""
    (at,) = struct.unpack_from("<I", elf, 28)
    (count,) = struct.unpack_from("<H", elf, 44)
    for i in range(count):
        kind, offset, address, _, size = struct.unpack_from("<5I", elf, at + 32 * i)
        if kind == _LOAD:
            yield address, elf[offset : offset + size]


def segments(wasm: bytes) -> Iterator[tuple[int, bytes]]:
    """(address, bytes) of the data of a WebAssembly module."""
    at = 8
    while at < len(wasm):
        kind = wasm[at]
        size, at = number(wasm, at + 1)
        if kind == _DATA_SECTION:
            count, place = number(wasm, at)
            for _ in range(count):
                assert wasm[place : place + 2] == b"\x00\x41"  # memory 0, i32.const
                address, place = number(wasm, place + 2)
                length, place = number(wasm, place + 1)
                yield address, wasm[place : place + length]
                place += length
        at += size


def number(data: bytes, at: int) -> tuple[int, int]:
    """(a LEB128 number that is not negative, where the next thing begins)"""
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        shift += 7
        at += 1
        if data[at - 1] < 128:
            return value, at


def sources(folder: Path, names: Iterator[str]) -> dict[str, bytes]:
    """Python files below folders of the repository, by their path in the machine."""
    return {
        f"/r/{path.relative_to(folder)}": path.read_bytes()
        for name in names
        for path in (folder / name).rglob("*.py")
    }
