"""Counts the whole way of a window: features, score, statement, seal, spool.

The interpreter runs the node's own sources as bytecode; what they call of `cargoseal_native` runs
as the shipped machine code, on a core of its own. Rules
1. A viper function's arguments are objects that it turns into numbers and addresses; on this core
   they are such already. For each, CONVERT_INSTRUCTIONS are added: what MicroPython's
   mp_native_from_obj takes for a buffer, and more than for a number.
2. Garbage collection is not counted: `allocated` says how many bytes a window passes through the
   heap, and what a collection costs depends on the heap's size.
"""

import ast
import hashlib
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from cargoseal.scoring import ShippedModel
from cargoseal_score.model import KIND_HANDLING
from tests.bench.interpreter.build import build
from tests.bench.interpreter.machine import Machine, sources
from tests.native import kernels, rv32
from tests.shared_data import ROOT
from tools import native

CONVERT_INSTRUCTIONS = 60
HEAP_BYTES = 8 << 20
FOLDERS = ("firmware/node", "firmware/lib", "firmware/cargoseal_native", "tests/native/both",
           "tests/node/both")  # fmt: skip
STAGES = {
    "readings to columns": "window.columns(), window.offsets_ms()",
    "features and score": "scorer.score(window.kind, offsets, columns)",
    "claim": "Claim(bytes(16), row, 5).encode()",
    "packed readings": "Readings(bytes(16), bytes(8), 0, offsets, columns).encode()",
    "statement": "statement.encode()",
    "signature": "key.sign(stages.MESSAGE, 3)",
    "seal, all of it": "sealer.seal(window, 1, bytes(32), 1, 0, 0)",
    "spool": "spool.append(1, False, sealed.data, sealed.digest)",
}
WHOLE = ("seal, all of it", "spool")


def counted(models: list[ShippedModel], with_kernels: bool = True) -> dict[str, Any]:
    """Of a window for each model: {stage: {"bytecode", "kernels"}}, total, allocated bytes."""
    with tempfile.TemporaryDirectory() as folder:
        program = build(Path(folder))
        made = {}
        for one in models:
            kind = "handling" if one.model.kind == KIND_HANDLING else "climate"
            made[kind] = _window(_Bench(program, with_kernels), one)
    return made


class _Bench:
    """An interpreter with the node's sources, and a counting core for the kernels."""

    def __init__(self, program: Any, with_kernels: bool) -> None:
        names = [(n, f) for n in kernels.MODULES for f in kernels.functions(n, rv32.NAME)]
        codes = [kernels.functions(n, rv32.NAME)[f] for n, f in names]
        self.core = rv32.Machine(codes, counting=True)
        calls = [partial(self.core.call, i) for i in range(len(codes))]
        self.machine = Machine(program, HEAP_BYTES, calls)
        content = self.machine.files.content
        content.update(sources(ROOT, iter(FOLDERS)))
        if with_kernels:
            for module in kernels.MODULES:
                path = f"/r/firmware/{kernels.PACKAGE}/{module}.py"
                content[path] = _without_viper(module, names).encode()

    def cost(self, act: str) -> dict[str, int]:
        """Instructions of a statement, by who runs them."""
        objects, before = self.machine.objects, self.core.instructions
        objects.arguments = 0
        bytecode = self.machine.cost(act)
        converted = CONVERT_INSTRUCTIONS * objects.arguments
        return {"bytecode": bytecode, "kernels": self.core.instructions - before + converted}


def _without_viper(module: str, names: list[tuple[str, str]]) -> str:
    """A module's source whose viper functions are objects of module `natives`."""
    lines = (native.SOURCES / f"{module}.py").read_text().splitlines()
    for node in ast.parse("\n".join(lines)).body:
        if isinstance(node, ast.FunctionDef) and node.decorator_list:
            begin, end = node.decorator_list[0].lineno - 1, node.end_lineno or 0
            place = names.index((module, node.name))
            lines[begin:end] = [f"{node.name} = natives[{place}]", *[""] * (end - begin - 1)]
    text = "\n".join(lines)
    return text.replace("import micropython\n", "from natives import natives\n")


def _window(bench: _Bench, one: ShippedModel) -> dict[str, Any]:
    bench.machine.run(f"""
from tests.native.both import stages
from cargoseal_wire.sections import Claim, Readings
from cargoseal_wire.segment import decode_segment
from cargoseal_wire.statement import decode_statement
window, scorer, sealer, key, spool, row = stages.parts({one.blob.hex()!r})
offsets, columns = window.offsets_ms(), window.columns()
sealed = sealer.seal(window, 1, bytes(32), 1, 0, 0)
statement = decode_statement(decode_segment(sealed.data).statement)
""")
    made = {name: bench.cost(act) for name, act in STAGES.items()}
    whole = [sum(made[name].values()) for name in WHOLE]
    allocated = bench.machine.said(
        "gc.collect()\nbefore = gc.mem_alloc()\n"
        f"{STAGES['seal, all of it']}\nprint(gc.mem_alloc() - before)"
    )
    digest = hashlib.sha256(one.blob).hexdigest()
    return {"model": digest, "stages": made, "total": sum(whole), "allocated_bytes": int(allocated)}
