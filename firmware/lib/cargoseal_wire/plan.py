"""What a packer chooses for a column: the cheapest order, code and presence, by counting bits.

Rules
1. The choice changes the size only; a reader takes any (columns.py).
2. It takes a bounded number of passes over a window: per order one or two codes are counted, and
   for the cheapest order the neighbours of its parameter.
3. The passes themselves are those of `loops`: `residuals`, or its twin in a chip's machine code.
"""

from cargoseal_wire import residuals
from cargoseal_wire.bits import ESCAPE, bit_length
from cargoseal_wire.residuals import CONSTANT, FIRST, SPARSE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cargoseal_wire.residuals import Coded, Loops

ALL, BITMAP, RUNS, SAME = 0, 1, 2, 3  # presence; SAME as in the column before


def best_plan(values: "Sequence[int]", loops: "Loops") -> "Coded":
    """The order and code with the fewest bits for what `loops` holds of a column's values."""
    if not values:
        return residuals.coded(values, FIRST, [])
    best = loops.best(values)
    if best.coding != CONSTANT:
        _refine(best, loops)
    return best


def _refine(best: "Coded", loops: "Loops") -> None:
    """Moves the parameter while it saves bits; `width` is 0 when nothing is escaped."""
    sparse = best.coding == SPARSE
    least = loops.rice_cost(best.residuals, best.k, best.width, sparse)
    for step in (1, -1):
        while 0 <= best.k + step < best.width:
            cost = loops.rice_cost(best.residuals, best.k + step, best.width, sparse)
            if cost >= least:
                break
            least = cost
            best.k += step
    if best.highest - (1 if sparse else 0) < ESCAPE << best.k:
        best.width = 0


def best_presence(values: list[int | None], like: list[int | None] | None) -> tuple[int, int]:
    """(presence, parameter of the runs) with the fewest bits, for a column with gaps."""
    if like is not None and _same_gaps(values, like):
        return SAME, 0
    lengths = runs(values)
    width = bit_length(len(values))
    best, best_k, least = BITMAP, 0, len(values)
    for k in range(width):
        cost = 3 + residuals.rice_cost(lengths, k, width, False)
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


def _same_gaps(values: list[int | None], like: list[int | None]) -> bool:
    for at, value in enumerate(values):
        if (value is None) != (like[at] is None):
            return False
    return True
