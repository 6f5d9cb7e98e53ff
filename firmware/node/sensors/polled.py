"""A set of drivers that are all read once per period, and what runs beside them.

Rules
1. Nobody waits for a conversion: `poll` starts all drivers, and reads them when the slowest has
   settled, on a later call.
2. A reading carries the time at which its conversion was started.
3. A driver that fails leaves its channels out and its bits in `faults`; the others are read, and it
   is asked again with the next reading.
4. A period that was missed (the node was busy or asleep) is not made up for: its reading is not
   there, and the times of its neighbours show it.
5. An accelerometer with a FIFO runs by itself (node.sensors.motion); a reading carries what it felt
   since the one before.
6. A position is a reading of its own, at the time at which it was found.
7. A low battery makes periods longer, leaves out the search for satellites, and at last everything
   but the battery itself (node.battery).
8. Before the chip sleeps `watch` arms what can wake it; `woken` takes what that felt.
"""

from cargoseal_wire.constants import BATTERY
from node.reading import Reading
from node.sensors.motion import Motion

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from cargoseal_score.trigger import BurstSettings
    from node.battery import BatteryLevel
    from node.burst import Burst
    from node.clock import WallClock
    from node.retained import Retained
    from node.sensors.gnss import Receiver
    from node.sensors.motion import Stream

    class Driver(Protocol):
        """One sensor part."""

        channels: tuple[int, ...]
        settle_ms: int

        def start(self) -> None:
            """Begins a conversion. OSError when the part does not answer."""
            ...

        def read(self) -> dict[int, int]:
            """Counts per channel. OSError when the part failed or sent nonsense."""
            ...

    class Light(Protocol):
        """A light sensor that can watch."""

        def watch(self, lux: int) -> None: ...


class Watch:
    """What wakes the node out of a sleep: levels, None for a part that does not watch."""

    def __init__(
        self,
        shock_mg: int = 3000,
        fall_ms: int = 100,
        lux: int | None = None,
        light: "Light | None" = None,
    ) -> None:
        self.shock_mg = shock_mg
        self.fall_ms = fall_ms
        self.lux = lux
        self.light = light


class PolledSensors:
    """A `parts.Sensors` over drivers, and an accelerometer, a battery and a receiver where there
    are such."""

    def __init__(
        self,
        drivers: "list[Driver]",
        clock: "WallClock",
        sample_ms: int,
        stream: "Stream | None" = None,
        burst: "BurstSettings | None" = None,
        battery: "BatteryLevel | None" = None,
        receiver: "Receiver | None" = None,
    ) -> None:
        """`burst`: how bursts are cut from `stream`; both or none. `battery` is told what the
        driver of channel BATTERY measures."""
        self._drivers = drivers
        self._motion: Motion | None = None
        if stream is not None and burst is not None:
            self._motion = Motion(stream, burst, clock)
        self._battery = battery
        self._receiver = receiver
        self._clock = clock
        self._sample_ms = sample_ms
        self._settle_ms = max([driver.settle_ms for driver in drivers]) if drivers else 0
        self._due = 0
        self._started_at: int | None = None
        self._faults = 0
        self._asked: list[Driver] = []

    def poll(self, now: int) -> list[Reading]:
        ready = []
        if self._receiver is not None:
            found = self._receiver.step(now, self._battery is None or self._battery.satellites())
            if found is not None:
                ready.append(found)
        if self._started_at is None:
            if now >= self._due:
                self._start(now)
        elif now - self._started_at >= self._settle_ms:
            reading = self._read(self._started_at)
            if self.measures():
                ready.insert(0, reading)
        return ready

    def bursts(self, now: int) -> "list[Burst]":
        """Empties the FIFO; what its samples finish."""
        motion = self._motion
        return [] if motion is None or not self.measures() else motion.bursts(now)

    def wake(self, now: int) -> int:
        wake = self._due if self._started_at is None else self._started_at + self._settle_ms
        if self._motion is not None and self.measures():
            wake = min(wake, self._motion.empty_at)
        if self._receiver is not None and (self._battery is None or self._battery.satellites()):
            wake = min(wake, self._receiver.wake())
        return wake

    def skipped(self) -> int:
        """Triggers of the accelerometer that made no burst."""
        return 0 if self._motion is None else self._motion.skipped()

    def radio(self) -> bool:
        """Whether the battery lets anything be sent."""
        return self._battery is None or self._battery.radio()

    def measures(self) -> bool:
        """Whether the battery lets anything but itself be measured, and flash be written."""
        return self._battery is None or self._battery.measures()

    def busy(self) -> bool:
        """Whether the chip must not sleep: a conversion or a search for satellites is under way."""
        searching = self._receiver is not None and self._receiver.searching()
        return searching or self._started_at is not None

    def watch(self, watch: Watch) -> None:
        """Arms what can wake a sleeping chip; a part that fails does not wake it."""
        if self._motion is not None:
            self._motion.watch(watch.shock_mg, watch.fall_ms)
        if watch.light is not None and watch.lux is not None:
            try:
                watch.light.watch(watch.lux)
            except OSError:
                pass  # its next reading is a fault

    def woken(self, watch: Watch, woke_at: int, by_motion: bool) -> "list[Burst]":
        """After a sleep: the bursts in what the accelerometer kept, when it was what woke the
        node (`by_motion`)."""
        if self._motion is None or not by_motion:
            return []
        return self._motion.woken(watch.shock_mg, watch.fall_ms, woke_at)

    def hold(self, record: "Retained") -> None:
        """Notes what goes on after a sleep."""
        record.sample_at = self._due
        if self._battery is not None:
            record.battery_level = self._battery.level
        if self._receiver is not None:
            record.search_at = self._receiver.search_at
            record.searches_failed = self._receiver.failed

    def resume(self, record: "Retained") -> None:
        """Goes on with what `hold` noted; battery and receiver were made with theirs."""
        self._due = record.sample_at

    def _start(self, now: int) -> None:
        self._started_at = now
        period_ms = self._sample_ms
        if self._battery is not None:
            period_ms *= self._battery.slower()
        missed = (now - self._due) // period_ms
        self._due += (missed + 1) * period_ms
        self._faults = 0
        self._asked = self._drivers
        if not self.measures():
            self._asked = [driver for driver in self._drivers if BATTERY in driver.channels]
        for driver in self._asked:
            try:
                driver.start()
            except OSError:
                self._faults |= _bits(driver.channels)

    def _read(self, started_at: int) -> Reading:
        self._started_at = None
        values: dict[int, int] = {}
        for driver in self._asked:
            if self._faults & _bits(driver.channels):
                continue
            try:
                values.update(driver.read())
            except OSError:
                self._faults |= _bits(driver.channels)
        if self._battery is not None and BATTERY in values:
            self._battery.note(values[BATTERY])
        if self._motion is not None:
            self._faults |= self._motion.tell(values)
        wall_ms, source, error_ms = self._clock.stamp(started_at)
        return Reading(started_at, values, wall_ms, source, error_ms, self._faults)


def _bits(channels: tuple[int, ...]) -> int:
    mask = 0
    for channel in channels:
        mask |= 1 << channel
    return mask
