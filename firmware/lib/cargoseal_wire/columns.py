"""Columns: one channel's values of a window (or its times), in as few bits as they carry.

Rules
1. A column is a mode byte, then bits: which values are there, a common divisor, the first values,
   two parameters, the residuals. Nothing is lost: unpack(pack(v), len(v)) == v.
2. Residuals run over the values that are there: distances from a middle value (AROUND),
   differences (FIRST), differences of those (SECOND), or heights above the least value (ABOVE);
   divided by their common divisor; coded by Rice, where a long one is escaped, with or without a
   bit for "zero".
3. A packer is free in what it chooses; a reader takes every choice. Digests are over the bytes, so
   that two encodings of the same values do no harm.
4. A reader's work is bounded by `count`, at most MAX_READINGS, and each value by `limit`.
5. `native_loops` is the twin of `residuals` in a chip's machine code, taken where MicroPython can
   load it, else None. It packs the columns whose values it holds.
"""

from cargoseal_wire import bits, plan, residuals
from cargoseal_wire.constants import MAX_READINGS
from cargoseal_wire.errors import OversizedError, WireError
from cargoseal_wire.plan import ALL, BITMAP, RUNS
from cargoseal_wire.residuals import ABOVE, AROUND, CONSTANT, FIRST, FIRSTS, SPARSE

try:
    from cargoseal_native import columns as native_loops
except (ImportError, SyntaxError, ValueError):  # CPython; no native emitter; another chip's file
    native_loops = None

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cargoseal_wire.residuals import Loops

VALUE_LIMIT = 2**31  # channel values are in -2^31 … 2^31-1
TIME_LIMIT = 2**40

# Mode byte: order in bits 0-1, presence in 2-3, coding in 4-5, and:
_DIVIDED = 1 << 6
_WHERE = "column"


def pack(
    values: list[int | None], like: list[int | None] | None = None, limit: int = VALUE_LIMIT
) -> bytes:
    """The column's bytes. `like` is the column before it in the section, whose gaps it may share.

    WireError for more than MAX_READINGS values or one outside of -limit … limit-1.
    """
    if len(values) > MAX_READINGS:
        raise OversizedError(_WHERE, "at most " + str(MAX_READINGS) + " values", str(len(values)))
    presence, run_k = ALL, 0
    loops, held = _held(values, limit)
    if held is None:
        presence, run_k = plan.best_presence(values, like)
        loops, held = _held([value for value in values if value is not None], limit)
    best = plan.best_plan(held or (), loops)
    divided = _DIVIDED if best.divisor > 1 else 0
    out = bytearray((best.order | presence << 2 | best.coding << 4 | divided,))
    writer = bits.BitWriter(out)
    _put_presence(writer, values, presence, run_k)
    loops.put(writer, best)
    writer.end()
    return bytes(out)


def unpack(
    data: bytes, count: int, like: list[int | None] | None = None, limit: int = VALUE_LIMIT
) -> list[int | None]:
    """`count` values, None where there is none, else WireError. `like` and `limit` as in `pack`."""
    if not 0 <= count <= MAX_READINGS:
        raise OversizedError(_WHERE, "at most " + str(MAX_READINGS) + " values", str(count))
    if not data:
        raise WireError(_WHERE, "a mode byte", "nothing")
    mode = data[0]
    order, presence, coding = mode & 3, mode >> 2 & 3, mode >> 4 & 3
    if mode > 127 or coding > SPARSE:
        raise WireError(_WHERE, "a known mode", hex(mode))
    reader = bits.BitReader(data, 1, _WHERE)
    there = _take_presence(reader, count, presence, like)
    size = count if there is None else sum(there)
    divisor = reader.number() if mode & _DIVIDED else 1
    firsts = [bits.unzigzag(reader.number()) for _ in range(min(FIRSTS[order], size))]
    left = size if order in (AROUND, ABOVE) else size - len(firsts)
    residuals = _take_residuals(reader, coding, left)
    reader.end()
    return _spread(_restore(order, divisor, firsts, residuals, limit), there)


