"""Writes firmware/node/comb_table.py: multiples of Ed25519's base point for the node's signer.

Rules
1. Everything is computed from the curve's definition (RFC 8032 section 5.1), nothing is copied in.
2. The output is the same on every run; the tests run this again and compare.

Entry i of comb c is the sum over the teeth t of ±2**((6 c + t) 11) B, where tooth 5 is +, and
tooth t < 5 is + when bit t of i is set. An entry is (y + x) / 2, (y - x) / 2 and d x y, 32 bytes
each: half of what the formula for an addition asks for, which halves every term of it alike.
"""

from pathlib import Path

FIELD = 2**255 - 19
CURVE_D = -121665 * pow(121666, -1, FIELD) % FIELD
COMBS, TEETH, COLUMNS = 4, 6, 11
OUTPUT = Path(__file__).resolve().parent.parent / "firmware/node/comb_table.py"
HEADER = '''"""Ed25519 comb table, 12,288 bytes, made by tools/generate_comb_table.py; do not edit.

Frozen into the firmware image or compiled by mpy-cross it is one constant; see the generator for
what the entries are.
"""

TABLE = (
'''

Point = tuple[int, int]


def add(p: Point, q: Point) -> Point:
    """The sum of two affine points of the twisted Edwards curve."""
    (x1, y1), (x2, y2) = p, q
    k = CURVE_D * x1 * x2 * y1 * y2 % FIELD
    x = (x1 * y2 + x2 * y1) * pow(1 + k, -1, FIELD) % FIELD
    y = (y1 * y2 + x1 * x2) * pow(1 - k, -1, FIELD) % FIELD
    return x, y


def negate(p: Point) -> Point:
    return -p[0] % FIELD, p[1]


def base_point() -> Point:
    """The point with y = 4/5 and even x."""
    y = 4 * pow(5, -1, FIELD) % FIELD
    square = (y * y - 1) * pow(CURVE_D * y * y + 1, -1, FIELD) % FIELD
    x = pow(square, (FIELD + 3) // 8, FIELD)
    if x * x % FIELD != square:
        x = x * pow(2, (FIELD - 1) // 4, FIELD) % FIELD
    return (x if x % 2 == 0 else FIELD - x), y


def teeth() -> list[Point]:
    """2**(11 j) B for j in 0..23."""
    point = base_point()
    points = []
    for _ in range(COMBS * TEETH):
        points.append(point)
        for _ in range(COLUMNS):
            point = add(point, point)
    return points


def entry(comb: list[Point], signs: int) -> bytes:
    """One table entry: the top tooth plus or minus the other five."""
    total = comb[-1]
    for tooth, point in enumerate(comb[:-1]):
        total = add(total, point if signs >> tooth & 1 else negate(point))
    x, y = total
    half = pow(2, -1, FIELD)
    numbers = ((y + x) * half % FIELD, (y - x) * half % FIELD, CURVE_D * x * y % FIELD)
    return b"".join(number.to_bytes(32, "little") for number in numbers)


def table() -> bytes:
    """All 4 x 32 entries."""
    points = teeth()
    combs = [points[start : start + TEETH] for start in range(0, len(points), TEETH)]
    return b"".join(entry(comb, signs) for comb in combs for signs in range(1 << (TEETH - 1)))


def source() -> str:
    """The text of comb_table.py: sixteen bytes a line."""
    data = table()
    rows = [data[at : at + 16] for at in range(0, len(data), 16)]
    lines = ['    b"' + "".join(f"\\x{byte:02x}" for byte in row) + '"\n' for row in rows]
    return HEADER + "".join(lines) + ")\n"


if __name__ == "__main__":
    OUTPUT.write_text(source(), encoding="ascii")
