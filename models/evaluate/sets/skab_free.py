"""How often the detector alarms where nothing is wrong: SKAB's recording without anomalies.

The protocol does not judge it. Cut into overlapping runs of the usual length, each fitted to its
own first 400 rows, it tells what drift alone does.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np

from models.data.recording import MissingSetError
from models.data.skab import anomaly_free
from models.evaluate.sets.skab_choice import Option
from models.evaluate.sets.skab_fit import fit, scores
from models.evaluate.sets.skab_policy import alarms
from models.evaluate.sets.skab_protocol import run

RUN_ROWS = 1150
STRIDE = 250


def false_alarms(folder: Path, option: Option) -> float | None:
    """Return the share of the rows that alarm; None where the recording is not there."""
    try:
        whole = run(anomaly_free(folder))
    except MissingSetError:
        return None
    said = []
    for first in range(0, len(whole.labels) - RUN_ROWS + 1, STRIDE):
        rows = slice(first, first + RUN_ROWS)
        part = replace(
            whole, counts=whole.counts[rows], values=whole.values[rows], labels=whole.labels[rows]
        )
        distances = np.sqrt(scores(fit(part, option.settings), part, option.settings.rows))
        said.append(alarms(distances, option.policy))
    return float(np.mean(said)) if said else None
