"""Time since boot."""

import time


class Uptime:
    """Milliseconds since the power came that never wrap; call it at least every six days."""

    def __init__(self, now: int = 0) -> None:
        """`now`: what it is at this moment, after a deep sleep (node.retained)."""
        self._last = time.ticks_ms()
        self._total = now

    def __call__(self) -> int:
        now = time.ticks_ms()
        self._total += time.ticks_diff(now, self._last)
        self._last = now
        return self._total
