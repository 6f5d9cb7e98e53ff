"""One line of a logger's table -> one row: numbers to counts, words to states, degrees to fixes.

Rules
1. A cell that is empty, or one of the words loggers write for it, is missing; anything else must be
   what its column says, or the error names file, line and column.
2. A position carries an error in metres: the file's own, rounded upwards; a cell's is stated as the
   largest a cell can have; where the file says nothing, that is what `UNSTATED_ERROR_M` says.
3. A file is one node. Rows of another device need the caller's choice.
4. A file without dates counts from its start: by a column of its own, or by a rate that the caller
   states. Without a stated start its rows are counted from `NO_DATE_MS`.
"""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from cargoseal.replay.errors import RecordingError
from cargoseal.replay.mapping import (
    ACCURACY,
    DATE,
    DEVICE,
    ELAPSED,
    LATITUDE,
    LONGITUDE,
    TIME,
    Column,
    ColumnMap,
)
from cargoseal.replay.rows import Fix, Options, ReadReport, Row
from cargoseal.replay.times import TimeReader, parse_zone
from cargoseal.replay.units import COUNT_LIMIT, STATE, STATE_WORDS
from cargoseal_wire.constants import FIX_CELL, FIX_GNSS

_MISSING = frozenset(("", "-", "--", "---", "nan", "null", "none", "n/a", "na", "nil"))

# GSM's largest cell has a radius of 35 km (3GPP TS 45.010, timing advance 0-63): a position that is
# only a cell's is stated with that error, as nothing better is known of it.
CELL_ERROR_M = 35_000
NO_DATE_MS = 1_000_000_000_000  # only a place on the time line: such rows get no clock
UNSTATED_ERROR_M = 1_000  # a position whose file says nothing of its error
_CELL_PREFIXES = ("cell", "lbs", "gsm")  # "cellid", "cellid-2", "cell_id" …


class LineParser:
    """Turns the cells of a line into a Row; knows the file's columns."""

    def __init__(self, path: Path, columns: ColumnMap, options: Options, delimiter: str) -> None:
        self.path = path
        self.channels = columns.channels()
        self._columns = columns.by_target
        self._comma_decimals = delimiter != ","
        self._device = options.device
        self._device_chosen = options.device is not None
        self._width = max(column.index for column in columns.by_target.values()) + 1
        zone = parse_zone(options.zone) if options.zone is not None else None
        self.time_columns = [self._columns[t] for t in (DATE, TIME) if t in self._columns]
        self.elapsed = None if self.time_columns else self._columns.get(ELAPSED)
        self._rate_hz = None if options.rate_hz is None else Fraction(options.rate_hz)
        dated = bool(self.time_columns) or options.start_ms is not None
        self.undated = not dated
        self._start_ms = NO_DATE_MS if options.start_ms is None else options.start_ms
        if zone is None and any("utc" in column.name.lower() for column in self.time_columns):
            zone = parse_zone("UTC")
        self._times = TimeReader(zone, options.time_format)

    def _where(self, line: int, column: Column) -> str:
        return f"{self.path}: line {line}, column {column.name!r}"

    def is_other_device(self, cells: Sequence[str], line: int) -> bool:
        """Whether the line is of another device than the file's. Raises when that is not chosen."""
        column = self._columns.get(DEVICE)
        if column is None:
            return False
        device = cells[column.index].strip() if column.index < len(cells) else ""
        if self._device is None:
            self._device = device or None
        if device == self._device or not device:
            return False
        if self._device_chosen:
            return True
        raise RecordingError(
            self._where(line, column),
            f"one device in a file, {self._device!r} (or choose with --device)",
            repr(device),
        )

    def parse(self, cells: Sequence[str], line: int, report: ReadReport) -> Row | None:
        """The row, or None when no mapped column has a value. Raises RecordingError."""
        if len(cells) < self._width:
            raise RecordingError(
                f"{self.path}: line {line}", f"at least {self._width} cells", f"{len(cells)}"
            )
        values = {}
        for number, column in self.channels:
            count = self._count(cells[column.index], line, column)
            if count is not None:
                values[number] = count
        fix = self._fix(cells, line)
        if not values and fix is None:
            return None
        return Row(line, self._time(cells, line, report.rows - 1), values, fix)

    def _time(self, cells: Sequence[str], line: int, number: int) -> int | None:
        """Unix ms of the row, whose number from 0 a stated rate counts by."""
        if self._rate_hz is not None:
            return self._start_ms + round(1000 * number / self._rate_hz)
        if self.elapsed is not None:
            elapsed_ms = self._count(cells[self.elapsed.index], line, self.elapsed)
            return None if elapsed_ms is None else self._start_ms + elapsed_ms
        text = " ".join(cells[column.index].strip() for column in self.time_columns)
        return self._times.read(text, self._where(line, self.time_columns[-1]))

    def _count(self, text: str, line: int, column: Column) -> int | None:
        text = text.strip()
        if text.lower() in _MISSING or column.scale is None:
            return None
        if column.unit == STATE:
            state = STATE_WORDS.get(text.lower())
            if state is None:
                expected = "0 or 1 (or open/closed, true/false, yes/no, on/off)"
                raise RecordingError(self._where(line, column), expected, repr(text))
            return state
        count = column.scale.to_count(self._number(text, line, column))
        if abs(count) > COUNT_LIMIT:
            raise RecordingError(self._where(line, column), "a number of 32 bits", repr(text))
        return count

    def _number(self, text: str, line: int, column: Column) -> Fraction:
        plain = text.replace(",", ".") if self._comma_decimals else text
        try:
            if len(plain) > 40 or "/" in plain or "_" in plain:
                raise ValueError
            _, _, exponent = plain.lower().partition("e")
            if exponent and abs(int(exponent)) > 20:
                raise ValueError
            return Fraction(plain)
        except (ValueError, ZeroDivisionError):
            expected = f"a number in {column.unit}" if column.unit else "a number"
            raise RecordingError(self._where(line, column), expected, repr(text)) from None

    def _fix(self, cells: Sequence[str], line: int) -> Fix | None:
        lat, lon = self._columns.get(LATITUDE), self._columns.get(LONGITUDE)
        if lat is None or lon is None:
            return None
        texts = cells[lat.index].strip(), cells[lon.index].strip()
        if any(text.lower() in _MISSING for text in texts):
            return None
        lat_1e7 = round(self._number(texts[0], line, lat) * 10**7)
        lon_1e7 = round(self._number(texts[1], line, lon) * 10**7)
        checks = ((lat, lat_1e7, 90, texts[0]), (lon, lon_1e7, 180, texts[1]))
        for column, value, limit, text in checks:
            if abs(value) > limit * 10**7:
                expected = f"degrees from -{limit} to {limit}"
                raise RecordingError(self._where(line, column), expected, repr(text))
        error_m, source = self._accuracy(cells, line)
        return Fix(lat_1e7, lon_1e7, error_m, source)

    def _accuracy(self, cells: Sequence[str], line: int) -> tuple[int, int]:
        column = self._columns.get(ACCURACY)
        text = cells[column.index].strip().lower() if column is not None else ""
        if column is None or text in _MISSING:
            return UNSTATED_ERROR_M, FIX_GNSS
        if text.startswith(_CELL_PREFIXES):
            return CELL_ERROR_M, FIX_CELL
        error_m = -(-self._number(text, line, column) // 1)  # upwards: never better than stated
        if not 0 <= error_m <= COUNT_LIMIT:
            raise RecordingError(
                self._where(line, column), "metres, 0 or more, or cellid", repr(text)
            )
        return int(error_m), FIX_GNSS
