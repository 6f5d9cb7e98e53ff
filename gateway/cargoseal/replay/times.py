"""A logger's timestamps: text -> Unix milliseconds, or None when the text is no time.

Rules
1. A time needs a zone: in the text (`Z`, `+01:00`), in the column's name (`…_utc`), or from the
   caller. A local time without one is an error for the whole file, never a guess.
2. A number is Unix time: seconds below 10^11, milliseconds from there (the year 5138 and 1973).
3. Text that is no time gives None: the row is kept, without a clock.
4. Nothing here moves a time: milliseconds as written, microseconds cut off.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from cargoseal.replay.errors import RecordingError

_NUMBER = re.compile(r"^\d{9,14}(\.\d+)?$")
_ZONE = re.compile(r"^(?:UTC|Z|([+-])(\d{2}):?(\d{2}))$", re.IGNORECASE)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECONDS_FROM = 10**11


def parse_zone(text: str) -> timezone:
    """`UTC`, `Z` or a fixed offset such as `+01:00`. Raises RecordingError."""
    match = _ZONE.match(text.strip())
    if match is None:
        raise RecordingError("--zone", "UTC or a fixed offset such as +01:00", repr(text))
    sign, hours, minutes = match.groups()
    if sign is None:
        return timezone.utc  # noqa: UP017  a timezone object, as declared
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    if offset >= timedelta(hours=24):
        raise RecordingError("--zone", "an offset below 24 hours", repr(text))
    return timezone(offset if sign == "+" else -offset)


@dataclass(frozen=True)
class TimeReader:
    """How the times of one column are read."""

    zone: timezone | None = None
    pattern: str | None = None  # strptime, for formats that are not ISO 8601

    def read(self, text: str, where: str) -> int | None:
        """Unix ms, or None when the text is empty or no time. Raises RecordingError (no zone)."""
        text = text.strip()
        if _NUMBER.match(text):
            return _from_number(text)
        moment = self._moment(text)
        if moment is None:
            return None
        if moment.tzinfo is None:
            if self.zone is None:
                raise RecordingError(
                    where,
                    "a time with its zone (2016-01-21T09:25:51Z), a column name ending in _utc, "
                    "or --zone",
                    repr(text),
                )
            moment = moment.replace(tzinfo=self.zone)
        milliseconds = (moment - _EPOCH) // timedelta(milliseconds=1)
        return milliseconds if milliseconds >= 0 else None

    def _moment(self, text: str) -> datetime | None:
        try:
            if self.pattern is not None:
                return datetime.strptime(text, self.pattern)
            return datetime.fromisoformat(text)
        except ValueError:
            return None


def _from_number(text: str) -> int:
    whole, _, fraction = text.partition(".")
    value = int(whole)
    if value >= _MILLISECONDS_FROM:
        return value
    return value * 1000 + int((fraction + "000")[:3])
