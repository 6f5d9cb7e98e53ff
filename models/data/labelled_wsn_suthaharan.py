"""Two indoor motes, temperature and humidity every 5 s for 6 h; hot water vapour as events.

Suthaharan et al., ISSNIP 2010. Times are not in the file: row i of a mote is 5 i seconds after its
first. The label of a row is the set's own.
"""

from pathlib import Path

import numpy as np

from cargoseal.replay.errors import RecordingError
from cargoseal.replay.units import SCALES
from cargoseal_wire.constants import HUMIDITY, TEMPERATURE
from models.data.logger import files
from models.data.recording import Recording, events_of
from models.data.table import Table

SET = "labelled_wsn_suthaharan"
LICENCE = "ODC-By 1.0, contents CC BY 4.0"
PERIOD_MS = 5000


def load(folder: Path) -> list[Recording]:
    """Return one recording per mote."""
    table = Table(files(folder, "*.csv.gz")[0])
    motes, labels = table.texts("mote_id"), table.texts("label")
    for i, label in enumerate(labels):
        if label not in ("0", "1"):
            where = f"{table.path}: line {i + 2}, column 'label'"
            raise RecordingError(where, "0 or 1", repr(label))
    celsius = table.counts("temperature", SCALES["temperature"]["c"])
    humidity = table.counts("humidity", SCALES["humidity"]["pct"])
    out = []
    for mote in sorted(set(motes)):
        rows = [i for i, name in enumerate(motes) if name == mote]
        times = np.arange(len(rows), dtype=np.int64) * PERIOD_MS
        loud = np.array([labels[i] == "1" for i in rows])
        columns = {
            TEMPERATURE: [celsius[i] for i in rows],
            HUMIDITY: [humidity[i] for i in rows],
        }
        events = events_of(times, loud, "hot water vapour")
        out.append(
            Recording(SET, f"mote {mote}", LICENCE, f"mote {mote}", times, columns, loud, events)
        )
    return out
