"""Pictures of handling: whole sets, what a fall looks like beside a road, which drops are found."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.evaluate.result import Plot
from models.evaluate.sets import handling_drops as simulated
from models.evaluate.sets.handling_bursts import FALL, HANDLED, LOUD, REBOUND, RIDE, ROAD, Case

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from models.evaluate.sets.handling_opinions import Material, Opinion
from models.evaluate.sets.handling_streams import Stream

EVENT = "#f4c542"
PAUSE_S = 1.0  # between recordings, and in place of longer silences
SHOWN = 2  # detectors in a set's picture: the model and the first rule
COLOURS = (
    *("#0b5fa5", "#d1495b", "#7a7a7a", "#2a9d5c", "#e08e1b", "#6a4c93", "#17a2b8", "#8c564b"),
    "#222222",
)
TITLES = {
    FALL: "a throw or fall",
    REBOUND: "up again: a low, tumbling flight",
    HANDLED: "lifted, carried, turned",
    ROAD: "a road, its worst moment",
    RIDE: "a tram or bus, its worst 10 s",
}


@dataclass(frozen=True)
class Said:
    """A detector's scores of a set's bursts, over its threshold."""

    name: str
    ratio: "NDArray[np.float64]"


def whole_set(
    title: str, found: Sequence[Stream], cases: Sequence[Case], said: Sequence[Said]
) -> Plot:
    """Return a set's recordings one after the other, and below them what detectors say."""

    def draw(figure: "Figure") -> None:
        above, below = figure.subplots(2, 1, sharex=True)
        begin = 0.0
        for stream in found:
            at = begin + _shown_s(stream)
            above.plot(at, np.sqrt((stream.mg**2).sum(axis=1)) / 1000.0, "k-", linewidth=0.5)
            mine = [i for i, c in enumerate(cases) if c.recording == stream.name]
            for i in mine:
                if cases[i].kind in LOUD:
                    span = np.interp(cases[i].span, stream.times_ms, at)
                    above.axvspan(*span, color=EVENT, alpha=0.8, linewidth=0)
                    below.axvspan(*span, color=EVENT, alpha=0.8, linewidth=0)
            middles = [(cases[i].start_ms + cases[i].end_ms) / 2 for i in mine]
            for one, colour, mark in zip(said[:SHOWN], COLOURS, "ox", strict=False):
                ratio = np.maximum([one.ratio[i] for i in mine], 0.01)
                where = np.interp(middles, stream.times_ms, at)
                below.plot(where, ratio, mark, color=colour, markersize=3.5)
            begin = float(at[-1]) + PAUSE_S
        for one, colour, mark in zip(said[:SHOWN], COLOURS, "ox", strict=False):
            below.plot([], [], mark, color=colour, markersize=4, label=one.name)
        below.axhline(1.0, color="#222222", linewidth=1.0, linestyle="--", label="threshold")
        below.set_yscale("log")
        below.set_ylabel("score / threshold")
        below.set_xlabel("s, recordings one after the other, silences cut out; yellow: free flight")
        below.legend(fontsize=7, frameon=False, ncols=3, loc="lower right")
        above.set_ylabel("|a| in g")
        above.set_title(title, loc="left", fontsize=9)

    file = re.sub(r"[^a-z0-9]+", "_", title.lower())
    words = "no burst can be cut, so no score" if not cases else "a mark is a burst that is judged"
    return Plot(f"{file}.png", f"{title}: {words}.", draw, (11.0, 4.2))


def _shown_s(stream: Stream) -> "NDArray[np.float64]":
    """Return where its samples stand in the picture, in s from its begin."""
    steps = np.diff(stream.times_ms, prepend=stream.times_ms[:1]) / 1000.0
    return np.asarray(np.cumsum(np.minimum(steps, PAUSE_S)))


def moments(cases: Sequence[Case], opinion: "Opinion") -> Plot:
    """Return one burst of each kind: the faintest that is loud, the loudest that is quiet."""

    def draw(figure: "Figure") -> None:
        kinds = [k for k in TITLES if any(c.kind == k for c in cases)]
        panels = np.atleast_1d(figure.subplots(1, len(kinds), sharey=True))
        for panel, kind in zip(panels, kinds, strict=True):
            rows = [i for i, c in enumerate(cases) if c.kind == kind]
            pick = min if kind in LOUD else max
            at = pick(rows, key=lambda i: opinion.cases[i])
            case, score = cases[at], opinion.cases[at]
            burst = case.burst
            if burst is not None:
                times = np.array(burst.window.offsets_ms) / 1000.0
                panel.plot(times, burst.magnitude() / 1000.0, color="#222222", linewidth=0.9)
            if kind in LOUD:
                begin, end = ((t - case.start_ms) / 1000.0 for t in case.span)
                panel.axvspan(max(begin, 0.0), end, color=EVENT, alpha=0.5, linewidth=0)
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
        for i, (o, colour) in enumerate(zip(opinions, COLOURS, strict=False)):
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
            style = "-" if i < SHOWN else ":"
            left.plot(heights, found, style, marker="o", markersize=3, color=colour, label=o.name)
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
