"""Free flight before an impact, read off the magnitude of the acceleration.

In free flight a sensor measures no gravity, only what its own turning does to it: at a distance r
from the centre of mass of a body that turns with w, |a| = w^2 r. A box that leaves a hand turning
at 8 rad/s with the sensor 8 cm off its centre shows 0.5 g, not zero: a limit near zero misses it.
But whatever the level, it is calm, since nothing touches the body, until the impact comes within
milliseconds. A vehicle in a pothole shows low levels too, and never for long a calm one.

Rules
1. An impact begins where |a| rises to `IMPACT_MG`. The flight's last sample is the latest within
   `RISE_MS` before that which is calm beside the lowest there.
2. The flight is followed backwards: every sample lies within `BAND_MG` plus a quarter of the level
   around the level, which runs along with them in `FOLLOW_MS` (the |a| of a tumbling box sways),
   and below `CEILING_MG`: a box at rest (1 g) that is hit has not fallen. What is under
   `WEIGHTLESS_MG` belongs to it in any case. One sample that breaks this is passed over, two end
   it, and so does an impact.
3. A hand or an edge lets go little by little, and what it no longer carries falls: going back from
   the flight's first sample, each moment counts by the share of the weight that is missing, from
   none at 1 g to all at the flight's level. It ends near 1 g (`CARRIED_MG`), where |a| sinks again
   by `SWAY_MG`, or `RELEASE_MS` before the flight. (Missing weight, integrated, is the speed that
   has been gained: so long would something fall that is let go at once.)
4. The fall lasts from there to halfway behind the flight's last sample. A flight of less than
   `SHORTEST_MS`, what came before it not counted, is none. The first that has two thirds of the
   longest counts: a bounce may fly longer than the fall before it.
5. Without any, the longest stretch under `WEIGHTLESS_MG` counts: something was thrown and caught.

`height_mm` is that of a drop from rest. What was thrown flies up first: then it is an upper bound,
four times the true height where it lands as high as it started.
"""

IMPACT_MG = 1500
RISE_MS = 40
BAND_MG = 120
CEILING_MG = 850
FOLLOW_MS = 40
RELEASE_MS = 200
CARRIED_MG = 950
SWAY_MG = 80
FULL_MG = 1000
WEIGHTLESS_MG = 350
SHORTEST_MS = 60


class Flight:
    """Samples first to last of a free flight, how long it lasts, the impact's sample or None."""

    def __init__(self, first: int, last: int, length_ms: int, impact: int | None) -> None:
        self.first = first
        self.last = last
        self.length_ms = length_ms
        self.impact = impact


def fall(offsets_ms: list[int], magnitude: list[int]) -> "tuple[int, int | None]":
    """Return (milliseconds of free flight, index of the highest sample of the impact behind it).

    Times in milliseconds, rising; |a| in mg, as many. (0, None) where nothing fell; the index is
    None where the flight ends without an impact.
    """
    flight = find_flight(offsets_ms, magnitude)
    return (0, None) if flight is None else (flight.length_ms, flight.impact)


def find_flight(offsets_ms: list[int], magnitude: list[int]) -> Flight | None:
    """Return the flight that counts, or None."""
    flights = []
    for at in range(1, len(magnitude)):
        if magnitude[at] >= IMPACT_MG > magnitude[at - 1]:
            flight = _flight_before(offsets_ms, magnitude, at)
            if flight is not None:
                flights.append(flight)
    if not flights:
        return _weightless(offsets_ms, magnitude)
    longest = max([flight.length_ms for flight in flights])
    found = next(flight for flight in flights if 3 * flight.length_ms >= 2 * longest)
    found.impact = _top(offsets_ms, magnitude, found.impact or 0)
    return found


def height_mm(fall_ms: int) -> int:
    """Return how far something falls in that time, from rest and in free air."""
    return 980_665 * fall_ms * fall_ms // 200_000_000


def _flight_before(times: list[int], values: list[int], at: int) -> Flight | None:
    """The flight that the impact beginning at `at` ends."""
    foot = at - 1
    while foot > 0 and times[at] - times[foot - 1] <= RISE_MS and values[foot - 1] < IMPACT_MG:
        foot -= 1
    lowest = min(values[foot:at])
    last = at - 1
    while values[last] > lowest + BAND_MG:
        last -= 1
    first = last
    level = 16 * values[last]
    strikes = 0
    for i in range(last, -1, -1):
        away = 16 * values[i] - level
        outside = values[i] > CEILING_MG or abs(away) > 16 * BAND_MG + level // 4
        if outside and values[i] > WEIGHTLESS_MG:
            strikes += 1
            if strikes == 2 or values[i] >= IMPACT_MG:
                break
            continue
        step = max(0, times[i + 1] - times[i])
        level += away * step // (FOLLOW_MS + step)
        strikes = 0
        first = i
    if level > 16 * CEILING_MG or _length(times, first, last) < SHORTEST_MS:
        return None
    length = _released(times, values, first, level // 16) + _until(times, last) - times[first]
    return Flight(first, last, length, at)


def _released(times: list[int], values: list[int], first: int, level: int) -> int:
    """How long something would have fallen freely for the speed it has at its first calm sample.

    Of two neighbouring samples the mean counts; a level of 1 g has no weight left to lose.
    """
    missing = 0
    highest = level
    at = first
    while at > 0 and times[first] - times[at - 1] <= RELEASE_MS:
        here, before = max(values[at], level), min(values[at - 1], FULL_MG)
        if before < highest - SWAY_MG:
            break
        highest = max(highest, before)
        missing += (2 * FULL_MG - here - max(before, level)) * (times[at] - times[at - 1])
        at -= 1
        if before >= CARRIED_MG:
            break
    return missing // (2 * (FULL_MG - level)) if level < FULL_MG else 0


def _weightless(times: list[int], values: list[int]) -> Flight | None:
    best = None
    first = -1
    for i in range(len(values)):
        if values[i] > WEIGHTLESS_MG:
            first = -1
            continue
        if first < 0:
            first = i
        length = _length(times, first, i)
        if length >= SHORTEST_MS and (best is None or length > best.length_ms):
            best = Flight(first, i, length, None)
    return best


def _length(times: list[int], first: int, last: int) -> int:
    """From halfway before the first sample to halfway behind the last one."""
    return _until(times, last) - (times[max(first - 1, 0)] + times[first]) // 2


def _until(times: list[int], last: int) -> int:
    return (times[last] + times[min(last + 1, len(times) - 1)]) // 2


def _top(times: list[int], values: list[int], at: int) -> int:
    """The highest sample of the impact that begins at `at`, the first of equals."""
    top = at
    for i in range(at, len(values)):
        if values[i] < IMPACT_MG and times[i] - times[at] > RISE_MS:
            break
        if values[i] > values[top]:
            top = i
    return top
