"""What accelerometers with a FIFO have in common: times for its samples, and doubts about them.

Rules
1. A part that broke, or whose bus gives zeros, repeats one sample. At rest a coarse part repeats
   one too, and truly, but that one weighs about 1 g: the same sample for STILL_MS that does not is
   impossible. (A fall of that time is one of 20 m, and nothing repeats in it.)
2. A part whose steps are finer than its noise never repeats one for FROZEN_MS, whatever it weighs.
"""

import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cargoseal_score.trigger import Sample

STILL_MS = 2000
FROZEN_MS = 5000
LEAST_MG, MOST_MG = 500, 1500  # offsets (0.25 g at worst) and an axis that is 10 % off included


def lay(data: bytes, last_ms: int, span_ms: int, mg: "Callable[[int], int]") -> "list[Sample]":
    """Samples of three little-endian words, laid evenly over the span up to `last_ms`; `mg` makes
    milli-g of a word."""
    count = len(data) // 6
    samples = []
    for at in range(count):
        x, y, z = struct.unpack_from("<hhh", data, 6 * at)
        uptime_ms = last_ms - span_ms * (count - 1 - at) // count
        samples.append((uptime_ms, mg(x), mg(y), mg(z)))
    return samples


class Doubt:
    """Counts how long the same sample has come."""

    def __init__(self, period_ms: int, noisy: bool) -> None:
        """`noisy`: the part's steps are finer than its noise."""
        self._period_ms = period_ms
        self._noisy = noisy
        self.forget()

    def forget(self) -> None:
        """The part was set up anew."""
        self._last = b""
        self._same = 0

    def impossible(self, data: bytes, samples: "list[Sample]") -> bool:
        """Whether these samples, raw and in mg, go on what cannot be."""
        last = data[-6:]
        if data == last * len(samples) and last == self._last:
            self._same += len(samples)
        else:
            self._same = 0
        self._last = last
        same_ms = self._same * self._period_ms
        if same_ms < STILL_MS:
            return False
        _, x, y, z = samples[-1]
        rests = LEAST_MG * LEAST_MG <= x * x + y * y + z * z <= MOST_MG * MOST_MG
        return not rests or (self._noisy and same_ms >= FROZEN_MS)
