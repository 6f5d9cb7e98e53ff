"""Which flags a reading or a burst raises. They say how urgent a segment is; the gateway decides
what is true.

Rules
1. A flag is a plain comparison of one count with one configured number.
2. An alarm closes the window at once when it begins, not again while it lasts: a door that stands
   open or a node off its mount would otherwise make a segment of every reading.
3. An alarm lasts until its channel says otherwise: a reading that lacks the channel (a position, or
   a part that failed) neither raises nor ends it.
4. The battery and the clock never close a window.
5. A burst is judged by its peak and by its fall, the flight before the impact; it closes no window
   but its own.
"""

from cargoseal_score.fall import fall
from cargoseal_wire.constants import (
    BATTERY,
    DOOR,
    FLAG_ANOMALY,
    FLAG_DOOR,
    FLAG_EARLY,
    FLAG_FREE_FALL,
    FLAG_LIGHT,
    FLAG_LOW_BATTERY,
    FLAG_SENSOR_FAULT,
    FLAG_SHOCK,
    FLAG_TAMPER,
    FREE_FALL,
    LIGHT,
    MOUNT,
    SHOCK,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from node.burst import Burst
    from node.reading import Reading

_AT_LEAST = (
    ("shock_mg", SHOCK, FLAG_SHOCK),
    ("free_fall_ms", FREE_FALL, FLAG_FREE_FALL),
    ("light", LIGHT, FLAG_LIGHT),
)
_SWITCHES = (("door", DOOR, FLAG_DOOR), ("mount", MOUNT, FLAG_TAMPER))
_CLOSING = FLAG_TAMPER | FLAG_DOOR | FLAG_FREE_FALL | FLAG_SHOCK | FLAG_LIGHT | FLAG_SENSOR_FAULT
_URGENT = FLAG_TAMPER | FLAG_FREE_FALL | FLAG_SHOCK | FLAG_SENSOR_FAULT | FLAG_ANOMALY
_URGENT_WHEN_EARLY = FLAG_DOOR | FLAG_LIGHT


class Alarms:
    """Turns readings into flags, remembering which alarms last."""

    def __init__(self, thresholds: dict) -> None:
        """`thresholds` as in config.ALARMS."""
        self._limits = [
            (thresholds[key], channel, flag)
            for key, channel, flag in _AT_LEAST
            if thresholds[key] is not None
        ]
        self._limits += [(1, channel, flag) for key, channel, flag in _SWITCHES if thresholds[key]]
        self._shock_mg = thresholds["shock_mg"]
        self._fall_ms = thresholds["free_fall_ms"]
        self._low_battery_mv = thresholds["low_battery_mv"]
        self._lasting = 0

    def lasting(self) -> int:
        """The alarms that last, as flags: what goes on after a sleep."""
        return self._lasting

    def resume(self, lasting: int) -> None:
        """Goes on with the alarms that lasted before a sleep."""
        self._lasting = lasting

    def judge(self, reading: "Reading") -> tuple[int, bool]:
        """(flags of this reading, whether an alarm begins with it)."""
        flags = 0
        lasting = 0
        values = reading.values
        for limit, channel, flag in self._limits:
            value = values.get(channel)
            if value is None:
                lasting |= self._lasting & flag
            elif value >= limit:
                flags |= flag
        battery = values.get(BATTERY)
        if self._low_battery_mv is not None and battery is not None:
            if battery <= self._low_battery_mv:
                flags |= FLAG_LOW_BATTERY
        if reading.faults:
            flags |= FLAG_SENSOR_FAULT
        elif not values:
            lasting |= self._lasting & FLAG_SENSOR_FAULT
        begins = flags & _CLOSING & ~self._lasting != 0
        self._lasting = lasting | flags & _CLOSING
        return flags, begins

    def judge_burst(self, burst: "Burst") -> int:
        """The flags of a burst (rule 5)."""
        flags = 0
        magnitudes = burst.magnitudes()
        if self._shock_mg is not None and max(magnitudes) >= self._shock_mg:
            flags |= FLAG_SHOCK
        fall_ms, _ = fall(burst.offsets_ms(), magnitudes)
        if self._fall_ms is not None and 0 < fall_ms >= self._fall_ms:
            flags |= FLAG_FREE_FALL
        return flags


def urgent(flags: int) -> bool:
    """Whether a segment with these flags is sent before the others."""
    if flags & _URGENT:
        return True
    return bool(flags & FLAG_EARLY and flags & _URGENT_WHEN_EARLY)
