"""The loops over a column's values: what a packer counts, and how residuals become bits.

Rules
1. These are the definitions. `cargoseal_native.columns` has the same functions over arrays of 32
   bits, in a chip's machine code; what either gives is the same to the bit.
2. Residuals are what is left of the values behind the first ones, by order, divided by what divides
   them all, as unsigned numbers: by zigzag, but heights are unsigned already.
"""

from cargoseal_wire import bits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

AROUND, FIRST, SECOND, ABOVE = 0, 1, 2, 3  # order: what residuals are
CONSTANT, RICE, SPARSE = 0, 1, 2  # coding: all 0; Rice; Rice behind a bit that says "not 0"
FIRSTS = (1, 1, 2, 1)  # first values by order


class Coded:
    """A column's values in one order: divisor, residuals, the highest and its bits, and the code
    guessed for them with its parameter. `cost` in bits, first values and divisor included."""

    def __init__(
        self,
        order: int,
        firsts: list[int],
        divisor: int,
        residuals: "Sequence[int]",
        highest: int,
        width: int,
        coding: int,
        k: int,
        cost: int,
    ) -> None:
        self.order = order
        self.firsts = firsts
        self.divisor = divisor
        self.residuals = residuals
        self.highest = highest
        self.width = width
        self.coding = coding
        self.k = k
        self.cost = cost


if TYPE_CHECKING:

    class Loops(Protocol):
        """This module, or its twin."""

        def held(self, values: Sequence[int | None]) -> Sequence[int] | None: ...
        def best(self, values: Sequence[int]) -> Coded: ...
        def rice_cost(self, residuals: Sequence[int], k: int, width: int, sparse: bool) -> int: ...
        def put(self, writer: bits.BitWriter, coded: Coded) -> None: ...


def held(values: "Sequence[int | None]") -> "Sequence[int] | None":
    """The values as the other functions take them; None where they take them not: any but ints,
    or, in machine code, one that is too large for it."""
    return None if None in values else values  # type: ignore[return-value]


def best(values: "Sequence[int]") -> Coded:
    """The cheapest order of at least one value."""
    first = values[0]
    found = coded(values, FIRST, [first])
    if len(values) > 1:
        ordered = sorted(values)
        for order, firsts in (
            (ABOVE, [ordered[0]]),
            (AROUND, [ordered[len(ordered) // 2]]),
            (SECOND, [first, values[1]]),
        ):
            other = coded(values, order, firsts)
            if other.cost < found.cost:
                found = other
    return found


def coded(values: "Sequence[int]", order: int, firsts: list[int]) -> Coded:
    """The values in an order with these first values, which are as many as FIRSTS says; no values
    in order FIRST."""
    if order == ABOVE or order == AROUND:
        signed = [value - firsts[0] for value in values]
    else:
        signed = _differences(values)
        if order == SECOND:
            signed = _differences(signed)
    divisor = _common_divisor(signed)
    if divisor > 1:
        signed = [value // divisor for value in signed]
    residuals = signed if order == ABOVE else [bits.zigzag(value) for value in signed]
    coding, k, cost = _code(residuals)
    for first in firsts:
        cost += number_cost(bits.zigzag(first))
    if divisor > 1:
        cost += number_cost(divisor)
    highest = max(residuals) if residuals else 0
    width = bits.bit_length(highest)
    return Coded(order, firsts, divisor, residuals, highest, width, coding, k, cost)


def rice_cost(residuals: "Sequence[int]", k: int, width: int, sparse: bool) -> int:
    """Bits of Rice coding with escapes; `sparse` puts a bit that says "not 0" before each."""
    cost = 0
    if sparse:
        cost = len(residuals)
        residuals = [residual - 1 for residual in residuals if residual]
    top = bits.ESCAPE << k
    cost += (k + 1) * len(residuals)
    escape = bits.ESCAPE + width - k - 1
    for residual in residuals:
        cost += residual >> k if residual < top else escape
    return cost


def put(writer: bits.BitWriter, coded: Coded) -> None:
    """Writes the column behind its presence: divisor if it has one, first values, and, unless all
    residuals are 0, both parameters and every residual. A `width` of 0 says that none escapes."""
    if coded.divisor > 1:
        writer.number(coded.divisor)
    for first in coded.firsts:
        writer.number(bits.zigzag(first))
    if coded.coding == CONSTANT:
        return
    k, width, sparse = coded.k, coded.width, coded.coding == SPARSE
    writer.parameter(k)
    writer.parameter(width - k if width else 0)
    for residual in coded.residuals:
        if not sparse:
            writer.rice(residual, k, width)
        elif residual:
            writer.plain(1, 1)
            writer.rice(residual - 1, k, width)
        else:
            writer.plain(0, 1)


def number_cost(value: int) -> int:
    """Bits of BitWriter.number."""
    width = bits.bit_length(value)
    return (width >> 2) + 3 + (width - 1 if width else 0)


def _code(residuals: list[int]) -> tuple[int, int, int]:
    """(coding, parameter, bits), the parameter guessed from the middle of the residuals, for SPARSE
    of those that are not 0, which is asked where a quarter of them are."""
    ordered = sorted(residuals)
    if not ordered or not ordered[-1]:
        return CONSTANT, 0, 0
    count, width = len(ordered), bits.bit_length(ordered[-1])
    zeros = 0
    while not ordered[zeros]:
        zeros += 1
    k = _parameter(ordered[count // 2])
    best = (RICE, k, rice_cost(residuals, k, width, False))
    if 4 * zeros >= count:
        k = _parameter(ordered[(zeros + count) // 2])
        cost = rice_cost(residuals, k, width, True)
        if cost < best[2]:
            best = (SPARSE, k, cost)
    return best


def _parameter(residual: int) -> int:
    width = bits.bit_length(residual)
    return width - 1 if width else 0


def _differences(values: "Sequence[int]") -> list[int]:
    return [values[at] - values[at - 1] for at in range(1, len(values))]


def _common_divisor(values: list[int]) -> int:
    """The largest number that divides all, 1 when there is none (MicroPython has no math.gcd)."""
    divisor = 0
    for value in values:
        value = abs(value)
        while value:
            divisor, value = value, divisor % value
        if divisor == 1:
            return 1
    return divisor or 1
