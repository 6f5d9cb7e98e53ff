"""Cuts bursts out of a stream of accelerations: what a handling window is, for everybody.

Node, simulator, training and evaluation share this one state machine, so that a model is judged on
what a node would seal.

Rules
1. Two things start a burst: a shock, |a| >= `shock_mg`, and a lull, |a| <= `lull_mg` from one
   sample to another at least `lull_ms` later, which is how most falls begin.
2. A burst holds `before_ms` before its trigger and `after_ms` after it. The trigger is the highest
   sample of the shock. A lull waits for its impact: the first shock within `wait_ms` of its start,
   or right behind it, is the trigger; without one it is the lull's end. Of several lulls the
   longest decides: a throw is cut at its landing, not at the push before nor at a bounce after.
3. Bursts never overlap. A shock within `rest_ms` after a burst makes none; a lull needs no rest.
4. At most `most_per_hour` bursts in any hour have no lull, and as many have one. Half of them may
   come at once, the others come free evenly over the hour: a rough road never makes a node blind
   for the rest of the hour, and never takes what a fall needs.
5. A burst that rule 3 or 4 forbids, or that has fewer than `FEWEST` samples, is counted in
   `skipped`.
6. Time must rise. A sample at the time of the last one or up to `gap_ms` before it is left out and
   counted in `misplaced`. A gap of more than `gap_ms`, or a leap back of more, is a new stream:
   what was being cut ends there.
7. Memory is bounded: a ring of `RING` samples, allocated once. At 200 Hz a burst has 301 samples;
   at rates over RING / (before_ms + after_ms) its beginning is cut off.
"""

from array import array

RING = 512
FEWEST = 8
FULL_SCALE_MG = 32_767
IMPACT_MS = 100  # an impact's highest sample comes within that
HOUR_MS = 3_600_000

TYPE_CHECKING = False
if TYPE_CHECKING:
    Sample = tuple[int, int, int, int]


class BurstSettings:
    """What starts a burst, how long one is, how many there may be; mg and milliseconds."""

    def __init__(
        self,
        shock_mg: int = 2000,
        lull_mg: int = 500,
        lull_ms: int = 60,
        wait_ms: int = 1000,
        before_ms: int = 1000,
        after_ms: int = 500,
        rest_ms: int = 2000,
        most_per_hour: int = 60,
        gap_ms: int = 100,
    ) -> None:
        if not 0 <= lull_mg < shock_mg <= FULL_SCALE_MG:
            raise ValueError(f"0 <= lull_mg < shock_mg expected, got {lull_mg} and {shock_mg}")
        if min(lull_ms, wait_ms, before_ms, after_ms, gap_ms) < 1 or rest_ms < 0:
            raise ValueError("times of at least 1 ms expected, rest_ms of at least 0")
        if most_per_hour < 2:
            raise ValueError(f"most_per_hour of at least 2 expected, got {most_per_hour}")
        self.shock_mg = shock_mg
        self.lull_mg = lull_mg
        self.lull_ms = lull_ms
        self.wait_ms = wait_ms
        self.before_ms = before_ms
        self.after_ms = after_ms
        self.rest_ms = rest_ms
        self.most_per_hour = most_per_hour
        self.gap_ms = gap_ms


