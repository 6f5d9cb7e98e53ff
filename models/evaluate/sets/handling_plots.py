"""Pictures of handling: what a fall looks like beside a road, and which drops are found."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from models.evaluate.result import Plot
from models.evaluate.sets import handling_drops as simulated
from models.evaluate.sets.handling_bursts import FALL, HANDLED, REBOUND, RIDE, ROAD, Case

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from models.evaluate.sets.handling import Material, Opinion

COLOURS = ("#0b5fa5", "#d1495b", "#7a7a7a", "#2a9d5c", "#e08e1b", "#6a4c93")
TITLES = {
    FALL: "a throw or fall",
    REBOUND: "up again: a low, tumbling flight",
    HANDLED: "lifted, carried, turned",
    ROAD: "a road, its worst moment",
    RIDE: "a tram or bus, its worst 10 s",
}


def moments(cases: Sequence[Case], opinion: "Opinion") -> Plot:
    """Return one burst of each kind: the faintest that is loud, the loudest that is quiet."""

    def draw(figure: "Figure") -> None:
        kinds = [k for k in TITLES if any(c.kind == k for c in cases)]
        panels = np.atleast_1d(figure.subplots(1, len(kinds), sharey=True))
        for panel, kind in zip(panels, kinds, strict=True):
            rows = [i for i, c in enumerate(cases) if c.kind == kind]
            pick = min if kind in (FALL, REBOUND) else max
            at = pick(rows, key=lambda i: opinion.cases[i])
            case, score = cases[at], opinion.cases[at]
            times = np.array(case.burst.window.offsets_ms) / 1000.0
            panel.plot(times, case.burst.magnitude() / 1000.0, color="#222222", linewidth=0.9)
            if case.flight is not None:
                begin, end = ((t - case.burst.start_ms) / 1000.0 for t in case.flight)
                panel.axvspan(max(begin, 0.0), end, color="#f4c542", alpha=0.5, linewidth=0)
            panel.set_ylim(0.0, 4.0)
            panel.set_title(TITLES[kind], fontsize=9, loc="left")
            panel.set_xlabel(f"s; {case.recording}", fontsize=7)
            panel.text(
                0.03,
                0.97,
                f"score {score:.0f}\nthreshold {opinion.threshold:.0f}",
                transform=panel.transAxes,
                va="top",
                fontsize=8,
                color=COLOURS[1] if score >= opinion.threshold else COLOURS[0],
            )
        panels[0].set_ylabel("|a| in g (cut at 4)")

    title = (
        f"The hardest burst of each kind for {opinion.name}: yellow the free flight read off by"
        " eye; red a score at or over the threshold."
    )
    return Plot("handling_moments.png", title, draw, (13.0, 3.4))


def by_height(material: "Material", opinions: Sequence["Opinion"]) -> Plot:
    """Return the share of simulated drops found, by height, for every detector."""

    def draw(figure: "Figure") -> None:
        left, right = figure.subplots(1, 2)
        heights = [100 * h for h in simulated.HEIGHTS_M]
        for o, colour in zip(opinions, COLOURS, strict=False):
            found = [
                np.mean(
                    [
                        o.drops[i] >= o.threshold
                        for i, d in enumerate(material.drops)
                        if d.height_m == h
                    ]
                )
                for h in simulated.HEIGHTS_M
            ]
            left.plot(heights, found, marker="o", markersize=3, color=colour, label=o.name)
        left.axhline(0.95, color="#222222", linewidth=0.8, linestyle="--")
        left.set_xscale("log")
        left.set_xticks(heights, [f"{h:g}" for h in heights])
        left.set_xlabel("drop height in cm (tumbling, simulated)")
        left.set_ylabel("share found")
        left.legend(fontsize=7, frameon=False)
        _draw_errors(right, material)

    title = (
        "Left: simulated tumbling drops found at each detector's threshold. Right: the height that"
        " is read off the free flight, against the true one (5, 50 and 95 % quantiles)."
    )
    return Plot("handling_drops.png", title, draw, (10.0, 3.8))


def _draw_errors(panel: "Axes", material: "Material") -> None:
    heights, quantiles = [], []
    for h in simulated.HEIGHTS_M:
        errors = [d.height_error() for d in material.drops if d.height_m == h]
        known = [e for e in errors if e is not None]
        if known:
            heights.append(100 * h)
            quantiles.append(np.quantile(known, (0.05, 0.5, 0.95)) * 100)
    q = np.array(quantiles)
    panel.fill_between(heights, q[:, 0], q[:, 2], color=COLOURS[0], alpha=0.25, linewidth=0)
    panel.plot(heights, q[:, 1], color=COLOURS[0], marker="o", markersize=3)
    for edge in (-25, 25):
        panel.axhline(edge, color="#222222", linewidth=0.8, linestyle="--")
    panel.set_xscale("log")
    panel.set_xticks(heights, [f"{h:g}" for h in heights])
    panel.set_ylim(-60, 60)
    panel.set_xlabel("drop height in cm")
    panel.set_ylabel("error of the height in %")
