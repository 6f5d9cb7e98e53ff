"""Translates MicroPython's WebAssembly to C, and compiles it for rv32imc.

Linear memory lies at address 0, so that the C code addresses it directly; imported functions are
addresses that the machine watches, calls that may be left by a longjmp go through `shell.c`.
"""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.micropython.host import RUNTIME

HERE = Path(__file__).resolve().parent
WASM = RUNTIME.with_suffix(".wasm")
NATIVES = 64  # functions of the table behind the interpreter's own: the kernels
OPTIONS = (
    "-O2 -march=rv32imc -mabi=ilp32 -fno-strict-aliasing -fno-delete-null-pointer-checks -fwrapv -w"
).split()
COMPILER = "riscv64-unknown-elf-gcc"
_FUNCTION_IMPORTS = re.compile(r"^((?:void|u32|f64|u64) (Z_\w+)\(struct [^;]*;)", re.M)


class MissingToolsError(Exception):
    """A program that the build needs is not there."""


@dataclass(frozen=True)
class Program:
    """The ELF file, the names of what it imports in the order of their addresses, and the number
    of the first kernel in the table of functions."""

    elf: Path
    imports: list[str]
    first_native: int


def build(folder: Path) -> Program:
    """Builds into a folder. MissingToolsError without the programs."""
    folder.mkdir(parents=True, exist_ok=True)
    include, libraries = picolibc()
    run(["wasm2c", WASM, "-n", "mp", "-o", "mp.c"], folder)
    code, imports, elements = translated(
        (folder / "mp.c").read_text(), (folder / "mp.h").read_text()
    )
    (folder / "interpreter.c").write_text(code)
    (folder / "host.S").write_text(host_stubs(imports))
    for name in ("interpreter.c", "host.S"):
        strict = ["-Werror=implicit-function-declaration", "-I", HERE, "-isystem", include]
        run([COMPILER, *OPTIONS, *strict, "-c", name, "-o", name[:-2] + ".o"], folder)
    libs = [libraries / "libc.a", libraries / "libm.a", libraries / "libc.a", "-lgcc"]
    link = ["-nostartfiles", "-nostdlib", "-T", HERE / "link.ld", "interpreter.o", "host.o"]
    run([COMPILER, *OPTIONS, *link, "-o", "interpreter.elf", *libs], folder)
    return Program(folder / "interpreter.elf", imports, elements + 1)


def run(command: list[str | Path], folder: Path) -> str:
    """Runs a program of the PATH or of RV32_TOOLS, and returns what it said."""
    unpacked = tools()
    path = os.environ["PATH"] + (f"{os.pathsep}{unpacked}/usr/bin" if unpacked else "")
    program = shutil.which(str(command[0]), path=path)
    if program is None or not WASM.exists():
        raise MissingToolsError(
            f"{command[0]} or {WASM.name} is not there (tests/bench/interpreter)"
        )
    made = subprocess.run(
        [program, *command[1:]], cwd=folder, env={**os.environ, "PATH": path},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if made.returncode:
        raise RuntimeError(f"{command[0]}: {made.stderr[-2000:]}")
    return made.stdout


def tools() -> Path | None:
    """Where the packages were unpacked, when they are not installed."""
    folder = os.environ.get("RV32_TOOLS")
    return Path(folder) if folder else None


def picolibc() -> tuple[Path, Path]:
    """(headers, libraries for rv32im: nearest to rv32imc that Debian has)."""
    base = (tools() or Path("/")) / "usr/lib/picolibc/riscv64-unknown-elf"
    if not base.exists():
        raise MissingToolsError(f"{base} is not there (picolibc-riscv64-unknown-elf)")
    return base / "include", base / "lib/rv32im/ilp32"


def translated(code: str, header: str) -> tuple[str, list[str], int]:
    """(C without wasm2c's runtime, imported names, functions in the table)."""
    begin = code.rindex("DEFINE_TABLE_FILL(externref)")
    declared = code[begin : code.index("static void init_globals(")]
    prototypes = re.findall(r"^static [a-z0-9]+ w2c_\w+\(Z_mp_instance_t\*.*\);$", declared, re.M)
    first = code.index("static void w2c___wasm_call_ctors(Z_mp_instance_t* instance) {")
    body = plain(code[first : code.index("/* export: 'memory' */")])
    segment = code[
        code.index("elem_segment_exprs_w2c_e0[] = {") : code.index("static void init_tables(")
    ]
    elements = re.findall(r"&(\w+), 0\}", segment)
    heads = {name: head for head, name in _FUNCTION_IMPORTS.findall(header)}
    used = sorted(
        set(re.findall(r"\b(Z_(?:env|wasi_snapshot_preview1)Z_\w+)\(", body))
        | {name for name in elements if name.startswith("Z_")}
    )
    imports = [name for name in used if "invoke_" not in name and "longjmp" not in name]
    imports += [f"native_{i}" for i in range(NATIVES)]
    lines = ['#include "prelude.h"', "static u32 w2c_g0 = 65536u, w2c_g1, w2c_g2, w2c_g3;"]
    lines += [
        re.sub(r"struct Z_\w+\*(, )?", "", heads[name]).replace("()", "(void)") for name in used
    ]
    lines += [f"void native_{i}(void);" for i in range(NATIVES)]
    lines += [plain(line) for line in prototypes] + [body, "const function_t table[] = {", " 0,"]
    lines += [f" (function_t){name}," for name in elements]
    lines += [f" (function_t)native_{i}," for i in range(NATIVES)] + ["};"]
    lines.append((HERE / "shell.c").read_text())
    return "\n".join(lines), imports, len(elements)


def plain(text: str) -> str:
    """Without the instance that wasm2c hands to every function: there is one."""
    text = text.replace("Z_mp_instance_t* instance, ", "")
    text = text.replace("(Z_mp_instance_t* instance)", "(void)")
    text = text.replace("(Z_mp_instance_t*, ", "(").replace("(Z_mp_instance_t*)", "(void)")
    text = text.replace("&instance->w2c_memory, ", "")
    text = re.sub(
        r"CALL_INDIRECT\(instance->w2c___indirect_function_table, "
        r"(\w+) \(\*\)\(void\*(?:, )?([^)]*)\), \d+, (\w+), "
        r"instance->w2c___indirect_function_table.data\[\w+\].module_instance(, )?",
        r"CALL_INDIRECT(\1 (*)(\2), \3\4",
        text,
    )
    text = re.sub(r"\(\*(Z_\w+)\)\(", r"\1(", text)
    text = text.replace("instance->w2c_memory.pages", "256u")
    text = re.sub(r"instance->Z_(?:env|wasi_snapshot_preview1)_instance(, )?", "", text)
    text = re.sub(r"instance->(w2c_g\d)", r"\1", text)
    return text.replace("(instance, ", "(").replace("(instance)", "()")


def host_stubs(imports: list[str]) -> str:
    """Eight bytes for each import: where the machine steps in."""
    lines = ['.section .text.host,"ax",@progbits', ".global host_begin", "host_begin:"]
    for name in imports:
        lines += [f".global {name}", f"{name}:", ".option push", ".option norvc", " ret", " nop"]
        lines.append(".option pop")
    return "\n".join([*lines, ".global trap", "trap:", " ebreak", ""])
