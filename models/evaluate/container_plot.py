"""The picture of a container's trip: climate, shocks, doors, verdicts, and the climate score."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cargoseal_wire.constants import SHOCK, TEMPERATURE
from models.evaluate.judge import Scored
from models.evaluate.plots import (
    COLOURS,
    EVENT,
    LINE,
    draw_channel,
    draw_scores,
    hours,
    time_axis,
)
from models.evaluate.result import Plot
from models.evaluate.whole_way import Played

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

VERDICT = "#7b2cbf"


def container_plot(scored: Scored, played: Played, openings: Sequence[tuple[int, int]]) -> Plot:
    """Return the picture; doors open after departure are shaded, verdicts are lines."""
    recording = scored.recording

    def draw(figure: "Figure") -> None:
        panels = figure.subplots(3, 1, sharex=True, height_ratios=[1.0, 1.0, 1.3])
        draw_channel(panels[0], recording, TEMPERATURE)
        _draw_shocks(panels[1], scored)
        draw_scores(panels[2], scored)
        for panel in panels:
            _mark(panel, scored, played, openings)
        panels[0].set_title(
            f"{recording.set}: {recording.name} under {played.profile}: {played.row['condition']}",
            loc="left",
        )
        time_axis(panels[2], recording, "yellow: door open, purple: verdict")

    told = "; ".join(f"{v.told}: {v.why or v.rule}" for v in played.verdicts) or "no verdict"
    return Plot(f"container_{recording.device.lower()}.png", f"{recording.name}: {told}.", draw)


def _draw_shocks(panel: "Axes", scored: Scored) -> None:
    """One stem per reported shock, and the fixed limit that a naive rule would have."""
    recording = scored.recording
    pairs = zip(recording.times_ms.tolist(), recording.columns.get(SHOCK, []), strict=False)
    points = [(time, value / 1000) for time, value in pairs if value]
    panel.vlines(hours(recording, [t for t, _ in points]), 0, [g for _, g in points], COLOURS[0])
    panel.axhline(5.0, color=LINE, linestyle="--", linewidth=1.0)
    panel.set_ylabel("shock\ng")
    panel.set_ylim(bottom=0)


def _mark(
    panel: "Axes", scored: Scored, played: Played, openings: Sequence[tuple[int, int]]
) -> None:
    recording = scored.recording
    least = (int(recording.times_ms[-1]) - int(recording.times_ms[0])) / 3_600_000 / 300
    for begin, end in openings:
        a, b = hours(recording, [begin, end])
        panel.axvspan(a, max(b, a + least), color=EVENT, alpha=0.6, linewidth=0, zorder=0)
    for at in hours(recording, [v.time_ms for v in played.verdicts]):
        panel.axvline(at, color=VERDICT, linewidth=1.4)
