"""Dates of the Gregorian calendar as Unix time, without `time`: the ESP32 counts from 2000, other
ports from 1970, and clock parts and receivers give years, months and days.
"""

EPOCH_2000_S = 946684800  # Unix time of 2000-01-01: what MicroPython's ESP32 port counts from
_BEFORE_MONTH = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)
_DAYS_TO_1970 = 719162  # from 0001-01-01


def unix_s(year: int, month: int, day: int, hour: int, minute: int, second: int) -> int:
    """Seconds since 1970 of a date in UTC; second 60 is the leap second, told as the next one.
    ValueError for a date that does not exist."""
    if not (1 <= month <= 12 and 1 <= day <= days_in(year, month)):
        raise ValueError("no such day")
    if not (0 <= hour < 24 and 0 <= minute < 60 and 0 <= second <= 60):
        raise ValueError("no such time of day")
    before = year - 1
    days = before * 365 + before // 4 - before // 100 + before // 400 - _DAYS_TO_1970
    days += _BEFORE_MONTH[month - 1] + day - 1
    if month > 2 and _leap(year):
        days += 1
    return ((days * 24 + hour) * 60 + minute) * 60 + second


def date_of(seconds: int) -> tuple[int, int, int, int, int, int]:
    """(year, month, day, hour, minute, second) of a Unix time, UTC."""
    days, rest = seconds // 86400, seconds % 86400
    year = 1970 + days // 366
    while unix_s(year + 1, 1, 1, 0, 0, 0) <= seconds:
        year += 1
    day = days - unix_s(year, 1, 1, 0, 0, 0) // 86400
    month = 1
    while day >= days_in(year, month):
        day -= days_in(year, month)
        month += 1
    return year, month, day + 1, rest // 3600, rest // 60 % 60, rest % 60


def days_in(year: int, month: int) -> int:
    """How many days a month has."""
    if month == 2:
        return 29 if _leap(year) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
