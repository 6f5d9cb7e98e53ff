"""The table a replay and the demonstration end with. Rows are dicts with the keys of COLUMNS.

Rules
1. The stable columns are the same in every run; gas and real time depend on the machine and on how
   verdicts met in batches.
2. `readings` are those of the slow sensors; `handling` are the windows around events of a node's
   accelerometer, with the highest score among them. Both are among `sealed`.
3. `excursion→verdict` is the nodes' time, from the excursion's beginning to the verdict that says
   so; `stored→statusOf s` is real seconds, from the stored segment to the chain's answer.
"""

from collections.abc import Mapping, Sequence

STABLE_COLUMNS = (
    "shipment",
    "nodes",
    "readings",
    "handling",
    "sealed",
    "verified",
    "refused",
    "gaps",
    "silences",
    "condition",
    "doubts",
    "why",
    "excursion→verdict",
    "checked",
)
COLUMNS = (*STABLE_COLUMNS, "gas", "stored→statusOf s")


def render(rows: Sequence[Mapping[str, object]]) -> str:
    """The table as text, numbers to the right; every row has the keys of COLUMNS."""
    texts = [list(COLUMNS), *([_text(row[name]) for name in COLUMNS] for row in rows)]
    widths = [max(len(line[index]) for line in texts) for index in range(len(COLUMNS))]
    right = [all(isinstance(row[name], int | float) for row in rows) for name in COLUMNS]
    lines = []
    for line in texts:
        cells = [
            cell.rjust(width) if is_right else cell.ljust(width)
            for cell, width, is_right in zip(line, widths, right, strict=True)
        ]
        lines.append("  ".join(cells).rstrip())
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


def _text(value: object) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, float):
        return f"{value:.2f}"
    if isinstance(value, int):
        return f"{value:,}" if abs(value) >= 10_000 else str(value)
    return str(value)
