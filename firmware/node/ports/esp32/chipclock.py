"""The clock of the chip itself, which its TLS checks the dates of certificates against."""

import machine

from node.calendar import date_of


def set_chip(unix_ms: int) -> None:
    """Sets it, in UTC; it loses this at power-off and keeps it over deep sleep."""
    year, month, day, hour, minute, second = date_of(unix_ms // 1000)
    machine.RTC().datetime((year, month, day, 0, hour, minute, second, 0))
