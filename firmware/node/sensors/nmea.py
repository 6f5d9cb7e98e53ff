"""Sentences of a satellite receiver (NMEA 0183, IEC 61162-1) without I/O: bytes in, facts out.

Rules
1. A sentence counts when it is whole and its checksum is right; others are counted in `bad`. A line
   longer than LONGEST is none. What came before the first `$` is nobody's.
2. A position is one of GGA whose quality says satellites (1 to 5): not estimated, typed in or
   simulated (6 to 8). A time is one of RMC whose status is A; RMC has the date, which GGA lacks.
3. The error is two standard deviations where the receiver tells them (GST), else 10 m times the
   dilution HDOP: twice a ranging error of 5 m. That is what about 95 of 100 fixes keep.
4. All is integer: minutes and their decimals are taken from the text.
"""

from cargoseal_score.features import isqrt
from node.calendar import unix_s

LONGEST = 120  # the standard's 82, and what receivers add
_ERROR_PER_HDOP_M = 10


class Nmea:
    """Everything of one receiver since it was switched on."""

    def __init__(self) -> None:
        self._line = bytearray()
        self._inside = False
        self._deviation_m: tuple[str, int] | None = None  # of the moment named
        self.bad = 0
        self.right = 0  # sentences whose checksum is right, whatever they say
        self.fix: tuple[int, int, int] | None = None  # lat_1e7, lon_1e7, error_m: the newest
        self.time_ms: int | None = None  # Unix time of the newest RMC, when it had one

    def feed(self, data: bytes) -> bool:
        """Takes bytes as they come. Whether a fix or a time is new."""
        news = False
        for byte in data:
            if byte == 0x24:  # $
                self.bad += self._inside
                self._inside = True
                self._line = bytearray()
            elif not self._inside:
                continue
            elif byte in (0x0D, 0x0A):
                self._inside = False
                news = self._take(bytes(self._line)) or news
            elif len(self._line) >= LONGEST:
                self._inside = False
                self.bad += 1
            else:
                self._line.append(byte)
        return news

    def _take(self, line: bytes) -> bool:
        body, star, check = line.partition(b"*")
        try:
            if not star or len(check) != 2 or int(check, 16) != _sum(body):
                raise ValueError("checksum")
            self.right += 1
            fields = body.decode().split(",")
            kind = fields[0][2:]
            if kind == "RMC":
                return self._time(fields)
            if kind == "GGA":
                return self._position(fields)
            if kind == "GST":
                self._deviation(fields)
        except (ValueError, IndexError):
            self.bad += 1
        return False

    def _time(self, fields: list[str]) -> bool:
        """$--RMC,hhmmss.ss,A,…,…,…,…,…,…,ddmmyy"""
        if fields[2] != "A":
            return False
        clock, date = fields[1], fields[9]
        if len(clock) < 6 or len(date) != 6:
            raise ValueError("date")
        day, month, year = int(date[:2]), int(date[2:4]), 2000 + int(date[4:])
        seconds = unix_s(year, month, day, int(clock[:2]), int(clock[2:4]), int(clock[4:6]))
        self.time_ms = seconds * 1000 + _decimals(clock[6:], 3)
        return True

    def _position(self, fields: list[str]) -> bool:
        """$--GGA,hhmmss.ss,llll.ll,N,yyyyy.yy,E,quality,satellites,hdop,…"""
        if not 1 <= int(fields[6] or "0") <= 5:
            return False
        latitude = _degrees(fields[2], 2, fields[3], "NS", 900000000)
        longitude = _degrees(fields[4], 3, fields[5], "EW", 1800000000)
        hdop, _, rest = fields[8].partition(".")
        error_m = (int(hdop) * 100 + _decimals("." + rest, 2)) * _ERROR_PER_HDOP_M // 100 + 1
        if self._deviation_m is not None and self._deviation_m[0] == fields[1]:
            error_m = self._deviation_m[1]
        self.fix = (latitude, longitude, error_m)
        return True

    def _deviation(self, fields: list[str]) -> None:
        """$--GST,hhmmss.ss,rms,major,minor,angle,latitude,longitude,…: standard deviations in m"""
        parts = []
        for text in fields[6:8]:
            whole, _, rest = text.partition(".")
            parts.append(int(whole) * 1000 + _decimals("." + rest, 3))
        horizontal_mm = isqrt(parts[0] * parts[0] + parts[1] * parts[1], parts[0] + parts[1] + 1)
        self._deviation_m = (fields[1], 2 * horizontal_mm // 1000 + 1)


def _sum(body: bytes) -> int:
    total = 0
    for byte in body:
        total ^= byte
    return total


def _decimals(text: str, places: int) -> int:
    """The digits behind a point, as an integer of so many places, cut."""
    digits = (text[1:] + "000000000")[:places]
    if text[:1] not in ("", ".") or not digits.isdigit():
        raise ValueError("decimals")
    return int(digits)


def _degrees(text: str, whole: int, side: str, sides: str, most: int) -> int:
    """1e-7 degrees of "dddmm.mmmm" and a hemisphere, rounded to nearest."""
    if len(side) != 1 or side not in sides:
        raise ValueError("hemisphere")
    minutes = int(text[whole : whole + 2]) * 10000000 + _decimals(text[whole + 2 :], 7)
    value = int(text[:whole]) * 10000000 + (minutes + 30) // 60
    if minutes >= 600000000 or value > most:
        raise ValueError("angle")
    return value if side == sides[0] else -value
