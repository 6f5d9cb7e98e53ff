"""What the node's work costs on an ESP32-C3's core, in rv32imc instructions.

Run: python tests/bench/bench_firmware.py [--json] [--write] [--check]

Rules
1. Every figure is counted, exact, and the same on every machine. Kernels: the shipped machine code
   in unicorn, a viper function's entry and arguments included. Whole windows: MicroPython's own
   interpreter in unicorn too, with the kernels as machine code (tests/bench/interpreter says how
   it is made, and in what it is not an ESP32). Times follow from clock and memory, and are not
   known here.
2. Without the programs that the interpreter is built with the windows are those recorded in
   firmware.json, and are marked so. `--write` records; `--check` counts again, compares, and says
   what differs.
3. Beside a figure stand those of the experiments that the design describes: viper then, bytecode,
   and C (compiled -O2; Monocypher for signatures). A goal that is not met is printed, and fails
   nothing.
4. A climate window is 60 readings of four channels, a handling window a burst of 151 samples; the
   seal signs 101 bytes, four blocks of SHA-512. Of the importer's layers only dense ones are left:
   1x1 and 1-D convolution and depthwise are lowered to them (gateway/cargoseal/model).
"""

import argparse
import json
import sys
from array import array
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tools"), str(ROOT / "firmware")]

from node import comb_table, ed25519  # noqa: E402
from node.ed25519 import ORDER, SigningKey  # noqa: E402

from cargoseal import scoring  # noqa: E402
from cargoseal.scoring import ShippedModel  # noqa: E402
from cargoseal_score.model import Layer  # noqa: E402
from cargoseal_wire import plan  # noqa: E402
from cargoseal_wire.bits import BitWriter  # noqa: E402
from cargoseal_wire.seal import Seal, signed_bytes  # noqa: E402
from tests.bench.interpreter.build import MissingToolsError  # noqa: E402
from tests.bench.interpreter.window import counted  # noqa: E402
from tests.native import kernels, rv32  # noqa: E402

RECORD = Path(__file__).with_name("firmware.json")
WINDOW_GOAL = 6_000_000


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


def windows() -> tuple[dict[str, Any], str]:
    """(what a window of each kind takes, "counted" or "recorded")."""
    try:
        return counted(scoring.shipped_models()), "counted"
    except MissingToolsError:
        return (json.loads(RECORD.read_text())["window"] if RECORD.exists() else {}), "recorded"


def window_rows(made: dict[str, Any], how: str) -> list[Row]:
    """Parts and the whole of a window."""
    rows = []
    for kind, window in made.items():
        for name, stage in window["stages"].items():
            text = f"{kind} window: {name} (kernels {stage['kernels']:,})"
            rows.append(Row(text, sum(stage.values()), how))
        bytecode = {"climate": "33.9 M", "handling": "55.0 M"}.get(kind)
        rows.append(Row(f"a whole {kind} window", window["total"], how, WINDOW_GOAL,
                        bytecode=bytecode))  # fmt: skip
    return rows


def measure() -> dict[str, Any]:
    """Everything, as it is recorded."""
    bench = Bench()
    made, how = windows()
    rows = [*dense_rows(bench), *signature_rows(bench), *column_rows(bench)]
    rows += window_rows(made, how)
    return {
        "unit": "rv32imc instructions",
        "rows": [asdict(row) | {"reached": row.reached} for row in rows],
        "window": made,
        "models": {
            window["model"]: {
                "features and score": sum(window["stages"]["features and score"].values()),
                "signature": sum(window["stages"]["signature"].values()),
                "whole window": window["total"],
            }
            for window in made.values()
        },
        "code_bytes": code_bytes(),
    }


def column_rows(bench: Bench) -> list[Row]:
    """Packing 60 values, and what features ask of them; bytecode as counted with no kernels."""
    values = [500 + i * 7 % 13 for i in range(60)]
    twin = bench.modules.columns

    def pack() -> None:
        best = plan.best_plan(twin.held(values), twin)
        twin.put(BitWriter(bytearray()), best)

    return [
        Row("column of 60 values: plan and bits, kernels only", bench.cost(pack),
            bytecode="2.0 M"),
        Row("statistics of 60 values, kernel only",
            bench.cost(bench.modules.statistics.summary, values), bytecode="0.5 M"),
    ]  # fmt: skip


def code_bytes() -> dict[str, int]:
    """Machine code of each kernel."""
    return {
        name: sum(map(len, kernels.functions(name, rv32.NAME).values())) for name in kernels.MODULES
    }


def shown(made: dict[str, Any]) -> Iterator[str]:
    """The table for people."""
    head = ("", "instructions", "goal", "", "viper then", "bytecode", "C")
    yield "{:62}{:>14}{:>12} {:8}{:>12}{:>15}{:>9}".format(*head)
    for row in made["rows"]:
        verdict = {None: "", True: "reached", False: "missed"}[row["reached"]]
        goal = "" if row["goal"] is None else f"{row['goal']:,}"
        texts = (row["spike"] or "", row["bytecode"] or "", row["c"] or "")
        name = row["name"] if row["how"] == "counted" else f"{row['name']} ({row['how']})"
        yield (
            f"{name:62}{row['instructions']:14,}{goal:>12} {verdict:8}"
            "{:>12}{:>15}{:>9}".format(*texts)
        )
    for kind, window in made["window"].items():
        yield f"a {kind} window passes {window['allocated_bytes']:,} bytes through the heap"
    yield ", ".join(f"{name} {size:,} bytes of code" for name, size in made["code_bytes"].items())


def differences(made: dict[str, Any]) -> list[str]:
    """What the record says otherwise. Recorded rows are the record's own."""
    record = json.loads(RECORD.read_text())
    before = {row["name"]: row["instructions"] for row in record["rows"]}
    now = {row["name"]: row["instructions"] for row in made["rows"]}
    found = [f"{name}: recorded {before.get(name)}, counted {now.get(name)}"
             for name in sorted({*before, *now}) if before.get(name) != now.get(name)]  # fmt: skip
    if record["code_bytes"] != made["code_bytes"]:
        found.append(f"code: recorded {record['code_bytes']}, compiled {made['code_bytes']}")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description="What the node's work costs, in instructions")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--write", action="store_true", help=f"record in {RECORD.name}")
    parser.add_argument("--check", action="store_true", help="compare with the record")
    given = parser.parse_args()
    made = measure()
    if given.write:
        RECORD.write_text(json.dumps(made, indent=1) + "\n")
    if given.check:
        found = differences(made)
        print("\n".join(found) or f"{RECORD.name} says what is counted")
        return 1 if found else 0
    print(json.dumps(made, indent=1) if given.json else "\n".join(shown(made)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
