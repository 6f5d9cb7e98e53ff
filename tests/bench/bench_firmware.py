"""What the node's work costs on an ESP32-C3's core, in rv32imc instructions.

Run: python tests/bench/bench_firmware.py [--json]

Rules
1. "counted" rows are the instructions of the shipped machine code, run in unicorn: exact, the same
   on every machine. A viper function's entry and its arguments are in them; what MicroPython does
   around it (the call, big integers, allocation) is not.
2. "estimated" rows are bytecode, which cannot run there: its time in the WebAssembly MicroPython,
   divided by the time of one multiplication of a dense layer in the same bytecode, times the 953
   instructions that such a one took on rv32imc in the design's experiments. Good to a factor of
   about two, and different on every run; none without node and its MicroPython.
3. Beside a figure stand those of the experiments that the design describes: viper then, bytecode,
   and C (compiled -O2; Monocypher for signatures). A goal that is not met is printed, and fails
   nothing.
4. A window is 60 readings of four channels; its seal signs 101 bytes, four blocks of SHA-512.
"""

import argparse
import json
import sys
from array import array
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tools"), str(ROOT / "firmware")]

from node import comb_table, ed25519  # noqa: E402
from node.ed25519 import ORDER, SigningKey  # noqa: E402

from cargoseal import scoring  # noqa: E402
from cargoseal.scoring import ShippedModel  # noqa: E402
from cargoseal_score.model import KIND_HANDLING, Layer  # noqa: E402
from cargoseal_wire.seal import Seal, signed_bytes  # noqa: E402
from tests.micropython import host  # noqa: E402
from tests.native import kernels, rv32  # noqa: E402

BYTECODE_MULTIPLICATION = 953
STAGES = "tests/native/both/stages.py"
STAGES_HEAP_KIB = 64 * 1024
STAGE_ROUNDS = 40
CHANNELS = [0, 1, 3, 4]
READINGS = 60


@dataclass(frozen=True)
class Row:
    """One figure; `spike`, `bytecode` and `c` are earlier experiments', `goal` an upper bound."""

    name: str
    instructions: float
    how: str = "counted"
    goal: float | None = None
    spike: str | None = None
    bytecode: str | None = None
    c: str | None = None

    @property
    def reached(self) -> bool | None:
        return None if self.goal is None else self.instructions <= self.goal


class Bench:
    """The kernels on one counting core."""

    def __init__(self) -> None:
        self.modules, self.machine = kernels.chip(
            lambda functions: rv32.Machine(functions, counting=True), rv32.NAME
        )

    def cost(self, act: Callable[..., object], *arguments: object) -> int:
        """Instructions of machine code during a call."""
        before = self.machine.instructions
        act(*arguments)
        return self.machine.instructions - before

    def layer(self, inputs: int, outputs: int) -> int:
        """Of one dense layer."""
        layer = Layer(
            inputs, outputs, 3, -2, -128, 127,
            array("b", [5] * (inputs * outputs)), array("i", [700] * outputs),
            array("I", [1 << 30] * outputs), bytes([9] * outputs),
        )  # fmt: skip
        return self.cost(self.modules.dense.run_layer, layer, array("b", bytes(inputs)))

    def model(self, one: ShippedModel) -> int:
        """Of all layers of a model."""
        total = 0
        x = array("b", bytes(one.model.inputs))
        for layer in one.model.layers:
            total += self.cost(self.modules.dense.run_layer, layer, x)
            x = self.modules.dense.run_layer(layer, x)
        return total

    def field(self, *operation: int) -> int:
        """Of one operation on registers, its program included."""
        field = self.modules.field
        registers = array("i", bytes(4 * 20 * 16))
        arguments = (comb_table.TABLE, bytes(33), 0)
        nothing = self.cost(field.run, registers, 0, registers, bytes(4), *arguments)
        program = bytes(operation) + bytes(4)
        return self.cost(field.run, registers, 0, registers, program, *arguments) - nothing


def dense_rows(bench: Bench) -> list[Row]:
    """A layer costs  start + outputs * (requantization + inputs * multiplication)."""
    per_input = (bench.layer(128, 32) - bench.layer(64, 32)) / 64
    one_output = (bench.layer(128, 1) - bench.layer(64, 1)) / 64
    multiplication = (per_input - one_output) / 31
    per_output = bench.layer(64, 32) - bench.layer(64, 31) - 64 * multiplication
    rows = [
        Row("dense layer, per multiplication", round(multiplication, 2), goal=14,
            spike="17", bytecode="953", c="9.4"),
        Row("dense layer, requantization and row, per output", round(per_output, 1), goal=150,
            spike="205"),
    ]  # fmt: skip
    for one in scoring.shipped_models():
        count = sum(layer.inputs * layer.outputs for layer in one.model.layers)
        rows.append(Row(f"{one.name}: layers, {count} multiplications", bench.model(one)))
    return rows


