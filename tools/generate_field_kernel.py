"""Writes firmware/cargoseal_native/field.py: arithmetic of GF(2**255 - 19) for the node, in viper.

Viper has no lists in registers and no calls that are cheap, so one function runs a small program
over registers of twenty limbs, and its multiplication is written out term by term. That text is
made here, and the tests run this again and compare.

Rules
1. A number is sum limb[i] * 2**(13 i), limbs signed. A carried one has limbs of -4096 to 4095, but
   for the third, which may be a few off. 2**260 is 608.
2. A product's column is a sum of twenty products and must fit 32 bits: the programs carry where it
   would not, and the tests compute the largest sums that can occur.
3. Every path of a program is the same for all numbers: no branch and no address depends on a limb
   or a digit. A table's row is read whole, each entry under a mask.
4. A product waits in locals until both factors are no longer needed, so registers may coincide.
"""

from pathlib import Path

LIMBS, BITS = 20, 13
FOLD = 19 << (LIMBS * BITS - 255)
HALF, MASK = 1 << (BITS - 1), (1 << BITS) - 1
WORDS = 8  # of 32 bits in a table's number
NUMBERS = 3  # in an entry
ENTRIES, TEETH, COLUMNS = 32, 6, 11
OUTPUT = Path(__file__).resolve().parent.parent / "firmware/cargoseal_native/field.py"
HEADER = '''# ruff: noqa: F821  ptr8, ptr32 and uint are viper's
"""GF(2**255 - 19) in viper, made by tools/generate_field_kernel.py; do not edit.

The generator says what the numbers are and what holds for them.
"""

import micropython

'''

Lines = list[str]


def carry(name: str) -> Lines:
    """One limb out of t, which holds HALF more than the column; t becomes the next one's start."""
    return [f"{name} = (t & {MASK}) - {HALF}", f"t = (t >> {BITS}) + {HALF}"]


def reduce_columns(column: "list[Lines]") -> Lines:
    """From the terms of 39 columns to the twenty limbs h0.. of the number."""
    lines = [f"t = {HALF}"]
    for k in range(LIMBS, 2 * LIMBS - 1):
        lines += column[k] + carry(f"h{k - LIMBS}")
    lines += [f"h{LIMBS - 1} = t - {HALF}", f"t = {HALF}"]
    for k in range(LIMBS):
        lines += [f"t = h{k} * {FOLD} + t", *column[k], *carry(f"h{k}")]
    lines += [f"t = (t - {HALF}) * {FOLD} + h0 + {HALF}", *carry("h0")]
    return [*lines, "t = t + h1", *carry("h1"), f"h2 = h2 + t - {HALF}"]


def store(names: str, lines: Lines) -> Lines:
    return [*lines, "b = d", *(f"b[{i}] = {names}{i}" for i in range(LIMBS))]


def multiply() -> Lines:
    """d = a b: a's limbs in locals, b's behind the pointer."""
    columns: list[Lines] = [[] for _ in range(2 * LIMBS - 1)]
    for i in range(LIMBS):
        for j in range(LIMBS):
            columns[i + j].append(f"t = b[{j}] * v{i} + t")
    lines = ["c = b", "b = a", *(f"v{i} = b[{i}]" for i in range(LIMBS)), "b = c"]
    return store("h", lines + reduce_columns(columns))


def square() -> Lines:
    """d = a a, as often as `count`: the locals hold twice the limbs."""
    columns: list[Lines] = [[] for _ in range(2 * LIMBS - 1)]
    for i in range(LIMBS):
        columns[2 * i].append(f"t = b[{i}] * b[{i}] + t")
        for j in range(i + 1, LIMBS):
            columns[i + j].append(f"t = b[{j}] * v{i} + t")
    doubled = [f"v{i} = b[{i}] << 1" for i in range(LIMBS - 1)]
    again = store("h", doubled + reduce_columns(columns))
    return ["b = a", "while count > 0:", *indented([*again, "count -= 1"])]


def add(sign: str) -> Lines:
    return [f"d[{i}] = a[{i}] {sign} b[{i}]" for i in range(LIMBS)]


