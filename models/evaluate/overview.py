"""One picture of all sets: every detector's AUC with its interval, set by set."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from models.evaluate.judge import ALWAYS
from models.evaluate.plots import COLOURS
from models.evaluate.result import Plot, Row, SetResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLE = (
    "AUC by set, with 95 % intervals: models in blue, baselines and rules in red. 0.5 is chance."
    " In containers the truth is the contacts of door and mount; the door is an input of the"
    " climate detectors."
)
_SHOWN = 44  # characters of a detector's name
_HIGH = 0.21  # inches of a line
_LINE = tuple[str, "Row | None"]  # a set's name without a row, or a detector with its row


def overview(results: Sequence[SetResult]) -> list[Plot]:
    """Return the picture, or nothing where no set has labels."""
    lines: list[_LINE] = []
    for result in results:
        rows = [row for row in result.rows if _has_auc(row) and row.detector != ALWAYS]
        if rows:
            lines += [(result.set, None), *((_short(row.detector), row) for row in rows)]
    if not lines:
        return []

    def draw(figure: "Figure") -> None:
        panel = figure.subplots()
        for y, (_, row) in enumerate(lines):
            if row is not None:
                _draw_row(panel, y, row)
        panel.axvline(0.5, color="#222222", linestyle="--", linewidth=1.0)
        panel.set_yticks(range(len(lines)), [name for name, _ in lines])
        for label, (_, row) in zip(panel.get_yticklabels(), lines, strict=True):
            label.set_fontweight("bold" if row is None else "normal")
        panel.set_ylim(len(lines) - 0.4, -0.6)
        panel.set_xlim(0.0, 1.02)
        panel.set_xlabel("AUC")
        panel.grid(axis="y", visible=False)

    return [Plot("overview.png", TITLE, draw, (9.0, 0.8 + _HIGH * len(lines)))]


def _has_auc(row: Row) -> bool:
    return "auc" in row.figures and row.figures["auc"].value is not None


def _draw_row(panel: "Axes", y: int, row: Row) -> None:
    figure = row.figures["auc"]
    colour = COLOURS[1 if row.is_baseline else 0]
    if figure.low is not None and figure.high is not None:
        panel.plot([figure.low, figure.high], [y, y], color=colour, linewidth=2.0, alpha=0.7)
    panel.plot([figure.value or 0.0], [y], "o", color=colour, markersize=5)


def _short(name: str) -> str:
    return name if len(name) <= _SHOWN else f"{name[: _SHOWN - 1].rstrip(' ,')}…"
