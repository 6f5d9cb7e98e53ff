"""One set of accelerations: the table with every figure, and the picture of its recordings."""

from collections.abc import Sequence
from pathlib import Path

from models.evaluate import metrics
from models.evaluate.detectors import Detectors
from models.evaluate.judge import Progress
from models.evaluate.result import FIGURES, Figure, Row, SetResult
from models.evaluate.sets.handling_bursts import KINDS, Case, cases
from models.evaluate.sets.handling_judges import Judge, Scores, judged, judges
from models.evaluate.sets.handling_plots import Said, whole_set
from models.evaluate.sets.handling_streams import Stream, left_out, streams

STAGED = "staged: what happens was made to happen, a rate per week says nothing"
NO_BURST = "no burst is judged here, for the reason above"


def set_result(
    data: Path,
    name: str,
    about: str,
    detectors: Detectors,
    progress: Progress,
    *,
    only: str | None = None,
    without: str | None = None,
    staged: bool = False,
) -> SetResult | None:
    """Return a set's part of the report; None without its recordings or without detectors.

    `only`, `without`: the one recording that is judged, or that is not. `staged`: people made
    happen what is in it, so that no rate per week is told.
    """
    found = [s for s in streams(data, name) or [] if only in (None, s.name) and s.name != without]
    if not found or not detectors.handling:
        return None
    title = name if only is None else f"{name}: {only}"
    before = detectors.compared
    material = cases(found)
    told = [(judge, judge.says([c.burst for c in material])) for judge in judges(detectors)]
    rows = [_row(judge, scores, material, found, staged) for judge, scores in told]
    progress(f"{title}: {len(found)} recordings, {len(material)} bursts")
    said = [Said(j.name, scores / j.threshold) for j, scores in told]
    shown = [s for s in found if not left_out(s)] or found
    return SetResult(
        title,
        f"{about} {_counted(material, found)}",
        rows,
        plots=[whole_set(title, shown, material, said)],
        windows_compared=detectors.compared - before,
        facts={"bursts": {kind: sum(c.kind == kind for c in material) for kind in KINDS}},
    )


def _row(
    judge: Judge, scores: Scores, found: Sequence[Case], of: Sequence[Stream], staged: bool
) -> Row:
    if not found:
        figures = {key: Figure(None, why=NO_BURST) for key in FIGURES}
        return Row(judge.name, figures, judge.is_baseline)
    figures = metrics.figures(judged(judge, scores, found, of))
    if staged:
        figures["alarms_per_week"] = Figure(None, why=STAGED)
    alarms = [c.kind for c, score in zip(found, scores, strict=True) if score >= judge.threshold]
    kinds = [kind for kind in KINDS if any(c.kind == kind for c in found)]
    told = [f"{alarms.count(k)} of {sum(c.kind == k for c in found)} {k}" for k in kinds]
    return Row(judge.name, figures, judge.is_baseline, "alarms: " + ", ".join(told))


def _counted(found: Sequence[Case], of: Sequence[Stream]) -> str:
    seconds = sum(s.seconds for s in of)
    natural = sum(c.natural for c in found)
    words = (
        f"{len(of)} recording{'s' if len(of) > 1 else ''}, {seconds / 60:.1f} minutes; of"
        f" {len(found)} bursts that are judged a node would have cut {natural}, the others are the"
        " worst moments between."
    )
    for stream in of:
        why = left_out(stream)
        if why:
            words += f" Not judged: `{stream.name}`, {why}."
    return words
