"""Multiples of Ed25519's base point: the twin of `node.ed25519.encoded_multiple`.

Rules
1. The same comb and the same table as the twin's, the same bytes for every scalar and blind.
2. The walk is one fixed sequence of operations (`field`); a row of the table is read whole, and
   the coordinates begin with a random factor. Power and timing of the multiplier itself, and
   copies on the stack, are the chip's matter.
3. The registers are wiped. The scalar, its digits and the blind are Python's and are not.
"""

from array import array

from node.comb_table import TABLE

from cargoseal_native.field import run
from cargoseal_native.memory import aligned, limbs, wipe

ORDER = (1 << 252) + 27742317777372353535851937790883648493
FIELD = (1 << 255) - 19
LIMBS, BITS = 20, 13
COLUMNS, COMBS = 11, 4

X, Y, Z, T, PLUS, MINUS, PRODUCT, A, B, C, E, F, G, H = range(14)
REGISTERS = 14
END, MUL, SQUARE, ADD, SUB, CARRY, NEXT_COLUMN, _, LOOK_UP = range(9)

DOUBLE = (  # dbl-2008-hwcd with a = -1; T is not read
    (SQUARE, A, X, 1), (SQUARE, B, Y, 1), (SQUARE, C, Z, 1), (ADD, C, C, C),
    (ADD, H, A, B), (ADD, E, X, Y), (SQUARE, E, E, 1), (SUB, E, H, E),
    (SUB, G, A, B), (ADD, F, C, G), (CARRY, F, F, 0),
    (MUL, X, E, F), (MUL, Y, G, H), (MUL, Z, F, G), (MUL, T, E, H),
)  # fmt: skip
ADD_ENTRY = (  # madd-2008-hwcd-3 with all of it halved, as the table is
    (SUB, A, Y, X), (MUL, A, A, MINUS), (ADD, B, Y, X), (MUL, B, B, PLUS),
    (MUL, C, T, PRODUCT), (SUB, E, B, A), (SUB, F, Z, C), (ADD, G, Z, C), (ADD, H, B, A),
    (MUL, X, E, F), (MUL, Y, G, H), (MUL, Z, F, G),
)  # fmt: skip
NEW_T = ((MUL, T, E, H),)
INVERT = (  # A = 1 / Z = Z**(2**255 - 21)
    (SQUARE, A, Z, 1), (SQUARE, B, A, 2), (MUL, B, B, Z), (MUL, A, A, B),  # Z**9, Z**11
    (SQUARE, C, A, 1), (MUL, B, B, C),  # Z**(2**5 - 1)
    (SQUARE, C, B, 5), (MUL, B, C, B),  # 10
    (SQUARE, C, B, 10), (MUL, C, C, B),  # 20
    (SQUARE, E, C, 20), (MUL, C, E, C),  # 40
    (SQUARE, C, C, 10), (MUL, B, C, B),  # 50
    (SQUARE, C, B, 50), (MUL, C, C, B),  # 100
    (SQUARE, E, C, 100), (MUL, C, E, C),  # 200
    (SQUARE, C, C, 50), (MUL, B, C, B),  # 250
    (SQUARE, B, B, 5), (MUL, A, B, A),
)  # fmt: skip
DIVIDE = ((MUL, X, X, A), (MUL, Y, Y, A))


def _bytes(*operations):
    return bytes([number for operation in operations for number in operation])


def _column():
    """Every comb's entry of a column; T is made only where another addition reads it."""
    steps = []
    for comb in range(COMBS):
        steps.append((LOOK_UP + comb, PLUS, MINUS, PRODUCT))
        steps.extend(ADD_ENTRY)
        steps.extend(NEW_T if comb < COMBS - 1 else ())
    return steps


FIRST_COLUMN = _bytes((CARRY, Y, Y, 0), (CARRY, Z, Z, 0), *_column(), (END,) * 4)
OTHER_COLUMNS = _bytes(*DOUBLE, *_column(), (NEXT_COLUMN, 0, 0, 0), *INVERT, *DIVIDE, (END,) * 4)


_TABLE = aligned(TABLE)
_REGISTERS = array("i", bytes(4 * LIMBS * REGISTERS))  # all 0 between calls


def encoded_multiple(scalar, blind):
    """The 32-byte encoding of scalar times the base point; scalar in [0, ORDER)."""
    scalar += ORDER * (1 - (scalar & 1))
    digits = ((scalar + (1 << 264) - 1) >> 1).to_bytes(33, "little")
    registers = _REGISTERS
    data = blind.to_bytes(33, "little")
    limbs(data, 0, registers, LIMBS * Y, LIMBS)
    limbs(data, 0, registers, LIMBS * Z, LIMBS)
    run(registers, 0, registers, FIRST_COLUMN, _TABLE, digits, COLUMNS - 1)
    run(registers, 0, registers, OTHER_COLUMNS, _TABLE, digits, COLUMNS - 2)
    x, y = _number(registers, X), _number(registers, Y)
    wipe(registers, LIMBS * REGISTERS)
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _number(registers, register):
    """What a register holds, modulo the field."""
    value = 0
    for i in range(LIMBS * register + LIMBS - 1, LIMBS * register - 1, -1):
        value = (value << BITS) + registers[i]
    return value % FIELD
