"""The bytecode around the kernels, run on both interpreters with the kernels played in Python.

Each module's source is executed without its viper functions; what stands in for them is plain
Python, so these tests say nothing about machine code (tests/native/test_*.py do that).
"""

from array import array

import cargoseal_native
from node import ed25519, sha512

from cargoseal_score import infer
from cargoseal_score.model import Layer

FIELD = ed25519.FIELD
LIMBS, BITS = 20, 13
MUL, SQUARE, ADD, SUB, CARRY, NEXT_COLUMN, _, LOOK_UP = range(1, 9)


def without_viper(name, given, imports):
    """The names of a module whose viper functions and imports are what is given."""
    path = cargoseal_native.__file__
    with open(path[: path.rfind("/") + 1] + name + ".py") as file:
        blocks = file.read().split("\n\n\n")
    kept = [block for block in blocks if not block.startswith("@micropython.viper")]
    assert len(kept) < len(blocks) or name == "ed25519"
    text = "\n\n\n".join(kept)
    for line in imports:
        assert line + "\n" in text, line
        text = text.replace(line + "\n", "\n")
    exec(text, given)
    return given


class Registers:
    """Numbers in registers of limbs."""

    def __init__(self, words):
        self.words = words

    def __getitem__(self, register):
        value = 0
        for i in range(LIMBS - 1, -1, -1):
            value = (value << BITS) + self.words[LIMBS * register + i]
        return value

    def __setitem__(self, register, value):
        value %= FIELD
        for i in range(LIMBS):
            self.words[LIMBS * register + i] = value >> (BITS * i) & 8191


def run(_, __, words, program, table, digits, column):
    """What `field.run` does, with big integers."""
    registers = Registers(words)
    at = 0
    while program[at]:
        operation, d, a, b = program[at], program[at + 1], program[at + 2], program[at + 3]
        at += 4
        if operation == MUL:
            registers[d] = registers[a] * registers[b]
        elif operation == SQUARE:
            registers[d] = pow(registers[a], 1 << b, FIELD)
        elif operation == ADD:
            registers[d] = registers[a] + registers[b]
        elif operation == SUB:
            registers[d] = registers[a] - registers[b]
        elif operation == CARRY:
            registers[d] = registers[a]
        elif operation == NEXT_COLUMN:
            column -= 1
            at = 0 if column >= 0 else at
        else:
            look_up(registers, (d, a, b), table, digits, operation - LOOK_UP, column)


def look_up(registers, targets, table, digits, comb, column):
    """The entry that the comb's six digits in this column name, or its negative."""
    chosen = 0
    for tooth in range(6):
        place = (comb * 6 + tooth) * 11 + column
        chosen |= (digits[place >> 3] >> (place & 7) & 1) << tooth
    positive = chosen >> 5
    entry = (chosen if positive else ~chosen) & 31
    begin = (comb * 32 + entry) * 96
    plus, minus, product = [
        int.from_bytes(table[begin + 32 * i : begin + 32 * i + 32], "little") for i in range(3)
    ]
    if not positive:
        plus, minus, product = minus, plus, -product
    for target, value in zip(targets, (plus, minus, product)):  # noqa: B905  MicroPython
        registers[target] = value


def wipe(words, count):
    for i in range(4 * count if isinstance(words, bytearray) else count):
        words[i] = 0


def limbs(data, _, words, first, count):
    number = int.from_bytes(data, "little")
    for i in range(count):
        words[first + i] = number >> (BITS * i) & 8191


def test_the_programs_of_a_signature_give_the_multiples_of_the_twin():
    imports = ("from cargoseal_native.field import run",
               "from cargoseal_native.memory import aligned, limbs, wipe")  # fmt: skip
    given = {"run": run, "wipe": wipe, "limbs": limbs, "aligned": lambda table: table}
    module = without_viper("ed25519", given, imports)
    for scalar in (0, 1, 2, ed25519.ORDER - 1, ed25519.ORDER // 3):
        for blind in (1, FIELD - 1):
            expected = ed25519.encoded_multiple(scalar, blind)
            assert module["encoded_multiple"](scalar, blind) == expected


def block(_, __, state, words, constants, message):
    """What `sha512._block` does, by the twin."""
    before = [(state[i] & 0xFFFFFFFF) << 32 | state[i + 1] & 0xFFFFFFFF for i in range(0, 16, 2)]
    after = sha512._block(tuple(before), sha512._schedule(bytes(message), 0))
    for i, word in enumerate(after):
        for half, value in ((0, word >> 32), (1, word & 0xFFFFFFFF)):
            state[2 * i + half] = value - (value >> 31 << 32)
    assert (constants[0], constants[159]) == (0x428A2F98, 0x4A475817)
    words[0] = 1


def test_messages_are_cut_and_filled_up_to_blocks_as_by_the_twin():
    given = {"wipe": wipe}
    imports = ("import micropython", "from cargoseal_native.memory import wipe")
    module = without_viper("sha512", given, imports)
    module["_block"] = block
    message = bytes([i * 7 & 255 for i in range(300)])
    for size in (0, 1, 55, 111, 112, 119, 120, 127, 128, 129, 239, 240, 256, 300):
        assert module["sha512"](message[:size]) == sha512.sha512(message[:size]), size
    assert module["sha512"](message[:100], b"", message[100:]) == sha512.sha512(message)


def dense(x, _, weights, plan, model_input, y):
    """What `dense._dense` does, by the twin's parts."""
    inputs, row, outputs, zero_in, zero_out, low, high = plan[:7]
    for j in range(outputs):
        acc, upper, lower, shift = plan[8 + 4 * j : 12 + 4 * j]
        for i in range(row):
            value = model_input[i] - zero_in if i < inputs else x[i]
            acc += (weights[j * row + i] - 128) * value
        out = infer.requantize(acc, upper << 16 | lower, shift) + zero_out
        y[j] = min(max(out, low), high)


def test_a_layers_plan_holds_what_the_twin_needs():
    module = without_viper("dense", {}, ("import micropython",))
    module["_dense"] = dense
    for inputs, outputs in ((1, 1), (7, 3), (8, 2), (9, 5)):
        weights = array("b", [(i * 37 & 255) - 128 for i in range(inputs * outputs)])
        layer = Layer(
            inputs, outputs, -5, 9, -128, 127, weights,
            array("i", [1000 - 700 * j for j in range(outputs)]),
            array("I", [(1 << 31) - 1 - (j << 20) for j in range(outputs)]),
            bytes([7 + j for j in range(outputs)]),
        )  # fmt: skip
        for first in (-128, 0, 100):
            x = array("b", [max(-128, min(127, first + 5 * i)) for i in range(inputs)])
            assert module["run_layer"](layer, x) == infer.run_layer(layer, x)
            assert module["run_layer"](layer, x) == infer.run_layer(layer, x)
