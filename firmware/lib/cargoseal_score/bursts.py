"""Statistics of a burst, which know when each reading was: codes from `model.BURSTS` on.

Each is an exact fraction over the readings v[0] .. v[n-1] at t[0] .. t[n-1] milliseconds and says
the same at 50 and at 200 readings a second, as far as the signal allows: times are in milliseconds,
variation is measured as deviation from a mean, not from one reading to the next. A and B are the
statistic's parameters.

    flight A          milliseconds of free flight before the impact (`fall`); 0 without one, and,
                      where A is not 0, with one whose unrest is above A
    flight level      mean during that flight                                  nothing without one
    flight unrest     mean |v - mean| during that flight                       nothing without one
    low A             milliseconds of the longest stretch of v <= A
    lowest A          the least mean over A milliseconds (all readings where there are fewer)
    level A B         mean of the B milliseconds that end A milliseconds before the peak
    unrest A B        mean |v - mean| of the same
    aftermath A B     mean |v - mean| of the B milliseconds that begin A milliseconds after the peak
    surplus A B       integral of max(v - A, 0) over the B milliseconds on each side of the peak;
                      for mg above 1000: the velocity change of a shock, in mg ms
    leap A            highest rise within A milliseconds
    blows A B         how often v reaches A, B milliseconds or more after it last did
    turn A            |mean of the last A milliseconds - mean of the first A|

The peak is the highest reading of the impact that ends the flight, or else of all, the first of
equals. A statistic of nothing has the denominator 0.
"""

from cargoseal_score.errors import ScoreError
from cargoseal_score.fall import Flight, find_flight

FLIGHT = 16
FLIGHT_LEVEL = 17
FLIGHT_UNREST = 18
LOW = 19
LOWEST = 20
LEVEL = 21
UNREST = 22
AFTERMATH = 23
SURPLUS = 24
LEAP = 25
BLOWS = 26
TURN = 27

STATISTICS: dict[int, str] = {
    FLIGHT: "flight",
    FLIGHT_LEVEL: "flight level",
    FLIGHT_UNREST: "flight unrest",
    LOW: "low",
    LOWEST: "lowest",
    LEVEL: "level",
    UNREST: "unrest",
    AFTERMATH: "aftermath",
    SURPLUS: "surplus",
    LEAP: "leap",
    BLOWS: "blows",
    TURN: "turn",
}
_WITHOUT = (FLIGHT_LEVEL, FLIGHT_UNREST)
_WITH_ONE = (LOW, LOWEST, LEAP, TURN)


def check(code: int, first: int, second: int) -> None:
    """ScoreError for an unknown statistic, or one that does not take these parameters."""
    if code not in STATISTICS:
        raise ScoreError("statistic", "a known one", code)
    name = STATISTICS[code]
    if code == FLIGHT:
        if second:
            raise ScoreError(f"parameters of {name}", "one or none", (first, second))
        return
    if code in _WITHOUT and (first or second):
        raise ScoreError(f"parameters of {name}", "none", (first, second))
    if code in _WITH_ONE and (not first or second):
        raise ScoreError(f"parameters of {name}", "one above 0", (first, second))
    if code not in _WITHOUT and code not in _WITH_ONE and not second:
        raise ScoreError(f"parameters of {name}", "two, the second above 0", (first, second))


def statistic(
    code: int, first: int, second: int, offsets_ms: list[int], values: list[int]
) -> tuple[int, int]:
    """Return a statistic of at least one reading as (numerator, denominator)."""
    if code in _WITH_ONE:
        if code == LOW:
            return _longest(offsets_ms, values, first), 1
        if code == LOWEST:
            return _lowest(offsets_ms, values, first)
        if code == LEAP:
            return _leap(offsets_ms, values, first), 1
        return _turn(offsets_ms, values, first)
    if code == BLOWS:
        return _blows(offsets_ms, values, first, second), 1
    flight, peak = _searched(offsets_ms, values)
    if code == FLIGHT:
        return (_calm_ms(flight, values, first) if flight else 0), 1
    if code == FLIGHT_LEVEL:
        return _mean(values[flight.first : flight.last + 1]) if flight else (0, 0)
    if code == FLIGHT_UNREST:
        return _deviation(values[flight.first : flight.last + 1]) if flight else (0, 0)
    at = offsets_ms[peak]
    if code == LEVEL:
        return _mean(_between(offsets_ms, values, at - first - second, at - first))
    if code == UNREST:
        return _deviation(_between(offsets_ms, values, at - first - second, at - first))
    if code == AFTERMATH:
        return _deviation(_between(offsets_ms, values, at + first, at + first + second))
    return _surplus(offsets_ms, values, first, at - second, at + second)


