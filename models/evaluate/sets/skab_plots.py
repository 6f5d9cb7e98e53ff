"""SKAB's pictures: all methods by their two errors, and single runs with distance and alarms."""

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from numpy.typing import NDArray

from models.data.skab import SIGNALS
from models.evaluate.plots import COLOURS, EVENT
from models.evaluate.result import Figure, Plot
from models.evaluate.sets.skab_policy import Policy, limits
from models.evaluate.sets.skab_protocol import (
    PUBLISHED,
    TRAIN_ROWS,
    WANTED_FAR,
    WANTED_MAR,
    Run,
)

SHOWN = (20, 24, 27)  # vibration 1, temperature, flow
GREY = "#7a7a7a"


@dataclass(frozen=True)
class Drawn:
    """A run and what our detector said of its test rows."""

    run: Run
    policy: Policy
    distances: NDArray[np.float64]  # [test rows], int8 steps
    alarms: NDArray[np.bool_]  # [test rows]


def map_plot(figures: dict[str, dict[str, Figure]], ours: str) -> Plot:
    """Return the picture of FAR against MAR: the published methods, the rules and ours."""

    def draw(canvas: Canvas) -> None:
        panel = canvas.subplots()
        panel.fill_between([0, 100 * WANTED_FAR], 0, 100 * WANTED_MAR, color="#2a9d5c", alpha=0.15)
        for name, (_, far, mar) in PUBLISHED.items():
            _point(panel, far, mar, name, GREY, 4)
        for number, (name, some) in enumerate(figures.items()):
            colour = COLOURS[0] if name == ours else COLOURS[1]
            _measured(panel, some, str(number + 1), colour, with_interval=name == ours)
        named = "\n".join(f"{i + 1}  {name}" for i, name in enumerate(figures))
        panel.text(0.99, 0.97, named, transform=panel.transAxes, ha="right", va="top", fontsize=8)
        panel.set_xlabel("false alarm rate, %")
        panel.set_ylabel("missed alarm rate, %")
        panel.set_xlim(0, 104)
        panel.set_ylim(-3, 90)

    title = "SKAB: grey as published, green the goal; the cross is our 95 % interval over runs."
    return Plot("skab.png", title, draw, (9.0, 5.4))


def _measured(
    panel: Axes, some: dict[str, Figure], label: str, colour: str, with_interval: bool
) -> None:
    far, mar = _percent(some["far"]), _percent(some["mar"])
    if with_interval:
        panel.plot(far[1:], [mar[0], mar[0]], color=colour)
        panel.plot([far[0], far[0]], mar[1:], color=colour)
    _point(panel, far[0], mar[0], label, colour, -11)


def _percent(figure: Figure) -> tuple[float, float, float]:
    value, low, high = (
        float("nan") if v is None else 100 * v for v in (figure.value, figure.low, figure.high)
    )
    return value, low, high


def _point(panel: Axes, x: float, y: float, label: str, colour: str, above: int) -> None:
    panel.plot([x], [y], "o", color=colour, markersize=5)
    panel.annotate(label, (x, y), (4, above), textcoords="offset points", color=colour, fontsize=8)


def run_plot(drawn: Drawn, title: str) -> Plot:
    """Return the picture of a run: three signals, then distance, limit and alarms."""

    def draw(canvas: Canvas) -> None:
        panels = canvas.subplots(
            len(SHOWN) + 1, 1, sharex=True, height_ratios=[1.0] * len(SHOWN) + [1.3]
        )
        for panel, channel in zip(panels, SHOWN, strict=False):
            name, _, _, unit = SIGNALS[channel]
            values = drawn.run.recording.other[name]
            panel.plot(np.array(values, np.float64), color="#222222", linewidth=0.8)
            panel.set_ylabel(f"{name}\n{unit}")
        _draw_distance(panels[-1], drawn)
        rows = np.arange(len(drawn.run.labels))
        for panel in panels:
            panel.axvline(TRAIN_ROWS, color=GREY, linewidth=0.8, linestyle=":")
            _shade(panel, rows, drawn.run.labels)
        panels[0].set_title(f"skab: {drawn.run.name}", loc="left")
        panels[-1].set_xlabel("row; yellow: labelled, dotted: end of training")
        panels[-1].margins(x=0.01)

    return Plot(f"skab_{drawn.run.name}.png", title, draw, (9.0, 6.4))


def _draw_distance(panel: Axes, drawn: Drawn) -> None:
    rows = TRAIN_ROWS + np.arange(len(drawn.distances))
    panel.plot(rows, drawn.distances, color=COLOURS[0], label="distance")
    panel.plot(rows, limits(drawn.distances, drawn.policy), "--", color="#222222", label="limit")
    panel.plot(
        rows[drawn.alarms],
        np.full(int(drawn.alarms.sum()), 0.7),
        "|",
        color=COLOURS[1],
        markersize=5,
        label="alarm",
    )
    panel.set_yscale("log")
    panel.set_ylim(0.5, 160)
    panel.set_ylabel("int8 steps")
    panel.legend(loc="upper left", fontsize=8, ncols=3, frameon=False)


def _shade(panel: Axes, rows: NDArray[np.int64], labels: NDArray[np.bool_]) -> None:
    bottom, top = panel.get_ylim()
    panel.fill_between(rows, bottom, top, where=labels.tolist(), color=EVENT, alpha=0.5, zorder=0)
    panel.set_ylim(bottom, top)
