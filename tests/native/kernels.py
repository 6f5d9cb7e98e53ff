"""The modules of firmware/cargoseal_native, with their viper functions run as machine code.

A module's source is executed here as it stands, so its bytecode part runs in CPython; what it
decorates with `micropython.viper` becomes a call of the same function in the compiled .mpy.
"""

import ast
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import NamedTuple, Protocol

from tests.native import mpy
from tools import native


class Machine(Protocol):
    """What runs a program's functions by their index; `instructions` counts all it ran."""

    instructions: int

    def call(self, index: int, *arguments: object) -> None: ...
    def close(self) -> None: ...


MachineMaker = Callable[[list[bytes]], Machine]
PACKAGE = "cargoseal_native"
# Each imports only those before it.
MODULES = ("memory", "dense", "columns", "statistics", "sha512", "field", "ed25519")


@cache
def functions(name: str, family: str) -> dict[str, bytes]:
    """The machine code of each viper function of a module, compiled now."""
    source = native.SOURCES / f"{name}.py"
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "kernel.mpy"
        native.compile_kernel(source, family, target)
        compiled = mpy.read(target)
    assert compiled.architecture in (family, "any")
    names = [
        node.name
        for node in ast.parse(source.read_text()).body
        if isinstance(node, ast.FunctionDef) and node.decorator_list
    ]
    assert len(names) == len(compiled.functions)
    return dict(zip(names, compiled.functions, strict=True))


class Chip(NamedTuple):
    """The package's modules by name, and the machine that runs their viper functions."""

    modules: SimpleNamespace
    machine: Machine


def chip(
    maker: MachineMaker,
    family: str,
    spoil: Callable[[bytes], bytes] = bytes,
    names: Sequence[str] = MODULES,
) -> Chip:
    """The named kernels in one machine; `spoil` changes the code before it is loaded."""
    program = {name: functions(name, family) for name in names}
    machine = maker([spoil(code) for codes in program.values() for code in codes.values()])
    order = [(name, function) for name, codes in program.items() for function in codes]
    loaded = SimpleNamespace()
    with _instead({}):
        for name in names:
            calls = {f: partial(machine.call, order.index((name, f))) for f in program[name]}
            module = _execute(name, calls)
            setattr(loaded, name, module)
            sys.modules[f"{PACKAGE}.{name}"] = module
    return Chip(loaded, machine)


def _execute(name: str, calls: dict[str, Callable[..., None]]) -> ModuleType:
    """Runs a module's source with these calls as its viper functions."""
    fake = ModuleType("micropython")
    vars(fake)["viper"] = lambda function: calls[function.__name__]
    module = ModuleType(f"{PACKAGE}.{name}")
    vars(module).update(dict.fromkeys(("ptr8", "ptr16", "ptr32", "uint"), int))
    source = native.SOURCES / f"{name}.py"
    with _instead({"micropython": fake}):
        exec(compile(source.read_text(), source, "exec"), vars(module))
    return module


@contextmanager
def _instead(modules: dict[str, ModuleType]) -> Iterator[None]:
    """These modules while it lasts; what was imported meanwhile of the package is forgotten."""
    before = dict(sys.modules)
    sys.modules.update(modules)
    try:
        yield
    finally:
        for name in [*modules, *(n for n in sys.modules if n.startswith(PACKAGE + "."))]:
            if name in before:
                sys.modules[name] = before[name]
            else:
                sys.modules.pop(name, None)