class _Search:
    """The last search for a flight, with copies of what was searched: the statistics of one burst
    follow each other, and a caller may fill its lists anew. Replaced whole, never changed: threads
    of a gateway may score at once."""

    def __init__(
        self,
        offsets_ms: tuple[int, ...],
        values: tuple[int, ...],
        flight: "Flight | None",
        peak: int,
    ) -> None:
        self.offsets_ms = offsets_ms
        self.values = values
        self.flight = flight
        self.peak = peak


_last = [_Search((), (), None, 0)]


def _searched(offsets_ms: list[int], values: list[int]) -> "tuple[Flight | None, int]":
    """Return (flight or None, index of the peak)."""
    times, levels = tuple(offsets_ms), tuple(values)
    last = _last[0]
    if last.values != levels or last.offsets_ms != times:
        flight = find_flight(offsets_ms, values)
        impact = None if flight is None else flight.impact
        peak = values.index(max(values)) if impact is None else impact
        last = _last[0] = _Search(times, levels, flight, peak)
    return last.flight, last.peak


def _calm_ms(flight: "Flight", values: list[int], unrest: int) -> int:
    """The length of a flight, 0 where it is more restless than `unrest` allows; 0 allows any."""
    if unrest:
        total, among = _deviation(values[flight.first : flight.last + 1])
        if total > unrest * among:
            return 0
    return flight.length_ms


def _between(times: list[int], values: list[int], begin: int, end: int) -> list[int]:
    """The values from `begin` on and before `end`."""
    return [values[i] for i in range(len(values)) if begin <= times[i] < end]


def _mean(values: list[int]) -> tuple[int, int]:
    return sum(values), len(values)


def _deviation(values: list[int]) -> tuple[int, int]:
    n = len(values)
    total = sum(values)
    return sum([abs(n * v - total) for v in values]), n * n


def _longest(times: list[int], values: list[int], limit: int) -> int:
    longest = 0
    begin = -1
    for i in range(len(values)):
        if values[i] > limit:
            begin = -1
            continue
        if begin < 0:
            begin = i
        longest = max(longest, times[i] - times[begin])
    return longest


def _lowest(times: list[int], values: list[int], span_ms: int) -> tuple[int, int]:
    """Over runs whose first and last reading are `span_ms` apart or just more."""
    best, among = 0, 0
    begin, total = 0, 0
    for i in range(len(values)):
        total += values[i]
        while begin < i and times[i] - times[begin + 1] >= span_ms:
            total -= values[begin]
            begin += 1
        if times[i] - times[begin] >= span_ms:
            count = i - begin + 1
            if among == 0 or total * among < best * count:
                best, among = total, count
    return (best, among) if among else _mean(values)


def _leap(times: list[int], values: list[int], span_ms: int) -> int:
    """The readings that may still be the lowest of a window, kept in rising order."""
    best = 0
    kept: list[int] = []
    begin = 0
    for i in range(len(values)):
        while begin < len(kept) and times[i] - times[kept[begin]] > span_ms:
            begin += 1
        if begin < len(kept):
            best = max(best, values[i] - values[kept[begin]])
        while len(kept) > begin and values[kept[-1]] >= values[i]:
            kept.pop()
        kept.append(i)
    return best


def _blows(times: list[int], values: list[int], level: int, apart_ms: int) -> int:
    count = 0
    last = -1
    for i in range(len(values)):
        if values[i] >= level:
            if last < 0 or times[i] - times[last] >= apart_ms:
                count += 1
            last = i
    return count


def _turn(times: list[int], values: list[int], span_ms: int) -> tuple[int, int]:
    early = [values[i] for i in range(len(values)) if times[i] - times[0] < span_ms]
    late = [values[i] for i in range(len(values)) if times[-1] - times[i] < span_ms]
    return abs(sum(late) * len(early) - sum(early) * len(late)), len(early) * len(late)


def _surplus(
    times: list[int], values: list[int], level: int, begin: int, end: int
) -> tuple[int, int]:
    """Each reading stands for the time halfway to its neighbours."""
    total = 0
    last = len(values) - 1
    for i in range(len(values)):
        if values[i] > level and begin <= times[i] <= end:
            total += (values[i] - level) * (times[min(i + 1, last)] - times[max(i - 1, 0)])
    return total, 2
