"""SKAB, a water loop with faults made by hand, by its own protocol and beside its own leaderboard.

The detector is a blob without layers, fitted to the first 400 rows of each run (`skab_fit`), and a
policy that makes alarms of its scores (`skab_policy`). Their few settings are chosen on other runs
(`skab_choice`), here and now: nothing of the benchmark is stored.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cargoseal.replay.errors import RecordingError
from cargoseal_score.blob import pack
from models.data import skab as data_set
from models.data.catalogue import load
from models.data.recording import MissingSetError
from models.evaluate import metrics
from models.evaluate.detectors import Detector, Detectors
from models.evaluate.result import FIGURES, Judged, Plot, Row, SetResult
from models.evaluate.sets import skab_rules as rules
from models.evaluate.sets.skab_choice import Option, Tried, choose, chosen_without, try_all
from models.evaluate.sets.skab_fit import fit, windows
from models.evaluate.sets.skab_free import false_alarms
from models.evaluate.sets.skab_plots import Drawn, map_plot, run_plot
from models.evaluate.sets.skab_policy import alarms
from models.evaluate.sets.skab_protocol import Run, judged, published_rows, run
from models.evaluate.sets.skab_text import (
    ALWAYS,
    FOREST,
    IN_SAMPLE,
    LARGEST_Z,
    NO_POLICY,
    ORDER,
    OTHER_FOLDERS,
    OURS,
    T_SQUARED,
    T_SQUARED_INT8,
    Counted,
    goal,
    text,
    words,
)

__all__ = ["ORDER", "OURS", "SET", "evaluate"]

SET = data_set.SET
KEYS = (*FIGURES, "f1")
DRAWN = {
    "valve1_10": "A valve is closed and opened again: the flow says so, the temperatures wander.",
    "other_9": "The rotor out of balance: what is left of it afterwards is no new alarm.",
    "valve1_2": "Missed: the flow had been as low while training.",
}


@dataclass(frozen=True)
class _Said:
    """Our detector on every run, and how large its blobs were."""

    judged: list[Judged]
    largest_blob: int


def evaluate(data: Path, detectors: Detectors, progress: Callable[[str], None]) -> SetResult | None:
    """Return the set's part of the report, None where DATA does not have it.

    RecordingError where there are runs of one folder only: nothing could be chosen on others.
    """
    try:
        runs = [run(recording) for recording in load(data, SET)]
    except MissingSetError:
        return None
    if len({one.folder for one in runs}) < 2:
        expected = f"runs of at least two of the folders {', '.join(data_set.FOLDERS)}"
        raise RecordingError(str(data / SET), expected, f"those of {runs[0].folder}")
    before = detectors.compared
    tried = try_all(runs, progress)
    everywhere = choose(tried, np.ones(len(runs), bool))
    options = _options(tried, runs, everywhere)
    said = {name: _judge(runs, some, name, detectors) for name, some in options.items()}
    progress(f"{SET}: settings chosen, {len(tried.options):,} tried")
    beside = _beside(runs, detectors)
    progress(f"{SET}: rules and forest judged")
    ours = {name: one.judged for name, one in said.items()}
    rows = [_row(name, some, name not in ours) for name, some in (ours | beside).items()]
    free = false_alarms(data / SET, everywhere)
    counted = Counted(len(tried.options), said[OURS].largest_blob, free)
    figures = {row.detector: row.figures for row in rows}
    return SetResult(
        SET,
        text(runs, options[OURS], figures, counted),
        rows + published_rows(),
        [goal(figures, counted)],
        [map_plot(figures, OURS), *_run_plots(runs, options[OURS], said[OURS].judged)],
        windows_compared=detectors.compared - before,
        facts=_facts(options, counted),
    )


def _options(tried: Tried, runs: Sequence[Run], everywhere: Option) -> dict[str, list[Option]]:
    """Return per row of the table what every run is judged with."""
    names, folders = [one.name for one in runs], [one.folder for one in runs]
    plain = tried.only(lambda one: one.policy.hold == 1 and one.policy.aftermath == 0)
    return {
        OURS: chosen_without(tried, names),
        OTHER_FOLDERS: chosen_without(tried, folders),
        IN_SAMPLE: [everywhere] * len(runs),
        NO_POLICY: chosen_without(plain, names),
    }


def _judge(
    runs: Sequence[Run], options: Sequence[Option], name: str, detectors: Detectors
) -> _Said:
    """Score every run with its blob, by the gateway's code and the node's, and make alarms."""
    out, largest = [], 0
    for one, option in zip(runs, options, strict=True):
        model = fit(one, option.settings)
        largest = max(largest, len(pack(model)))
        detector = Detector(name, "climate", model, option.policy.threshold, False)
        scores = detectors.scores(detector, windows(one, option.settings.rows))
        distances = np.sqrt(scores.astype(np.float64))
        out.append(judged(one, distances, alarms(distances, option.policy)))
    return _Said(out, largest)


def _beside(runs: Sequence[Run], detectors: Detectors) -> dict[str, list[Judged]]:
    said = {
        LARGEST_Z: rules.blob_rule(runs, rules.largest_z, LARGEST_Z, detectors),
        T_SQUARED_INT8: rules.blob_rule(runs, rules.t_squared_blob, T_SQUARED_INT8, detectors),
        T_SQUARED: rules.t_squared(runs),
    }
    forest = rules.isolation_forest(runs)
    if forest is not None:
        said[FOREST] = forest
    return said | {ALWAYS: rules.always(runs)}


def _row(name: str, said: list[Judged], is_baseline: bool) -> Row:
    return Row(name, metrics.figures(said, KEYS), is_baseline)


def _run_plots(
    runs: Sequence[Run], options: Sequence[Option], said: Sequence[Judged]
) -> list[Plot]:
    drawn = {
        one.name: Drawn(one, option.policy, some.scores, some.alarms)
        for one, option, some in zip(runs, options, said, strict=True)
    }
    return [run_plot(drawn[name], title) for name, title in DRAWN.items() if name in drawn]


def _facts(options: dict[str, list[Option]], counted: Counted) -> dict[str, object]:
    return {
        "largest_blob_bytes": counted.largest_blob,
        "far_on_the_anomaly_free_recording": counted.free,
        "chosen": {
            name: {words(option): count for option, count in Counter(some).most_common()}
            for name, some in options.items()
        },
    }
