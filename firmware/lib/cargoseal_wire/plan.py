"""What a packer chooses for a column: the cheapest order, code and presence, by counting bits.

Rules
1. The choice changes the size only; a reader takes any (columns.py).
2. It takes a bounded number of passes over a window: per order one or two codes are counted, and
   for the cheapest order the neighbours of its parameter.
"""

from cargoseal_wire.bits import ESCAPE, bit_length, zigzag

AROUND, FIRST, SECOND, ABOVE = 0, 1, 2, 3  # order: what residuals are
ALL, BITMAP, RUNS, SAME = 0, 1, 2, 3  # presence; SAME as in the column before
CONSTANT, RICE, SPARSE = 0, 1, 2  # coding: all 0; Rice; Rice behind a bit that says "not 0"
FIRSTS = (1, 1, 2, 1)  # first values by order


class Plan:
    """How the values that are there are written. `residuals` are unsigned, already divided."""

    def __init__(self, order: int, firsts: list[int], signed: list[int]) -> None:
        self.order = order
        self.firsts = firsts
        self.divisor = _common_divisor(signed)
        if self.divisor > 1:
            signed = [value // self.divisor for value in signed]
        self.residuals = signed if order == ABOVE else [zigzag(value) for value in signed]
        self.width = bit_length(max(self.residuals)) if self.residuals else 0
        self.coding, self.k, cost = self._code()
        for first in firsts:
            cost += number_cost(zigzag(first))
        if self.divisor > 1:
            cost += number_cost(self.divisor)
        self.cost = cost

    def _code(self) -> tuple[int, int, int]:
        """(coding, parameter, bits), the parameter guessed from the middle of the residuals."""
        if not self.width:
            return CONSTANT, 0, 0
        ordered = sorted(self.residuals)
        zeros = _count_zeros(ordered)
        k = _guess(ordered[len(ordered) // 2])
        best = (RICE, k, rice_cost(self.residuals, k, self.width))
        if 4 * zeros >= len(ordered):
            k = _guess(ordered[(zeros + len(ordered)) // 2])
            cost = sparse_cost(self.residuals, k, self.width)
            if cost < best[2]:
                best = (SPARSE, k, cost)
        return best

    def refine(self) -> None:
        """Moves the parameter while it saves bits; `width` is 0 when nothing is escaped."""
        if self.coding == CONSTANT:
            return
        count = sparse_cost if self.coding == SPARSE else rice_cost
        least = count(self.residuals, self.k, self.width)
        for step in (1, -1):
            while 0 <= self.k + step < self.width:
                cost = count(self.residuals, self.k + step, self.width)
                if cost >= least:
                    break
                least = cost
                self.k += step
        if max(self.residuals) - (1 if self.coding == SPARSE else 0) < ESCAPE << self.k:
            self.width = 0


def best_plan(values: list[int]) -> Plan:
    """The plan with the fewest bits for values that are all there."""
    changes = differences(values)
    best = Plan(FIRST, values[:1], changes)
    if len(values) > 1:
        least = min(values)
        best = _cheaper(best, Plan(ABOVE, [least], [value - least for value in values]))
        middle = sorted(values)[len(values) // 2]
        best = _cheaper(best, Plan(AROUND, [middle], [value - middle for value in values]))
        best = _cheaper(best, Plan(SECOND, values[:2], differences(changes)))
    best.refine()
    return best


def best_presence(values: list[int | None], like: list[int | None] | None) -> tuple[int, int]:
    """(presence, parameter of the runs) with the fewest bits."""
    if None not in values:
        return ALL, 0
    if like is not None and _same_gaps(values, like):
        return SAME, 0
    lengths = runs(values)
    width = bit_length(len(values))
    best, best_k, least = BITMAP, 0, len(values)
    for k in range(width):
        cost = 3 + rice_cost(lengths, k, width)
        if cost < least:
            best, best_k, least = RUNS, k, cost
    return best, best_k


def runs(values: list[int | None]) -> list[int]:
    """Lengths of the runs of values that are there, not there, there …; the first may be 0."""
    lengths = [0]
    here = True
    for value in values:
        if (value is not None) != here:
            here = not here
            lengths.append(0)
        lengths[-1] += 1
    return lengths


def differences(values: list[int]) -> list[int]:
    return [values[at] - values[at - 1] for at in range(1, len(values))]


def rice_cost(residuals: list[int], k: int, width: int) -> int:
    """Bits of Rice coding with escapes."""
    top = ESCAPE << k
    cost = (k + 1) * len(residuals)
    escape = ESCAPE + width - k - 1
    for residual in residuals:
        cost += residual >> k if residual < top else escape
    return cost


def sparse_cost(residuals: list[int], k: int, width: int) -> int:
    """Bits of Rice coding behind a bit that says "not 0"."""
    some = [residual - 1 for residual in residuals if residual]
    return len(residuals) + rice_cost(some, k, width)


def number_cost(value: int) -> int:
    """Bits of BitWriter.number."""
    width = bit_length(value)
    return (width >> 2) + 3 + (width - 1 if width else 0)


def _cheaper(one: Plan, other: Plan) -> Plan:
    return other if other.cost < one.cost else one


def _guess(middle: int) -> int:
    width = bit_length(middle)
    return width - 1 if width else 0


def _count_zeros(ordered: list[int]) -> int:
    zeros = 0
    for value in ordered:
        if value:
            break
        zeros += 1
    return zeros


def _same_gaps(values: list[int | None], like: list[int | None]) -> bool:
    for at, value in enumerate(values):
        if (value is None) != (like[at] is None):
            return False
    return True


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
