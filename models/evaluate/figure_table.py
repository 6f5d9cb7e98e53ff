"""A set's table: detectors down, figures across, and below it why a figure is not there.

Every column of FIGURES is in every table, so that nothing is left out by being inconvenient; a
column of a set's own follows where somebody has it. A dash carries a mark, and the mark its reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from models.evaluate.duration import duration
from models.evaluate.result import FIGURES, Figure, Row

_PER_CENT = ("far", "mar")
_HEADINGS = FIGURES | {"f1": "F1"}
_MARKS = "¹²³⁴⁵⁶⁷⁸⁹"
UNSAID = "not told for this detector"


@dataclass(frozen=True)
class Cells:
    """A table as texts; `reasons` are those of the marks, in their order."""

    columns: list[str]
    rows: list[list[str]]
    reasons: list[str]

    @property
    def notes(self) -> str:
        """The reasons in one line, empty without any."""
        return "; ".join(f"{_mark(i)} {why}" for i, why in enumerate(self.reasons))


def cells(rows: Sequence[Row]) -> Cells:
    """Return the table of a set's rows."""
    own = sorted({key for row in rows for key in row.figures} - set(FIGURES))
    keys = [*FIGURES, *own]
    has_notes = any(row.note for row in rows)
    reasons: list[str] = []
    lines = []
    for row in rows:
        line = [row.detector, *(_marked(key, row.figures.get(key), reasons) for key in keys)]
        lines.append([*line, row.note] if has_notes else line)
    heads = ["detector", *(_HEADINGS.get(key, key) for key in keys)]
    return Cells([*heads, ""] if has_notes else heads, lines, reasons)


def figure_table(rows: Sequence[Row]) -> str:
    """Return the table in Markdown, with the reasons below."""
    table = cells(rows)
    lines = [line(table.columns), "|" + "---|" * len(table.columns), *map(line, table.rows)]
    if table.notes:
        lines.append(f"\n{table.notes}.")
    return "\n".join(lines) + "\n"


def line(texts: Sequence[str]) -> str:
    """Return a line of a table; a bar in a cell (such as |a|) does not end it."""
    return f"| {' | '.join(text.replace('|', chr(92) + '|') for text in texts)} |"


def _marked(key: str, figure: Figure | None, reasons: list[str]) -> str:
    """Return a cell; what is missing in it is marked, and its reason noted."""
    text = cell(key, figure)
    if figure is not None and figure.value is not None and not figure.why:
        return text
    why = (figure.why if figure is not None else "") or UNSAID
    if why not in reasons:
        reasons.append(why)
    return f"{text}{_mark(reasons.index(why))}"


def _mark(number: int) -> str:
    return _MARKS[number] if number < len(_MARKS) else f"({number + 1})"


def cell(key: str, figure: Figure | None) -> str:
    """Return a figure with its interval.

    >>> cell("far", Figure(0.1, 0.05, 0.2)), cell("auc", Figure(None))
    ('10.0 [5.0, 20.0]', '–')
    """
    if figure is None or figure.value is None:
        return "–"
    text = _number(key, figure.value)
    if figure.low is None or figure.high is None:
        return text
    return f"{text} [{_number(key, figure.low)}, {_number(key, figure.high)}]"


def _number(key: str, value: float) -> str:
    if key in _PER_CENT:
        return f"{100 * value:.1f}"
    if key == "delay_s":
        return duration(value)
    return f"{value:,.1f}" if abs(value) >= 10 or key == "alarms_per_week" else f"{value:.3f}"
