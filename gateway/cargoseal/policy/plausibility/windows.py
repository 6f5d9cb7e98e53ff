"""What the checks see of a window, and what they keep: the extremes of short stretches of time.

Rules
1. A stretch keeps the lowest and the highest value that was read in it: adding readings in another
   order gives the same.
2. Bounded: of a node's stretches the latest `MAX_STRETCHES` are kept.
"""

from typing import NamedTuple

MAX_STRETCHES = 20_000  # 69 days of five minutes

Point = tuple[int, int]  # (placed Unix ms, count)


class Seen(NamedTuple):
    """A climate window: its readings by channel, of channels whose sensor works."""

    node: bytes
    counter: int
    channels: dict[int, list[Point]]


class Contradiction(NamedTuple):
    """Since when a node's readings cannot be as they are, by which check, and why."""

    since_ms: int
    check: str
    because: str


class Trace:
    """One channel of one node over time."""

    def __init__(self, step_ms: int) -> None:
        self.step_ms = step_ms
        self.extremes: dict[int, tuple[int, int]] = {}

    def add(self, points: list[Point]) -> tuple[int, int]:
        """Takes readings; the first and last stretch that they lie in."""
        for placed_ms, value in points:
            at = placed_ms // self.step_ms
            low, high = self.extremes.get(at, (value, value))
            self.extremes[at] = (min(low, value), max(high, value))
        while len(self.extremes) > MAX_STRETCHES:
            del self.extremes[min(self.extremes)]
        return points[0][0] // self.step_ms, points[-1][0] // self.step_ms

    def over(self, first: int, last: int) -> tuple[int, int] | None:
        """Lowest and highest value from one stretch to another; None without a reading."""
        found = [self.extremes[at] for at in range(first, last + 1) if at in self.extremes]
        if not found:
            return None
        return min(low for low, _ in found), max(high for _, high in found)

    def met(self, first: int, last: int) -> int:
        """In how many stretches something was read."""
        return sum(at in self.extremes for at in range(first, last + 1))


class Traces:
    """One channel of every node."""

    def __init__(self, channel: int, step_ms: int) -> None:
        self._channel, self._step_ms = channel, step_ms
        self.by_node: dict[bytes, Trace] = {}

    def add(self, seen: Seen) -> tuple[int, int] | None:
        """Takes a window; the stretches it lies in, None when it has no such reading."""
        points = seen.channels.get(self._channel)
        if not points:
            return None
        trace = self.by_node.setdefault(seen.node, Trace(self._step_ms))
        first, last = trace.add(points)
        return min(first, last), max(first, last)

    def others(self, node: bytes) -> list[Trace]:
        return [trace for name, trace in self.by_node.items() if name != node]
