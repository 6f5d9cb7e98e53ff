"""Skoltech Anomaly Benchmark (SKAB) v0.9: a water loop on a testbed, 34 recordings with labels.

Licence GPL-3.0, for the data too: nothing of it is in this repository, and nothing that ships is
trained or chosen on it. Its eight signals are none of the wire's, so they take spare channels:

    20, 21  vibration of the motor, two places    1 µg (root mean square)
    22      current of the motor                  1 mA
    23      pressure behind the pump              1 mbar
    24, 25  temperature of motor and of the water 1 m°C
    26      voltage                               1 mV
    27      flow                                  0.001 l/min (root mean square)

A file is a run of about twenty minutes at one reading a second. Local times without a zone, read as
UTC. The label is the benchmark's `anomaly`; its change points are not used. The signals as written,
in their units, stand in `other`: the published isolation forest is reproduced from those.
"""

from fractions import Fraction
from pathlib import Path

import numpy as np

from cargoseal.replay.errors import RecordingError
from cargoseal.replay.times import TimeReader, parse_zone
from cargoseal.replay.units import Scale
from models.data.recording import Column, MissingSetError, Recording, events_of
from models.data.table import Table

SET = "skab"
LICENCE = "GPL-3.0"
FOLDERS = ("other", "valve1", "valve2")
LABEL = "anomaly"
FREE = "anomaly-free_anomaly-free.csv.gz"  # one long run in which nothing was done to the loop

# channel -> (name, column of the files, counts per unit, unit)
SIGNALS = {
    20: ("vibration 1", "Accelerometer1RMS", 1_000_000, "g"),
    21: ("vibration 2", "Accelerometer2RMS", 1_000_000, "g"),
    22: ("current", "Current", 1000, "A"),
    23: ("pressure", "Pressure", 1000, "bar"),
    24: ("temperature", "Temperature", 1000, "°C"),
    25: ("thermocouple", "Thermocouple", 1000, "°C"),
    26: ("voltage", "Voltage", 1000, "V"),
    27: ("flow", "Volume Flow RateRMS", 1000, "l/min"),
}


def load(folder: Path) -> list[Recording]:
    """Return the 34 labelled runs, by folder and number; MissingSetError where there are none."""
    found = [path for name in FOLDERS for path in sorted(folder.glob(f"{name}_*.csv.gz"), key=_age)]
    if not found:
        raise MissingSetError(folder)
    return [_read(path, labelled=True) for path in found]


def anomaly_free(folder: Path) -> Recording:
    """Return the long run without anomalies, which the protocol does not judge."""
    return _read(folder / FREE, labelled=False)


def _age(path: Path) -> int:
    number = path.name.split(".")[0].split("_")[1]
    if not number.isdigit():
        raise RecordingError(str(path), "a name like valve1_7.csv.gz", path.name)
    return int(number)


def _read(path: Path, labelled: bool) -> Recording:
    table = Table(path, ";")
    name = path.name.split(".")[0]
    columns: dict[int, Column] = {
        channel: table.counts(column, Scale(Fraction(factor)))
        for channel, (_, column, factor, _) in SIGNALS.items()
    }
    other = {name: table.maybe_numbers(column) for name, column, _, _ in SIGNALS.values()}
    reader = TimeReader(parse_zone("UTC"))
    stamps = [
        reader.read(text, f"{path}: line {i + 2}") for i, text in enumerate(table.texts("datetime"))
    ]
    times = np.array(stamps, np.int64)
    if not labelled:
        return Recording(SET, name, LICENCE, name, times, columns, other=other)
    labels = np.array(table.numbers(LABEL)) > 0
    events = events_of(times, labels, LABEL)
    return Recording(SET, name, LICENCE, name, times, columns, labels, events, other)
