"""An accelerometer's stream: bursts around what happens, and what a slow reading says of the rest.

Rules
1. Samples go to the cutter one by one, with their own times. What it cuts is sealed as it is; of
   everything else stays what `summary` says: the peak and the longest fall since the last reading.
2. A burst's clock is the one that held when its first sample came, whatever was set since.
3. Memory is bounded: the cutter's ring, and the last few settings of the clock.
"""

from cargoseal_score.fall import WEIGHTLESS_MG
from cargoseal_score.features import isqrt
from cargoseal_score.trigger import BurstCutter
from cargoseal_wire.constants import CLOCK_ERROR_UNKNOWN, CLOCK_NONE, FREE_FALL, SHOCK
from node.burst import Burst

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cargoseal_score.trigger import BurstSettings, Sample
    from node.burst import Stamp

FALL_FROM_MS = 100  # a shorter lull is not told as a fall
MAX_CLOCKS = 4
NO_CLOCK = (None, CLOCK_NONE, CLOCK_ERROR_UNKNOWN)


class Accelerations:
    """One accelerometer. It is read from one place only."""

    def __init__(self, settings: "BurstSettings") -> None:
        self._cutter = BurstCutter(settings)
        self._gap_ms = settings.gap_ms
        # (first sample's uptime, wall clock - uptime, source, error), the newest last
        self._clocks: list[tuple[int, int | None, int, int]] = []
        self._last_ms = 0
        self._lull_from: int | None = None
        self._forget()

    def add(self, samples: "list[Sample]", stamp: "Stamp") -> list[Burst]:
        """The bursts that these samples finish. Times are uptimes in ms, in order; `stamp` is what
        the clock says of the last sample. Without samples the stream has ended."""
        bursts = []
        if samples:
            self._set_clock(samples[0][0], samples[-1][0], stamp)
        for sample in samples:
            self._feel(sample)
            cut = self._cutter.add(*sample)
            if cut is not None:
                bursts.append(Burst(cut, self._stamp(cut[0][0])))
        if not samples:
            cut = self._cutter.flush()
            if cut is not None:
                bursts.append(Burst(cut, self._stamp(cut[0][0])))
        return bursts

    def summary(self) -> dict[int, int]:
        """{SHOCK: mg, FREE_FALL: ms} since the last call; empty when no sample came since."""
        if not self._felt:
            return {}
        values = {SHOCK: isqrt(self._peak, 1000), FREE_FALL: self._fall_ms}
        self._forget()
        return values

    def skipped(self) -> int:
        """Triggers that made no burst, because they came too close or there were too many."""
        return self._cutter.skipped

    def _forget(self) -> None:
        self._felt = False
        self._peak = 0  # |a| squared
        self._fall_ms = 0

    def _feel(self, sample: "Sample") -> None:
        """Keeps the peak and the longest run below WEIGHTLESS_MG; a gap ends the run."""
        now, x, y, z = sample
        squared = x * x + y * y + z * z
        self._felt = True
        self._peak = max(self._peak, squared)
        if now - self._last_ms > self._gap_ms:
            self._lull_from = None
        self._last_ms = now
        if squared >= WEIGHTLESS_MG * WEIGHTLESS_MG:
            self._lull_from = None
        elif self._lull_from is None:
            self._lull_from = now
        elif now - self._lull_from >= FALL_FROM_MS:
            self._fall_ms = max(self._fall_ms, now - self._lull_from)

    def _set_clock(self, first_ms: int, last_ms: int, stamp: "Stamp") -> None:
        wall_ms, source, error_ms = stamp
        ahead = None if wall_ms is None else wall_ms - last_ms
        if self._clocks:
            held = self._clocks[-1]
            if held[1:3] == (ahead, source):
                self._clocks[-1] = (held[0], ahead, source, max(held[3], error_ms))
                return
        self._clocks.append((first_ms, ahead, source, error_ms))
        if len(self._clocks) > MAX_CLOCKS:
            self._clocks.pop(0)

    def _stamp(self, uptime_ms: int) -> "Stamp":
        """What the clock said at an uptime."""
        for from_ms, ahead, source, error_ms in reversed(self._clocks):
            if from_ms <= uptime_ms:
                return NO_CLOCK if ahead is None else (uptime_ms + ahead, source, error_ms)
        return NO_CLOCK
