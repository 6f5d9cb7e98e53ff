"""How good a detector is on a set: every definition is here, as a function of windows' weights.

A detector gives every window a score; all rows of a window share it. A window is an alarm when its
operating point says so: it, or `windows` of the last `of` windows, reach the threshold.

    precision   of the rows in alarms, the share that is anomalous
    recall      of the anomalous rows, the share in alarms
    far         false alarm rate: of the other rows, the share in alarms
    mar         missed alarm rate: 1 - recall
    f1          of precision and recall by rows; says little without far and mar
    auc         chance that an anomalous row scores above another row, ties counted half
    event_f1    2 TP / (2 TP + FP + FN): an event that an alarm overlaps is a TP, else an FN; an
                alarming window that overlaps no event is an FP, so that alarming always earns
                little: no pause is counted here
    delay_s     median over found events, from the event's start to the end of the first alarm that
                overlaps it: the moment at which a node can know
    alarms_per_week   alarms that a person is told of (after the operating point's pause) per week
                of recording, one shipment each

A figure that is not defined says why: the constants below.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.evaluate.ranking import Ranking
from models.evaluate.result import Judged

NO_LABELS = "no labels: nobody has said which rows are anomalous"
NO_LOUD = "no row is anomalous"
NO_QUIET = "no row is normal"
NO_EVENTS = "no events"
NO_ALARM = "no alarm"
NOT_FOUND = "no event is found"
TOO_SHORT = "no time passes"

Floats = NDArray[np.float64]


class Pooled:
    """The windows of all recordings in a line; every figure is a function of their weights."""

    def __init__(self, recordings: Sequence[Judged]) -> None:
        self.ranking = Ranking(np.concatenate([r.scores for r in recordings]))
        self.alarms = np.concatenate([r.alarms for r in recordings]).astype(np.float64)
        told = [r.alarms if r.raised is None else r.raised for r in recordings]
        self.raised = np.concatenate(told).astype(np.float64)
        self.quiet = np.concatenate([r.quiet for r in recordings]).astype(np.float64)
        self.loud = np.concatenate([r.loud for r in recordings]).astype(np.float64)
        self.weeks = np.concatenate(
            [np.full(len(r.scores), r.weeks / len(r.scores)) for r in recordings]
        )
        self._place_events(recordings)

    def _place_events(self, recordings: Sequence[Judged]) -> None:
        anchors, found, delays, false = [], [], [], []
        offset = 0
        for r in recordings:
            outside = r.alarms.copy()
            for begin, end, _ in r.events:
                inside = (r.ends_ms >= begin) & (r.starts_ms <= end)
                outside &= ~inside
                alarming = np.flatnonzero(inside & r.alarms)
                holding = np.flatnonzero(r.ends_ms >= begin)
                anchors.append(offset + int(holding[0] if holding.size else len(r.scores) - 1))
                found.append(alarming.size > 0)
                delays.append((r.ends_ms[alarming[0]] - begin) / 1000 if alarming.size else np.nan)
            false.append(outside)
            offset += len(r.scores)
        self.anchors = np.array(anchors, np.int64)
        self.found = np.array(found, bool)
        self.delays = np.array(delays, np.float64)
        self.false = np.concatenate(false).astype(np.float64)

    def undefined(self, key: str, labelled: bool) -> str:
        """Return why a figure is not defined here; nothing where it is."""
        if key == "alarms_per_week":
            return "" if self.weeks.sum() > 0 else TOO_SHORT
        if key in ("event_f1", "delay_s"):
            if not self.anchors.size:
                return NO_EVENTS
            return NOT_FOUND if key == "delay_s" and not self.found.any() else ""
        if not labelled:
            return NO_LABELS
        if key in ("far", "auc") and not self.quiet.sum():
            return NO_QUIET
        if key != "far" and not self.loud.sum():
            return NO_LOUD
        return NO_ALARM if key == "precision" and not self.alarms.any() else ""

    def alarms_per_week(self, w: Floats) -> Floats:
        return _divided(w @ self.raised, w @ self.weeks)

    def precision(self, w: Floats) -> Floats:
        hit = w @ (self.loud * self.alarms)
        return _divided(hit, hit + w @ (self.quiet * self.alarms))

    def recall(self, w: Floats) -> Floats:
        return _divided(w @ (self.loud * self.alarms), w @ self.loud)

    def far(self, w: Floats) -> Floats:
        return _divided(w @ (self.quiet * self.alarms), w @ self.quiet)

    def mar(self, w: Floats) -> Floats:
        return 1.0 - self.recall(w)

    def f1(self, w: Floats) -> Floats:
        hit = w @ (self.loud * self.alarms)
        return _divided(2 * hit, hit + w @ (self.quiet * self.alarms) + w @ self.loud)

    def auc(self, w: Floats) -> Floats:
        return self.ranking.auc(w * self.quiet, w * self.loud)

    def event_f1(self, w: Floats) -> Floats:
        at = w[:, self.anchors]
        hits = at @ self.found.astype(np.float64)
        return _divided(2 * hits, hits + at.sum(axis=1) + w @ self.false)

    def delay_s(self, w: Floats) -> Floats:
        """Weighted medians: the least delay at or below which half of the weight lies."""
        order = np.argsort(self.delays[self.found], kind="stable")
        delays = self.delays[self.found][order]
        at = w[:, self.anchors[self.found][order]]
        if not delays.size:
            return np.full(len(w), np.nan)
        reached = np.cumsum(at, axis=1)
        total = reached[:, -1]
        first = (reached >= total[:, None] / 2).argmax(axis=1)
        return np.where(total > 0, delays[first], np.nan)


def _divided(top: NDArray[Any], bottom: NDArray[Any]) -> Floats:
    """top / bottom, nan where there is nothing to divide by."""
    out: Floats = np.full(len(top), np.nan)
    return np.divide(top, bottom, out=out, where=bottom > 0)
