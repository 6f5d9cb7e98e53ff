"""A burst of accelerations around an event, as the accelerometer's stream was cut: what a
segment of kind HANDLING holds.

Rules
1. Samples as `cargoseal_score.trigger` gives them: nothing is averaged or left out, an axis is cut
   at FULL_SCALE_MG there.
2. The clock is what it was when the burst's first sample was taken.
3. Eight bytes per sample: a burst of 301 takes 2.4 kB while it waits to be sealed.
4. A burst always fits a segment: 512 samples of the wildest noise take 4 kB of the 8 kB.
"""

from array import array

from cargoseal_score.features import magnitudes
from cargoseal_wire.constants import ACCEL_X, ACCEL_Y, ACCEL_Z, HANDLING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cargoseal_score.trigger import Sample

    Stamp = tuple[int | None, int, int]  # WallClock.stamp: Unix ms or None, source, error in ms


class Burst:
    """A closed window of one accelerometer, with what a window has."""

    kind = HANDLING
    faults = 0

    def __init__(self, samples: "list[Sample]", stamp: "Stamp", flags: int = 0) -> None:
        """At least one sample, in the order of time, over less than 65 s."""
        self.flags = flags
        self.start_ms = samples[0][0]
        self.wall_ms, self.clock_source, self.clock_error_ms = stamp
        self._offsets = array("H", [sample[0] - self.start_ms for sample in samples])
        self._axes = [array("h", [sample[axis] for sample in samples]) for axis in (1, 2, 3)]

    def count(self) -> int:
        return len(self._offsets)

    def end_ms(self) -> int:
        """Uptime of the last sample."""
        return self.start_ms + self._offsets[-1]

    def offsets_ms(self) -> list[int]:
        """Milliseconds from the first sample, one per sample."""
        return list(self._offsets)  # type: ignore[return-value]  # the stubs' array has no type

    def columns(self) -> dict[int, list[int | None]]:
        """Axis -> one count per sample, in mg."""
        x, y, z = self._axes
        return {ACCEL_X: list(x), ACCEL_Y: list(y), ACCEL_Z: list(z)}  # type: ignore[return-value]

    def magnitudes(self) -> list[int]:
        """|a| of each sample, in mg."""
        x, y, z = self._axes
        return magnitudes(x, y, z)  # type: ignore[arg-type, return-value]  # no axis is ever absent

    def fixes(self) -> list[tuple[int, int, int, int, int]]:
        """None: positions belong to the climate window around it."""
        return []

    def halves(self) -> "tuple[Burst, ...]":
        """None (rule 4)."""
        return ()
