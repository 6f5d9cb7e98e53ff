"""A recording as a node's sensors take it: readings, and what its accelerometer's FIFO held.

Rules
1. Up to 24 rows a second every row is a reading of its own, and is sealed as it is written.
2. From 25 rows a second with three axes of acceleration it is a stream: every row goes, at its own
   time, through the node's trigger. The node seals bursts around what happens in it as they are;
   of all other rows it keeps the peak and the longest fall since its last reading.
3. The other columns of a stream are read as a node reads slow sensors: once a minute, whenever a
   door, mount or motion changes, in every row without axes, and in the last row. What lies between
   is not sealed, and is counted in the report.
4. No row is given another time, and none goes by unseen.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cargoseal.replay.rows import Recording, Row
from cargoseal_wire.constants import (
    ACCEL_X,
    ACCEL_Y,
    ACCEL_Z,
    CLOCK_NONE,
    DOOR,
    FREE_FALL,
    MOTION,
    MOUNT,
    RTC,
    SHOCK,
    VIBRATION,
)

STREAM_STEP_MS = 40  # the longest usual step between the rows of a stream: 25 Hz
PERIOD_MS = 60_000  # of the slow sensors beside a stream; config.py of the node has the same
# A logger's file does not say how good its clock is: the replay states this bound.
CLOCK_ERROR_MS = 60_000
_FIFO_MS = 320  # 32 samples at 100 Hz
_AXES = (ACCEL_X, ACCEL_Y, ACCEL_Z)
_STATES = (DOOR, MOUNT, MOTION)
_PEAKS = (SHOCK, FREE_FALL)

SensorRow = dict[str, Any]


def is_stream(recording: Recording) -> bool:
    """Whether the recording is an accelerometer's stream (rule 2)."""
    own = recording.own
    return set(_AXES) <= own and 0 < recording.report.interval_ms <= STREAM_STEP_MS


def rows_of(recording: Recording, zero_ms: int) -> list[SensorRow]:
    """The recording as the simulator takes it; `zero_ms` is master time at uptime 0. What became of
    a stream's rows is entered in the recording's report."""
    report = recording.report
    if not is_stream(recording):
        report.readings = len(recording.rows)
        return [_reading(row, row.values, zero_ms) for row in recording.rows]
    rows = list(_Stream(recording, zero_ms).rows())
    report.samples = sum(len(row["samples"]) for row in rows if "samples" in row)
    report.readings = sum("samples" not in row for row in rows)
    return rows


def _clock(row: Row, zero_ms: int) -> SensorRow:
    return {
        "at_ms": zero_ms + row.uptime_ms,
        "wall_ms": row.wall_ms,
        "clock_source": CLOCK_NONE if row.wall_ms is None else RTC,
        "clock_error_ms": CLOCK_ERROR_MS,
    }


def _reading(row: Row, values: Mapping[int, int], zero_ms: int) -> SensorRow:
    fix = row.fix
    return _clock(row, zero_ms) | {
        "values": values,
        "faults": 0,
        "fix": None if fix is None else [fix.lat_1e7, fix.lon_1e7, fix.error_m, fix.source],
    }


@dataclass
class _Stream:
    """A stream on its way to the node: what is in the FIFO, and what was last read beside it."""

    recording: Recording
    zero_ms: int
    fifo: list[Row] = field(default_factory=list)
    due_ms: int = 0  # uptime of the next reading
    states: dict[int, int] = field(default_factory=dict)
    peaks: dict[int, int] = field(default_factory=dict)  # of the logger's own, since the reading

    def rows(self) -> Iterator[SensorRow]:
        """FIFOs and readings in the order of time, and the end of the stream."""
        rows = self.recording.rows
        self._slow = self.recording.own - set(_AXES) - set(_PEAKS)
        for row in rows:
            if self.fifo and self._is_cut(row):
                yield from self._empty()
            if all(axis in row.values for axis in _AXES):
                self.fifo.append(row)
            for channel in self.recording.own & set(_PEAKS) & row.values.keys():
                self.peaks[channel] = max(row.values[channel], self.peaks.get(channel, 0))
            if self._is_read(row) or row is rows[-1]:
                yield from self._empty()
                yield self._read(row)
        yield _clock(rows[-1], self.zero_ms) | {"samples": []}

    def _is_cut(self, row: Row) -> bool:
        """Whether the FIFO is emptied before this row: it is full, or another clock begins."""
        full = row.uptime_ms - self.fifo[0].uptime_ms >= _FIFO_MS
        return full or not _same_clock(row, self.fifo[-1])

    def _empty(self) -> Iterator[SensorRow]:
        if not self.fifo:
            return
        last, samples = self.fifo[-1], []
        for row in self.fifo:
            axes = (row.values[axis] for axis in _AXES)
            samples.append((last.uptime_ms - row.uptime_ms, *axes))
        self.fifo = []
        yield _clock(last, self.zero_ms) | {"samples": samples}

    def _is_read(self, row: Row) -> bool:
        values = row.values
        if not all(axis in values for axis in _AXES):
            return True
        if any(values.get(state, last) != last for state, last in self.states.items()):
            return True
        if row.uptime_ms < self.due_ms:
            return False
        late = row.uptime_ms >= self.due_ms + PERIOD_MS
        return late or not self._slow or not self._slow.isdisjoint(values)

    def _read(self, row: Row) -> SensorRow:
        """A reading of the slow channels; the node adds what it felt since the one before."""
        while self.due_ms <= row.uptime_ms:
            self.due_ms += PERIOD_MS
        values = {c: v for c, v in row.values.items() if c in self._slow or c == VIBRATION}
        values |= self.peaks
        self.states |= {state: values[state] for state in _STATES if state in values}
        self.peaks = {}
        return _reading(row, values, self.zero_ms)


def _same_clock(a: Row, b: Row) -> bool:
    if a.wall_ms is None or b.wall_ms is None:
        return a.wall_ms is b.wall_ms
    return a.wall_ms - a.uptime_ms == b.wall_ms - b.uptime_ms
