"""Reads a logger's CSV file into rows for a node's sensors.

Rules
1. Every row with a value in a mapped column becomes a row: none is dropped, none gets another time
   than the one written beside it. A time that is missing or no time gives a row without a clock.
2. Rows are in sampling order and have an uptime (order.py): late ones go back to their places, a
   clock that was set back is seen as such, hours without a row are hours of uptime.
3. A row without a time that can be read keeps its place, without a clock. So do all rows of a file
   that counts from its start, unless the caller says when that was.
4. Everything that is not used is counted and named in the report.
5. An error names file, line and column, what was expected and what came.
"""

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from cargoseal.replay import derive
from cargoseal.replay.cells import LineParser
from cargoseal.replay.errors import RecordingError
from cargoseal.replay.mapping import (
    CHANNELS,
    DATE,
    ELAPSED,
    LATITUDE,
    TIME,
    ColumnMap,
    map_columns,
    target_of,
)
from cargoseal.replay.order import order_rows
from cargoseal.replay.rows import Options, ReadReport, Recording, Row
from cargoseal_wire.constants import FIX_CELL

if TYPE_CHECKING:
    from _csv import Reader

MAX_BYTES = 256 * 1024 * 1024  # of a file, unpacked
_DELIMITERS = (",", ";", "\t", "|")
_HEADER_WITHIN = 60  # lines; loggers write their settings above the table


def read_recording(path: Path, options: Options | None = None) -> Recording:
    """Reads one file (.csv, .tsv, .txt, also .gz). Raises RecordingError."""
    options = options or Options()
    text = _read_text(path)
    delimiter, header_line, columns = _find_header(text, path, options)
    report = ReadReport(
        file=path.name,
        delimiter=delimiter,
        columns=columns.describe(),
        unused_columns=list(columns.unused),
        preamble_lines=header_line - 1,
    )
    if not columns.channels() and LATITUDE not in columns.by_target:
        raise RecordingError(
            f"{path}: line {header_line}",
            "at least one column of a known channel (or --map COLUMN=CHANNEL)",
            ", ".join(report.unused_columns) or "none",
        )
    parser = LineParser(path, columns, options, delimiter)
    rows = list(_parse_rows(parser, text, delimiter, header_line, report))
    if not rows:
        raise RecordingError(f"{path}", "at least one row with a value", f"{report.rows} rows")
    if report.without_time == len(rows):
        column = parser.elapsed or parser.time_columns[-1]
        raise RecordingError(
            f"{path}: column {column.name!r}",
            "a time that can be read in at least one row (see --time-format)",
            f"none in {len(rows)} rows",
        )
    order = order_rows(rows, options.reorder_s * 1000)
    report.put_back, report.latest_ms = order.put_back, order.latest_ms
    report.clock_set_back, report.interval_ms = order.set_back, order.interval_ms
    if parser.undated:
        for row in order.rows:
            row.wall_ms = None
        report.without_time = len(rows)
    _finish(order.rows, columns, report)
    own = frozenset(number for number, _ in columns.channels())
    return Recording(path, order.rows, report, own)


def _finish(rows: list[Row], columns: ColumnMap, report: ReadReport) -> None:
    present = [number for number, _ in columns.channels()]
    report.derived = derive.derive(((row.uptime_ms, row.values) for row in rows), present)
    if report.derived:
        names = (n for n, c in CHANNELS.items() if c.number in set(derive.DERIVED) - set(present))
        report.columns["accel_x accel_y accel_z"] = f"derived: {', '.join(names)}"
    walls = [row.wall_ms for row in rows if row.wall_ms is not None]
    report.first_ms, report.last_ms = min(walls, default=None), max(walls, default=None)
    report.longest_silence_ms = max(
        (b.uptime_ms - a.uptime_ms for a, b in pairwise(rows)), default=0
    )


def _read_text(path: Path) -> str:
    try:
        with open(path, "rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if packed else open(path, "rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise RecordingError(f"{path}", "a readable CSV file", str(error)) from error
    if len(data) > MAX_BYTES:
        raise RecordingError(f"{path}", f"at most {MAX_BYTES} bytes", "more")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise RecordingError(
            f"{path}: line {line}", "UTF-8 text", f"byte 0x{data[error.start]:02x}"
        ) from error


def _next_cells(reader: "Reader", path: Path, line: int | None = None) -> list[str] | None:
    """The next line's cells, None at the end. `line`: its number, where the reader has no count."""
    try:
        return next(reader, None)
    except csv.Error as error:
        where = f"{path}: line {line or reader.line_num}"
        raise RecordingError(where, "a CSV line", str(error)) from error


def _find_header(text: str, path: Path, options: Options) -> tuple[str, int, ColumnMap]:
    """Delimiter, line number and columns of the header: the first line with a time column."""
    first: list[str] = []
    for number, line in enumerate(io.StringIO(text), start=1):
        if number > _HEADER_WITHIN:
            break
        delimiter = max(_DELIMITERS, key=line.count)
        reader = csv.reader([line], delimiter=delimiter)
        names = [name.strip() for name in _next_cells(reader, path, number) or []]
        first = first or names
        chosen = {name: target for name, target in options.columns.items() if name in names}
        targets = {chosen.get(name) or target_of(name) for name in names}
        if _is_header(targets, names, options):
            where = f"{path}: line {number}"
            columns = map_columns(names, where, options.columns, options.units)
            _check_rate(columns, where, options)
            return delimiter, number, columns
    raise RecordingError(
        f"{path}: line 1",
        f"a header with a time column within {_HEADER_WITHIN} lines (or --map COLUMN=time; --rate "
        "for a file without one)",
        ", ".join(first) or "an empty file",
    )


def _is_header(targets: set[str | None], names: list[str], options: Options) -> bool:
    """Whether the line names a time; for a file with a stated rate, whether it names a channel."""
    if options.rate_hz is not None and not targets.isdisjoint(CHANNELS):
        return True
    return not targets.isdisjoint((TIME, ELAPSED)) or (DATE in targets and len(names) > 1)


def _check_rate(columns: ColumnMap, where: str, options: Options) -> None:
    """Raises RecordingError for a rate or a start beside times that the file has itself."""
    stated = "--rate" if options.rate_hz is not None else "--start"
    if options.rate_hz is None and options.start_ms is None:
        return
    targets = (TIME, DATE, ELAPSED) if stated == "--rate" else (TIME, DATE)
    for column in (columns.by_target[t] for t in targets if t in columns.by_target):
        raise RecordingError(where, f"a file without its own times for {stated}", column.name)


def _parse_rows(
    parser: LineParser, text: str, delimiter: str, header_line: int, report: ReadReport
) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    for _ in range(header_line):
        _next_cells(reader, parser.path)
    while (cells := _next_cells(reader, parser.path)) is not None:
        if not any(cell.strip() for cell in cells):
            report.blank += 1
            continue
        report.rows += 1
        if parser.is_other_device(cells, reader.line_num):
            report.other_device += 1
            continue
        row = parser.parse(cells, reader.line_num, report)
        if row is None:
            report.empty += 1
            continue
        report.used += 1
        report.without_time += row.wall_ms is None
        report.values += len(row.values)
        report.missing_values += len(parser.channels) - len(row.values)
        if row.fix is not None:
            report.positions += 1
            report.cell_positions += row.fix.source == FIX_CELL
        yield row
