"""Reads the plain tables of the shared sets: comma separated, one header, also packed.

For loggers' files with times and units `cargoseal.replay.reader` is the reader; this one is for
tables it was not made for (no clock, several sensors in a file, 500 samples a second).
"""

import csv
import gzip
import io
import zlib
from fractions import Fraction
from pathlib import Path

from cargoseal.replay.errors import RecordingError
from cargoseal.replay.units import Scale
from models.data.recording import Column, MissingSetError

MISSING = ("", "nan", "NaN")


class Table:
    """A file's cells by column; `line` of row i is i + 2. Raises RecordingError."""

    def __init__(self, path: Path, delimiter: str = ",") -> None:
        self.path = path
        lines = csv.reader(io.StringIO(read_text(path), newline=""), delimiter=delimiter)
        self.header = [name.strip() for name in next(lines, [])]
        self.rows = [cells for cells in lines if cells]
        for i, cells in enumerate(self.rows):
            if len(cells) != len(self.header):
                raise RecordingError(
                    f"{path}: line {i + 2}", f"{len(self.header)} cells", str(len(cells))
                )
        if not self.rows:
            raise RecordingError(str(path), "at least one row below the header", "none")

    def __len__(self) -> int:
        return len(self.rows)

    def texts(self, column: str) -> list[str]:
        """Return a column's cells as they are."""
        if column not in self.header:
            raise RecordingError(
                f"{self.path}: line 1", f"a column named {column!r}", ", ".join(self.header)
            )
        at = self.header.index(column)
        return [cells[at].strip() for cells in self.rows]

    def numbers(self, column: str) -> list[float]:
        """Return a column that has a number in every row."""
        out = []
        for i, value in enumerate(self.maybe_numbers(column)):
            if value is None:
                raise RecordingError(self._where(i, column), "a number", "an empty cell")
            out.append(value)
        return out

    def maybe_numbers(self, column: str) -> list[float | None]:
        """Return a column of numbers, None where a cell is empty."""
        out: list[float | None] = []
        for i, text in enumerate(self.texts(column)):
            try:
                out.append(None if text in MISSING else float(text))
            except ValueError:
                raise RecordingError(self._where(i, column), "a number", repr(text)) from None
        return out

    def counts(self, column: str, scale: Scale) -> Column:
        """Return a column in the wire's counts, rounded once as `cargoseal replay` rounds."""
        out: Column = []
        for i, text in enumerate(self.texts(column)):
            try:
                out.append(None if text in MISSING else scale.to_count(Fraction(text)))
            except (ValueError, ZeroDivisionError):
                raise RecordingError(self._where(i, column), "a number", repr(text)) from None
        return out

    def _where(self, row: int, column: str) -> str:
        return f"{self.path}: line {row + 2}, column {column!r}"


def read_text(path: Path) -> str:
    """Return a text file's contents, unpacked. MissingSetError, or RecordingError if unreadable."""
    if not path.exists():
        raise MissingSetError(path)
    try:
        data = path.read_bytes()
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
        return data.decode("utf-8-sig")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise RecordingError(str(path), "a readable UTF-8 table", str(error)) from error