class BurstCutter:
    """One per stream of samples. Samples are (uptime_ms, x_mg, y_mg, z_mg)."""

    def __init__(self, settings: BurstSettings | None = None) -> None:
        self.settings = settings = settings or BurstSettings()
        self.skipped = 0
        self.misplaced = 0
        self._shock_squared = settings.shock_mg * settings.shock_mg
        self._lull_squared = settings.lull_mg * settings.lull_mg
        self._times = array("q", bytes(8 * RING))
        self._axes = array("h", bytes(6 * RING))
        self._next = 0  # where in the ring the next sample goes
        self._shocks = _Budget(settings.most_per_hour)
        self._falls = _Budget(settings.most_per_hour)
        self._rested_ms: int | None = None  # from when a shock may make a burst again
        self._trigger: int | None = None  # of the burst in the making
        self._lull_from: int | None = None  # first sample of the lull that lasts
        self._begin()

    def add(self, uptime_ms: int, x_mg: int, y_mg: int, z_mg: int) -> "list[Sample] | None":
        """Takes one sample. Returns the burst that is finished by it, in the order of time."""
        done = None
        if self._count:
            step = uptime_ms - self._last_ms
            if -self.settings.gap_ms <= step <= 0:
                self.misplaced += 1
                return None
            if not 0 < step <= self.settings.gap_ms:
                done = self.flush()
        self._keep(uptime_ms, x_mg, y_mg, z_mg)
        squared = x_mg * x_mg + y_mg * y_mg + z_mg * z_mg
        if squared >= self._shock_squared:
            self._shock(uptime_ms, squared)
        elif squared <= self._lull_squared:
            self._lull(uptime_ms)
        else:
            self._lull_from = None
        if self._waits and uptime_ms > self._patience():
            self._without_impact()
        if self._trigger is not None and not self._waits:
            if uptime_ms >= self._trigger + self.settings.after_ms:
                return self._finish()
        return done

    def flush(self) -> "list[Sample] | None":
        """Ends the stream. Returns the burst that was being cut, as far as it came, or None."""
        if self._waits:
            self._without_impact()
        done = None if self._trigger is None else self._finish()
        self._begin()
        return done

    def _begin(self) -> None:
        self._count = 0  # samples in the ring that no burst has had
        self._last_ms = 0
        self._trigger = None
        self._fall_ms = 0  # length of the lull that leads to it; 0: none
        self._peak = 0  # |a| squared at the trigger
        self._lull_from = None
        self._waits = False  # a lull waits for its impact
        self._wait_from = 0
        self._wait_to = 0

    def _keep(self, uptime_ms: int, x_mg: int, y_mg: int, z_mg: int) -> None:
        at = self._next
        axes = self._axes
        if max(x_mg, y_mg, z_mg) > FULL_SCALE_MG or min(x_mg, y_mg, z_mg) < -FULL_SCALE_MG:
            x_mg, y_mg, z_mg = _limited(x_mg), _limited(y_mg), _limited(z_mg)
        self._times[at] = uptime_ms
        axes[3 * at] = x_mg
        axes[3 * at + 1] = y_mg
        axes[3 * at + 2] = z_mg
        self._next = (at + 1) % RING
        if self._count < RING:
            self._count += 1
        self._last_ms = uptime_ms

    def _shock(self, now: int, squared: int) -> None:
        self._lull_from = None
        if self._waits:
            self._waits = False
            if self._take(now, squared):
                return
        if self._trigger is None:
            self._trigger = now
            self._peak = squared
            self._settled = now + self.settings.after_ms
        elif squared > self._peak and now <= self._settled:
            self._trigger = now
            self._peak = squared

    def _lull(self, now: int) -> None:
        """A lull that lasts twice as long as one waits is a silent sensor, not a longer fall."""
        if self._lull_from is None:
            self._lull_from = now
        length = now - self._lull_from
        if self.settings.lull_ms <= length <= 2 * self.settings.wait_ms:
            if not self._waits:
                self._waits = True
                self._wait_from = self._lull_from
            self._wait_to = now

    def _patience(self) -> int:
        """Until when the lull waits for its impact."""
        return max(self._wait_from + self.settings.wait_ms, self._wait_to + self.settings.gap_ms)

    def _without_impact(self) -> None:
        self._waits = False
        self._take(self._wait_to, 0)

    def _take(self, trigger: int, squared: int) -> bool:
        """Lets the lull decide where the burst is, unless a longer one has."""
        length = self._wait_to - self._wait_from
        if length <= self._fall_ms:
            return False
        self._fall_ms = length
        self._trigger = trigger
        self._peak = squared
        self._settled = trigger + IMPACT_MS
        return True

    def _finish(self) -> "list[Sample] | None":
        """Returns the burst around the trigger, or None when it is one too many."""
        trigger = self._trigger or 0
        first, last = trigger - self.settings.before_ms, trigger + self.settings.after_ms
        allowed = self._allowed(trigger)
        self._trigger = None
        self._fall_ms = 0
        if not allowed:
            self.skipped += 1
            return None
        burst = []
        later = 0
        for back in range(self._count, 0, -1):
            at = (self._next - back) % RING
            if self._times[at] > last:
                later = back
                break
            if self._times[at] >= first:
                burst.append(
                    (
                        self._times[at],
                        self._axes[3 * at],
                        self._axes[3 * at + 1],
                        self._axes[3 * at + 2],
                    )
                )
        self._count = later
        self._rested_ms = last + self.settings.rest_ms
        if len(burst) < FEWEST:
            self.skipped += 1
            return None
        return burst

    def _allowed(self, trigger: int) -> bool:
        if self._fall_ms:
            return self._falls.take(trigger)
        if self._rested_ms is not None:
            rest = self._rested_ms - trigger
            if 0 < rest <= self.settings.after_ms + self.settings.rest_ms + self.settings.wait_ms:
                return False
        return self._shocks.take(trigger)


class _Budget:
    """At most `most` in any hour: half at once, the rest evenly over the hour."""

    def __init__(self, most: int) -> None:
        at_once = most // 2
        self._price = HOUR_MS // (most - at_once) + 1
        self._full = at_once * self._price
        self._credit = self._full
        self._last_ms: int | None = None

    def take(self, now: int) -> bool:
        """Takes one, if there is one. A clock that went back gives nothing."""
        if self._last_ms is not None:
            self._credit = min(self._full, self._credit + max(0, now - self._last_ms))
        self._last_ms = now
        if self._credit < self._price:
            return False
        self._credit -= self._price
        return True


def _limited(mg: int) -> int:
    return max(-FULL_SCALE_MG, min(FULL_SCALE_MG, mg))
