"""The field's machine code against Python's integers, and the sums that can occur in it."""

import random
from array import array
from collections.abc import Sequence

import generate_comb_table
import generate_field_kernel as generator
from node.comb_table import TABLE

from tests.native import kernels, rv32
from tests.native.cores import Core

FIELD = (1 << 255) - 19
LIMBS, BITS = 20, 13
MUL, SQUARE, ADD, SUB, CARRY, NEXT_COLUMN, LOOK_UP = 1, 2, 3, 4, 5, 6, 8
CARRIED = 4096 + 3
INT32 = (1 << 31) - 1


def registers(*numbers: Sequence[int]) -> "array[int]":
    """Sixteen registers, the first ones with these limbs."""
    limbs = [limb for number in numbers for limb in number]
    return array("i", limbs + [0] * (16 * LIMBS - len(limbs)))


def value(limbs: Sequence[int]) -> int:
    return sum(limb << (BITS * i) for i, limb in enumerate(limbs))


def register(file: "array[int]", number: int) -> "array[int]":
    return file[LIMBS * number : LIMBS * (number + 1)]


def run(on: Core, file: "array[int]", *program: Sequence[int], digits: bytes = bytes(33)) -> None:
    code = bytes(byte for operation in program for byte in operation) + bytes(4)
    on.modules.field.run(file, 0, file, code, TABLE, digits, 3)


def limbs_within(dice: random.Random, most: int) -> list[int]:
    kind = dice.randrange(4)
    if kind == 0:
        return [most] * LIMBS
    if kind == 1:
        return [-most] * LIMBS
    if kind == 2:
        return [dice.choice((-most, most)) for _ in range(LIMBS)]
    return [dice.randint(-most, most) for _ in range(LIMBS)]


def test_products_squares_sums_and_differences_are_those_of_the_field(on: Core) -> None:
    dice = random.Random(25519)
    for _ in range(on.share(2000)):
        a, b = limbs_within(dice, 8198), limbs_within(dice, 8198)
        file = registers(a, b)
        run(on, file, (MUL, 2, 0, 1), (SQUARE, 3, 0, 1), (ADD, 4, 0, 1), (SUB, 5, 0, 1),
            (CARRY, 6, 4, 0), (SQUARE, 7, 1, 3))  # fmt: skip
        x, y = value(a), value(b)
        expected = (x * y, x * x, x + y, x - y, x + y, y**8)
        for number, wanted in enumerate(expected, 2):
            assert (value(register(file, number)) - wanted) % FIELD == 0
        for number in (2, 3, 6, 7):
            assert max(map(abs, register(file, number))) <= CARRIED


def test_a_register_may_be_both_factor_and_product(on: Core) -> None:
    dice = random.Random(1)
    a, b = limbs_within(dice, 4096), limbs_within(dice, 4096)
    for program, wanted in (
        ((MUL, 0, 0, 1), value(a) * value(b)),
        ((MUL, 0, 1, 0), value(a) * value(b)),
        ((MUL, 0, 0, 0), value(a) ** 2),
        ((SQUARE, 0, 0, 2), value(a) ** 4),
        ((ADD, 0, 0, 0), value(a) * 2),
        ((CARRY, 0, 0, 0), value(a)),
    ):
        file = registers(a, b)
        run(on, file, program)
        assert (value(register(file, 0)) - wanted) % FIELD == 0, program


def number_of(at: int) -> int:
    return int.from_bytes(TABLE[at : at + 32], "little")


def test_every_entry_of_the_table_is_found_with_both_signs(on: Core) -> None:
    """Column 3 of the digits: six bits a comb, the highest is the sign."""
    combs = range(4) if on.is_quick else (2,)
    for comb in combs:
        for chosen in range(64) if on.is_quick else range(0, 64, 9):
            places = [(comb * 6 + tooth) * 11 + 3 for tooth in range(6)]
            digits = sum((chosen >> tooth & 1) << at for tooth, at in enumerate(places))
            file = registers()
            run(on, file, (LOOK_UP + comb, 0, 1, 2), digits=digits.to_bytes(33, "little"))
            positive = chosen >> 5
            entry = chosen & 31 if positive else ~chosen & 31
            at = (comb * 32 + entry) * 96
            plus, minus, product = (number_of(at + 32 * i) for i in range(3))
            if not positive:
                plus, minus, product = minus, plus, -product
            assert value(register(file, 0)) == plus
            assert value(register(file, 1)) == minus
            assert value(register(file, 2)) == product


class Bounds:
    """The largest limb that each register can have, and the largest sum on the way."""

    def __init__(self) -> None:
        self.largest = [0] * 16
        self.sum = 0

    def run(self, program: bytes) -> None:
        for at in range(0, len(program), 4):
            operation, d, a, b = program[at : at + 4]
            if operation == MUL:
                self._product(self.largest[a] * self.largest[b])
                self.largest[d] = CARRIED
            elif operation == SQUARE:
                self._product(self.largest[a] ** 2)
                self.largest[d] = CARRIED
            elif operation in (ADD, SUB):
                self.largest[d] = self.largest[a] + self.largest[b]
            elif operation == CARRY:
                self.largest[d] = CARRIED
            elif operation >= LOOK_UP:
                for register in (d, a, b):
                    self.largest[register] = (1 << BITS) - 1

    def _product(self, largest: int) -> None:
        """A column: twenty products, a carry of the column before, and a folded upper limb."""
        column = LIMBS * largest
        top = (largest + (column >> BITS) + 1) >> BITS  # the uppermost limb, which is not carried
        folded = generator.FOLD * max(top, generator.HALF)
        total = column + folded + (column + folded >> BITS) + generator.MASK
        self.sum = max(self.sum, total)
        # What is over goes into the first limb, from there into the second and the third, which
        # must stay within the slack of CARRIED.
        over = ((total >> BITS) + 1) * generator.FOLD
        second = (over + generator.MASK >> BITS) + generator.MASK
        assert second >> BITS <= CARRIED - generator.HALF


def test_no_sum_of_a_signature_can_leave_32_bits() -> None:
    """Whatever the numbers: with the largest limbs that each operation can meet."""
    program = kernels.chip(rv32.Machine, rv32.NAME).modules.ed25519
    bounds = Bounds()
    bounds.largest[program.Y] = bounds.largest[program.Z] = (1 << BITS) - 1  # the blind's limbs
    bounds.run(program.FIRST_COLUMN)
    for _ in range(3):
        bounds.run(program.OTHER_COLUMNS)
    assert bounds.sum <= INT32
    assert bounds.sum > INT32 // 2, "a bound that is never near is not the right one"


def test_the_kernel_is_what_its_generator_writes() -> None:
    assert generator.OUTPUT.read_text() == generator.source()


def test_the_generators_agree_about_the_table() -> None:
    table = generate_comb_table
    assert (table.TEETH, table.COLUMNS) == (generator.TEETH, generator.COLUMNS)
    assert table.table() == TABLE