def _held(values: "Sequence[int | None]", limit: int) -> "tuple[Loops, Sequence[int] | None]":
    """(who packs these values, what it holds of them), None for those with gaps. WireError for one
    that no column has. Machine code holds ints within its own limit only, so those are not looked
    at one by one; it takes True for 1."""
    if native_loops is not None:
        native: Loops = native_loops
        held = native.held(values)
        if held is not None:
            return native, held
    held = residuals.held(values)
    for value in held or ():
        if type(value) is not int or not -limit <= value < limit:
            raise WireError(_WHERE, "ints in " + str(-limit) + " … " + str(limit - 1), value)
    return residuals, held


def _put_presence(writer: bits.BitWriter, values: list[int | None], presence: int, k: int) -> None:
    if presence == BITMAP:
        for value in values:
            writer.plain(0 if value is None else 1, 1)
    elif presence == RUNS:
        writer.parameter(k)
        width = bits.bit_length(len(values))
        for run in plan.runs(values):
            writer.rice(run, k, width)


def _take_presence(
    reader: bits.BitReader, count: int, presence: int, like: list[int | None] | None
) -> list[int] | None:
    """1 or 0 per value, None when all are there."""
    if presence == ALL:
        return None
    if presence == BITMAP:
        return [reader.plain(1) for _ in range(count)]
    if presence == RUNS:
        return _take_runs(reader, count)
    if like is None or len(like) != count:
        raise WireError(_WHERE, "a column before one that shares its gaps", "none")
    return [0 if value is None else 1 for value in like]


def _take_runs(reader: bits.BitReader, count: int) -> list[int]:
    """Runs of values there and not there in turn, until there are `count`."""
    k = reader.parameter()
    if k > bits.MAX_WIDTH:
        raise OversizedError(_WHERE, "a parameter up to " + str(bits.MAX_WIDTH), str(k))
    width = bits.bit_length(count)
    there: list[int] = []
    value = 1
    while len(there) < count:
        run = reader.rice(k, width)
        if run > count - len(there) or (run == 0 and there):
            raise WireError(_WHERE, "a run of 1 … " + str(count - len(there)), run)
        there.extend([value] * run)
        value = 1 - value
        if run == 0 and not there and value == 1:
            raise WireError(_WHERE, "one empty run at most", "two")
    return there


def _take_residuals(reader: bits.BitReader, coding: int, size: int) -> list[int]:
    """`size` unsigned residuals."""
    if coding == CONSTANT:
        return [0] * size
    k = reader.parameter()
    width = reader.parameter()
    width = k + width if width else 0
    if k > bits.MAX_WIDTH or width > bits.MAX_WIDTH:
        raise OversizedError(
            _WHERE, "widths up to " + str(bits.MAX_WIDTH), str(k) + ", " + str(width)
        )
    if coding == SPARSE:
        return [reader.rice(k, width) + 1 if reader.plain(1) else 0 for _ in range(size)]
    return [reader.rice(k, width) for _ in range(size)]


def _restore(
    order: int, divisor: int, firsts: list[int], residuals: list[int], limit: int
) -> list[int]:
    """The values that are there, each checked against `limit` before the next is made from it."""
    if order == ABOVE:
        base = firsts[0] if firsts else 0
        values = [base + residual * divisor for residual in residuals]
    elif order == AROUND:
        middle = firsts[0] if firsts else 0
        values = [middle + bits.unzigzag(residual) * divisor for residual in residuals]
    else:
        values = list(firsts[:1])
        step = firsts[1] - firsts[0] if len(firsts) > 1 else 0
        values.extend(firsts[1:])
        for residual in residuals:
            change = bits.unzigzag(residual) * divisor
            step = change if order == FIRST else step + change
            values.append(values[-1] + step)
            if not -limit <= values[-1] < limit:
                break
    for value in values:
        if not -limit <= value < limit:
            raise WireError(_WHERE, "values in " + str(-limit) + " … " + str(limit - 1), "more")
    return values


def _spread(values: list[int], there: list[int] | None) -> list[int | None]:
    """Values in their places, None elsewhere."""
    if there is None:
        return values  # type: ignore[return-value]  # a list of int is one of int or None
    at = iter(values)
    return [next(at) if here else None for here in there]
