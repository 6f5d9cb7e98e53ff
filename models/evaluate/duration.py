"""Durations as people say them."""


def duration(seconds: float) -> str:
    """Return a duration for people.

    >>> duration(0.3), duration(95), duration(5400), duration(200000)
    ('0.3 s', '95 s', '1.5 h', '2.3 days')
    """
    if 0 < seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 3600:
        return f"{seconds / 60:.0f} min"
    if seconds < 48 * 3600:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds / 86400:.1f} days"