def carry_all() -> Lines:
    """d = a, carried."""
    lines = [f"t = {HALF}"]
    for i in range(LIMBS):
        lines += [f"t = a[{i}] + t", *carry(f"h{i}")]
    lines += [f"t = (t - {HALF}) * {FOLD} + h0 + {HALF}", *carry("h0"), f"h1 = h1 + t - {HALF}"]
    return store("h", lines)


def look_up() -> Lines:
    """Three numbers of the row's entry that the digits name: into d, a and b.

    With t = -1 when the highest of the six digits is -1, else 0, the first two are exchanged and
    the third negated under t.
    """
    words = NUMBERS * WORDS
    lines = [f"i = row * {TEETH * COLUMNS} + column", "t = 0", "c = b"]
    for tooth in range(TEETH):
        lines += [f"t = ((digits[i >> 3] >> (i & 7)) & 1) << {tooth} | t", f"i += {COLUMNS}"]
    lines += ["count = t", f"t = (t >> {TEETH - 1}) - 1", f"count = (count ^ t) & {ENTRIES - 1}"]
    lines += [f"v{k} = 0" for k in range(words)]
    lines += ["sign = t", f"b = ptr32(int(table) + row * {ENTRIES * words * 4})", "i = 0"]
    scan = ["t = ((i ^ count) - 1) >> 31"]
    scan += [f"v{k} = b[{k}] & t | v{k}" for k in range(words)]
    scan += [f"b = ptr32(int(b) + {words * 4})", "i += 1"]
    lines += [f"while i < {ENTRIES}:", *indented(scan), "t = sign"]
    for k in range(WORDS):
        lines += [f"i = (v{k} ^ v{k + WORDS}) & t", f"v{k} = v{k} ^ i", f"v{k + WORDS} ^= i"]
    for number, target in enumerate("dac"):
        lines += [f"b = {target}", *unpack(number)]
    return lines


def unpack(number: int) -> Lines:
    """Eight words to twenty limbs of 0 to 8191; the third number's with the sign t."""
    lines = []
    for limb in range(LIMBS):
        word, shift = divmod(limb * BITS, 32)
        at = number * WORDS + word
        text = f"int(uint(v{at}) >> {shift})" if shift else f"v{at}"
        if shift + BITS > 32 and word + 1 < WORDS:
            text = f"({text} | v{at + 1} << {32 - shift})"
        text = f"{text} & {MASK}"
        lines.append(f"b[{limb}] = (({text}) ^ t) - t" if number == 2 else f"b[{limb}] = {text}")
    return lines


def indented(lines: Lines, by: int = 1) -> Lines:
    return ["    " * by + line for line in lines]


def run() -> Lines:
    """The function that runs a program: four bytes an operation, (operation, d, a, b)."""
    lines = ["@micropython.viper"]
    arguments = "b: ptr32, t: int, registers: ptr32, program: ptr8, table: ptr32, digits: ptr8"
    lines += [f"def run({arguments}, column: int):"]
    body = ["again = program", "operation = program[0]", "while operation:"]
    step = [
        f"d = ptr32(int(registers) + program[1] * {LIMBS * 4})",
        f"a = ptr32(int(registers) + program[2] * {LIMBS * 4})",
        "count = program[3]",
        f"b = ptr32(int(registers) + count * {LIMBS * 4})",
        "row = operation - 8",
        "program = ptr8(int(program) + 4)",
    ]
    branches = [
        ("operation == 1", multiply()),
        ("operation == 2", square()),
        ("operation == 3", add("+")),
        ("operation == 4", add("-")),
        ("operation == 5", carry_all()),
        ("operation == 6", ["column -= 1", "if column >= 0:", "    program = again"]),
        ("row >= 0", look_up()),
    ]
    for at, (condition, lines_of) in enumerate(branches):
        step += [f"{'elif' if at else 'if'} {condition}:", *indented(lines_of)]
    return lines + indented(body + indented([*step, "operation = program[0]"]))


def source() -> str:
    """The text of field.py."""
    return HEADER + "\n" + "\n".join(run()) + "\n"


if __name__ == "__main__":
    OUTPUT.write_text(source(), encoding="ascii")
