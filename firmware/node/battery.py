"""What a low battery means for the node: less work, no radio, at last nothing, and back by itself.

| level | at or below | sampling | satellites | radio | flash |
|---|---|---|---|---|---|
| WELL | | as set | yes | yes | yes |
| LOW | low_mv | a quarter as often | no | yes | yes |
| SAVING | radio_off_mv | a twelfth | no | no | yes |
| EMPTY | empty_mv | only the battery, a sixtieth | no | no | no |

Rules
1. A level is left downwards after three measurements in a row at or below its limit (a modem's
   pulse is none), upwards after three that are `hysteresis_mv` above it: the radio lowers the
   voltage that switched it on.
2. The first measurement after a power cut must be that much above a limit to count as above it. A
   node that comes back from deep discharge waits until the battery carries the radio, instead of
   starting it, breaking down and starting again.
3. What is sealed stays in the spool, and is sent when the radio is back. At EMPTY what is open is
   sealed once, then nothing is written: a write that a failing supply cuts is the one that damages
   flash.
4. A battery that cannot be measured changes nothing, and is a fault of the reading.
"""

WELL = 0
LOW = 1
SAVING = 2
EMPTY = 3
SLOWER = (1, 4, 12, 60)  # periods per level
_TIMES = 3


class Limits:
    """Millivolts at the battery; the defaults are those of one lithium-ion cell."""

    def __init__(
        self,
        low_mv: int = 3500,
        radio_off_mv: int = 3350,
        empty_mv: int = 3100,
        hysteresis_mv: int = 150,
    ) -> None:
        if not 0 < empty_mv < radio_off_mv < low_mv or hysteresis_mv < 0:
            raise ValueError("0 < empty_mv < radio_off_mv < low_mv expected")
        self.low_mv = low_mv
        self.radio_off_mv = radio_off_mv
        self.empty_mv = empty_mv
        self.hysteresis_mv = hysteresis_mv


class BatteryLevel:
    """The level, by what was measured."""

    def __init__(self, limits: Limits, level: int | None = None) -> None:
        """`level`: the one before a sleep, None after a power cut."""
        self._limits = (limits.low_mv, limits.radio_off_mv, limits.empty_mv)
        self._hysteresis_mv = limits.hysteresis_mv
        self._known = level is not None
        self.level = WELL if level is None else level
        self._towards = 0  # -1 down, 1 up
        self._times = 0

    def note(self, millivolts: int) -> None:
        """Takes one measurement."""
        if not self._known:
            self._known = True
            self.level = self._of(millivolts, self._hysteresis_mv)
            return
        down, up = self._of(millivolts, 0), self._of(millivolts, self._hysteresis_mv)
        towards = 1 if down > self.level else -1 if up < self.level else 0
        self._times = self._times + 1 if towards and towards == self._towards else 1
        self._towards = towards
        if towards and self._times >= _TIMES:
            self.level = down if towards > 0 else up
            self._towards = 0

    def slower(self) -> int:
        """How many sampling periods one takes at this level."""
        return SLOWER[self.level]

    def radio(self) -> bool:
        """Whether anything may be sent."""
        return self.level < SAVING

    def satellites(self) -> bool:
        """Whether a position may be looked for."""
        return self.level < LOW

    def measures(self) -> bool:
        """Whether anything but the battery is measured, sealed and written."""
        return self.level < EMPTY

    def _of(self, millivolts: int, above: int) -> int:
        """The level of a voltage when limits lie `above` higher."""
        return sum([millivolts <= limit + above for limit in self._limits])