def signature_rows(bench: Bench) -> list[Row]:
    look_up, _, mul, square = ((8, 0, 1, 2), 0, (1, 0, 1, 2), (2, 0, 1, 1))
    rows = [
        Row("SHA-512, a block", bench.cost(bench.modules.sha512.sha512, b""), goal=45_000,
            spike="55 k", bytecode="3.4 M", c="16 k"),
        Row("field: multiplication", bench.field(*mul)),
        Row("field: square", bench.field(*square)),
        Row("table: one entry of 32, all of them read", bench.field(*look_up)),
        Row("table: all 44 entries of a signature", 44 * bench.field(*look_up)),
        Row("multiple of the base point",
            bench.cost(bench.modules.ed25519.encoded_multiple, ORDER - 1, 7)),
    ]  # fmt: skip
    return [*rows, signature(bench)]


def signature(bench: Bench) -> Row:
    """Of a segment's signature, by the node's signer with native kernels."""
    ed25519.native_multiple = bench.modules.ed25519.encoded_multiple
    ed25519.native_sha512 = bench.modules.sha512.sha512
    try:
        key = SigningKey(bytes(32))
        message = signed_bytes(Seal(bytes(8), bytes(32), bytes(64)))
        count = bench.cost(key.sign, message, 12345)
    finally:
        ed25519.native_multiple = ed25519.native_sha512 = None
    name = f"signature of a segment (table {len(comb_table.TABLE):,} bytes)"
    return Row(name, count, goal=3_500_000, spike="4.5-5.1 M", bytecode="95 M, textbook",
               c="1.16 M")  # fmt: skip


def window_rows(bench: Bench, signing: float) -> list[Row]:
    """The whole way of a window of each model that looks at slow channels, part by part."""
    rows = []
    for one in scoring.shipped_models():
        if one.model.kind == KIND_HANDLING or not host.RUNTIME.exists():
            continue
        call = [one.blob.hex(), CHANNELS, READINGS, STAGE_ROUNDS]
        us = next(host.results(STAGES, "costs", [call], STAGES_HEAP_KIB, 1))
        per_us = BYTECODE_MULTIPLICATION / us["multiplication"]
        sealing = us["seal"] - us["features"] - us["score"] - us["sign"]
        parts = {"features": us["features"], "statement and sections": sealing,
                 "spool": us["spool"]}  # fmt: skip
        estimates = {name: round(max(0.0, cost) * per_us, -4) for name, cost in parts.items()}
        rows += [Row(f"{one.name}, a window: {k}", v, "estimated") for k, v in estimates.items()]
        whole = sum(estimates.values()) + bench.model(one) + signing
        rows.append(Row(f"{one.name}, a whole window", whole, "partly estimated", 6_000_000))
    return rows


def measure() -> list[Row]:
    bench = Bench()
    rows = dense_rows(bench)
    signed = signature_rows(bench)
    return [*rows, *signed, *window_rows(bench, signed[-1].instructions)]


def code_bytes() -> dict[str, int]:
    """Machine code of each kernel."""
    return {
        name: sum(map(len, kernels.functions(name, rv32.NAME).values())) for name in kernels.MODULES
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="What the node's work costs, in instructions")
    parser.add_argument("--json", action="store_true", help="print JSON")
    as_json = parser.parse_args().json
    rows = measure()
    if as_json:
        made = [asdict(row) | {"reached": row.reached} for row in rows]
        print(json.dumps({"unit": "rv32imc instructions", "rows": made, "code bytes": code_bytes()},
                         indent=1))  # fmt: skip
        return
    head = ("", "instructions", "goal", "", "viper then", "bytecode", "C")
    print("{:58}{:>14}{:>12} {:8}{:>12}{:>15}{:>9}".format(*head))
    for row in rows:
        verdict = {None: "", True: "reached", False: "missed"}[row.reached]
        goal = "" if row.goal is None else f"{row.goal:,}"
        texts = (row.spike or "", row.bytecode or "", row.c or "")
        name = row.name if row.how == "counted" else f"{row.name} ({row.how})"
        print(f"{name:58}{row.instructions:14,}{goal:>12} {verdict:8}"
              "{:>12}{:>15}{:>9}".format(*texts))  # fmt: skip
    print(", ".join(f"{name} {size:,} bytes of code" for name, size in code_bytes().items()))


if __name__ == "__main__":
    main()
