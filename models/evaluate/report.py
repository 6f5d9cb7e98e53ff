"""The report as text: goals first, then each set with its table and pictures."""

from collections.abc import Sequence

from models.evaluate.climate_set import duration
from models.evaluate.detectors import Detector
from models.evaluate.result import FIGURES, Figure, Goal, Plot, Row, SetResult

_PER_CENT = ("far", "mar")
_YES_NO = {True: "yes", False: "**no**", None: "–"}

HOW = """\
## How to read this

- An alarm is what a profile's rule makes of the scores: enough of the last windows at or above the
  threshold. Alarms per week are those that a person is told of, after the rule's pause; in
  recordings shorter than a week they are extrapolated. Everything else counts every window.
- Thresholds were set on simulated shipments, none of them on a recording. Nothing was trained on
  the public sets but SKAB's detectors, as its protocol asks: on the first 400 rows of each run,
  with settings chosen on other runs. What was settled after scores had been seen is said where it
  matters: in the goals' table and in the set's text.
- Every row of a window has the window's score: precision, recall, FAR and MAR count rows. Delay is
  from an event's start to the end of the first alarming window, the first moment at which a node
  can know.
- In brackets: 95 % bootstrap interval (1000 draws, fixed seed) over devices or sessions where
  there are five or more, else over blocks of consecutive windows. A dash: not defined here.
- F1 alone says little ("always alarm" reaches 0.698 on SKAB): it never stands without FAR and MAR.
- Definitions in full: [`models/evaluate/metrics.py`](../evaluate/metrics.py).
"""


def markdown(
    results: Sequence[SetResult],
    goals: Sequence[Goal],
    missing: Sequence[str],
    detectors: Sequence[Detector],
    compared: int,
    overview: Sequence[Plot],
) -> str:
    """Return the whole report; `missing` are the sets that DATA does not have."""
    parts = [
        "# Evaluation on recordings\n",
        "Written by `make evaluate`; nothing in it is typed by hand.\n",
        "## Goals\n",
        goal_table(goals),
        *(picture(plot) for plot in overview),
        "## Detectors\n",
        detector_table(detectors),
        f"**{compared:,} windows were compared bit by bit**: each was scored by the gateway's"
        " fast code and again by `cargoseal_score`, the integers that nodes execute; any difference"
        " would have ended this evaluation.\n",
        HOW,
        "## Sets\n",
        *(section(result) for result in results),
    ]
    if missing:
        parts.append("## Not there\n\n" + "\n".join(f"- {name}" for name in missing) + "\n")
    return "\n".join(parts)


def goal_table(goals: Sequence[Goal]) -> str:
    """Return the table of goals, in their order."""
    lines = ["| goal | wanted | figure reached | baseline | reached |", "|---|---|---|---|---|"]
    lines += [_line([g.name, g.wanted, g.figure, g.baseline, _YES_NO[g.reached]]) for g in goals]
    lines.append("\nA dash: no bar is set, or this data cannot tell.")
    return "\n".join(lines) + "\n"


def detector_table(detectors: Sequence[Detector]) -> str:
    """Return which blobs were judged."""
    heads = "| detector | kind | blob (SHA-256) | thresholds by use | set by |"
    lines = [heads, "|---|---|---|---|---|"]
    for d in detectors:
        points = [f"{use}: {point.threshold:,}" for use, point in d.points.items()]
        digest = f"`{d.model.digest.hex()[:16]}…`"
        limits = ", ".join(points) or f"{d.threshold:,}"
        lines.append(_line([d.name, d.kind, digest, limits, d.why]))
    return "\n".join(lines) + "\n"


def section(result: SetResult) -> str:
    """Return a set's text, table and pictures."""
    parts = [f"### {result.set}\n", result.text + "\n"]
    if result.rows:
        parts.append(figure_table(result.rows))
    parts += [picture(plot) for plot in result.plots]
    return "\n".join(parts)


def picture(plot: Plot) -> str:
    """Return a picture with its title below."""
    return f"![{plot.title}]({plot.file})\n\n*{plot.title}*\n"


def figure_table(rows: Sequence[Row]) -> str:
    """Return detectors down, figures across; columns that no detector has are left out."""
    known = [key for key in FIGURES if any(key in row.figures for row in rows)]
    known += sorted({key for row in rows for key in row.figures} - set(FIGURES))
    heads = ["detector", *(FIGURES.get(key, key) for key in known)]
    notes = any(row.note for row in rows)
    if notes:
        heads.append("")
    lines = [_line(heads), "|" + "---|" * len(heads)]
    for row in rows:
        cells = [row.detector, *(cell(key, row.figures.get(key)) for key in known)]
        lines.append(_line([*cells, row.note] if notes else cells))
    return "\n".join(lines) + "\n"


def _line(cells: Sequence[str]) -> str:
    """Return a line of a table; a bar in a cell (such as |a|) does not end it."""
    return f"| {' | '.join(text.replace('|', chr(92) + '|') for text in cells)} |"


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
