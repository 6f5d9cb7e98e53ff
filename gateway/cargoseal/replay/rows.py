"""A logger's file as rows: what one line says, how it is to be read, what became of all lines."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Fix:
    """A position: degrees x 10^7, error in metres, source GNSS or CELL."""

    lat_1e7: int
    lon_1e7: int
    error_m: int
    source: int


@dataclass
class Row:
    """What one line of the file says. `uptime_ms` is set once the order is known."""

    line: int
    wall_ms: int | None
    values: dict[int, int]
    fix: Fix | None
    uptime_ms: int = 0


@dataclass
class ReadReport:
    """What became of the file's lines and columns."""

    file: str
    delimiter: str
    columns: dict[str, str]
    unused_columns: list[str]
    preamble_lines: int = 0
    rows: int = 0  # lines below the header that are not blank
    blank: int = 0
    used: int = 0
    empty: int = 0  # nothing in any mapped column
    other_device: int = 0
    without_time: int = 0
    put_back: int = 0  # came late, put back to their place
    latest_ms: int = 0  # how late the latest of them came
    clock_set_back: int = 0
    values: int = 0
    missing_values: int = 0
    derived: int = 0
    positions: int = 0
    cell_positions: int = 0
    first_ms: int | None = None
    last_ms: int | None = None
    interval_ms: int = 0  # the usual step between rows
    longest_silence_ms: int = 0
    samples: int = 0  # rows of a stream, each through the node's trigger
    readings: int = 0  # rows that are readings of their own (of a stream: the slow channels')

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


@dataclass(frozen=True)
class Options:
    """How a file is read. `columns` is column -> target, `units` is column -> unit. Without
    `start_ms` the rows of a file that has no date have no clock."""

    columns: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    zone: str | None = None
    time_format: str | None = None
    device: str | None = None
    reorder_s: int = 300
    rate_hz: float | None = None  # of a file without times
    start_ms: int | None = None  # when such a file, or one that counts from its start, begins


@dataclass(frozen=True)
class Recording:
    """One node's rows in sampling order, and the report. `own`: the channels that the file has
    itself, others are derived."""

    path: Path
    rows: list[Row]
    report: ReadReport
    own: frozenset[int] = frozenset()
