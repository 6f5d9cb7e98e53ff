"""Which bursts of the recordings are judged, and what is true of each.

    kind       what                                                      true    unit of drawing
    fall       the burst that a node cuts around a throw's or a fall's   loud    the throw or fall
               landing
    rebound    what flies up from a landing and comes down again: the    loud    the same
               recording from inside that flight on, as if the node had
               been busy until then (bursts never overlap)
    handled    between two throws or before the first, without the last  quiet   the same
               half second, which is the push: lifted, carried, turned
    road       a series                                                  quiet   the series
    ride       every 10 s of a ride                                      quiet   the ride

Of what is quiet the bursts that a node cuts are judged; where it cuts none, the burst around the
highest sample.

Rides and roads hardly ever start a burst (2 g, or 0.06 s below 0.5 g): judging the trigger and the
score together would be no trial of the score. `natural` tells which bursts a node would have
sealed.

No set says when a flight begins. FLIGHTS were read off by eye, from the magnitude and all three
axes: the time in which |a| stays low and calm between release and landing. REBOUNDS are the flights
after it in which all axes are calm, where they last as long as a fall from 10 cm (0.143 s), the
least that a drop is here; four shorter ones (0.115 to 0.125 s) belong to neither side, and the
box's throws onto a pillow have none that is beyond doubt. Times are milliseconds from a recording's
first row.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.data.bursts import Burst, around_peak, cut
from models.data.catalogue import load
from models.data.recording import MissingSetError, Recording

FALL, REBOUND, HANDLED, ROAD, RIDE = "fall", "rebound", "handled", "road", "ride"
KINDS = (FALL, REBOUND, HANDLED, ROAD, RIDE)
LOUD = (FALL, REBOUND)
BOX, PHONE = "bosch_xdk_box", "phone_freefall"
ROADS, TRANSIT = "road_anomalies_50hz", "transit_vibration_500hz"
SETS = (BOX, PHONE, ROADS, TRANSIT)
ROUGH = "rough_handling_20190402"
CAR = "car_transport_1103"

FLIGHTS = {
    "throw_2m_x10": (
        (316_560, 317_149), (320_870, 321_480), (325_710, 326_340), (330_360, 330_940),
        (334_620, 335_190), (339_081, 339_642), (343_431, 343_981), (347_801, 348_381),
        (352_161, 352_701), (356_531, 357_151),
    ),
    ROUGH: (
        (24_315, 24_865), (29_766, 30_277), (34_187, 34_687), (38_337, 38_858), (42_887, 43_367),
    ),
    "fall_13": ((2_811, 3_467),),
    "fall_14": ((4_125, 4_756),),
    "fall_15": ((3_048, 3_688),),
    "fall_16": ((4_213, 4_869),),
    "up_and_down_2": ((1_750, 2_608),),
    "up_and_down_3": ((1_810, 2_768),),
    "up_and_down_4": ((1_115, 1_993),),
    "up_and_down_5": ((1_533, 2_390),),
    "up_and_down_6": ((1_245, 2_076),),
}  # fmt: skip
REBOUNDS = {
    ROUGH: ((24_940, 25_165), (30_350, 30_580), (34_750, 34_975)),
    "up_and_down_2": ((2_665, 2_960),),
    "up_and_down_3": ((2_815, 3_110),),
    "up_and_down_4": ((2_050, 2_340),),
    "up_and_down_5": ((2_450, 2_715),),
    "up_and_down_6": ((2_125, 2_490),),
}
AFTER_LANDING_MS = 1500
SETTLED_MS = 1000
PUSH_MS = 500
PIECE_MS = 10_000
LEAST_MS = 500  # of a stretch between throws


@dataclass(frozen=True)
class Case:
    """A burst with what is true of it. `flight`: its free flight, from and to, in stream time."""

    kind: str
    unit: str
    recording: str
    burst: Burst
    natural: bool
    flight: tuple[int, int] | None = None


@dataclass(frozen=True)
class Stream:
    """A recording as a stream: times from its first row [n], accelerations [n, 3]."""

    set: str
    name: str
    times_ms: NDArray[np.int64]
    mg: NDArray[np.int64]

    @property
    def seconds(self) -> float:
        return float(self.times_ms[-1]) / 1000.0

    def part(self, begin: int, end: int) -> "Stream":
        """Return the samples from `begin` on and before `end`."""
        inside = (self.times_ms >= begin) & (self.times_ms < end)
        return Stream(self.set, self.name, self.times_ms[inside], self.mg[inside])


def streams(data: Path, name: str) -> list[Stream] | None:
    """Return a set's recordings as streams, None where DATA does not have it.

    An axis that was not recorded counts as 0: of the roads only the vertical one is known.
    """
    try:
        recordings: list[Recording] = load(data, name)
    except MissingSetError:
        return None
    return [_stream(recording) for recording in recordings]


def _stream(recording: Recording) -> Stream:
    count = len(recording)
    axes = [recording.columns.get(c, [0] * count) for c in (12, 13, 14)]
    known = np.array([None not in row for row in zip(*axes, strict=True)])
    mg = np.array([[0 if v is None else v for v in axis] for axis in axes], np.int64).T
    times = recording.times_ms - recording.times_ms[0]
    return Stream(recording.set, recording.name, times[known], mg[known])


def cases(found: list[Stream]) -> list[Case]:
    """Return every burst that is judged."""
    out: list[Case] = []
    for stream in found:
        if stream.name in FLIGHTS:
            out += [*_falls(stream), *_rebounds(stream), *_handled(stream)]
        elif stream.set == ROADS:
            out += _quiet(stream, ROAD, stream.name)
        else:
            out += _pieces(stream)
    return out


def _unit(stream: Stream, number: int) -> str:
    return f"{stream.name}/{number + 1}"


def _falls(stream: Stream) -> Iterator[Case]:
    """A flight without a burst over its end would be a miss: it fails loudly here."""
    bursts = cut(stream.times_ms, stream.mg)
    for number, (begin, end) in enumerate(FLIGHTS[stream.name]):
        over = next(b for b in bursts if b.start_ms <= end <= b.end_ms)
        yield Case(FALL, _unit(stream, number), stream.name, over, True, (begin, end))


def _rebounds(stream: Stream) -> Iterator[Case]:
    landings = [end for _, end in FLIGHTS[stream.name]]
    for begin, end in REBOUNDS.get(stream.name, ()):
        number = max(i for i, landing in enumerate(landings) if landing < begin)
        rest = stream.part(begin, landings[number] + AFTER_LANDING_MS)
        for burst in cut(rest.times_ms, rest.mg)[:1]:
            unit = _unit(stream, number)
            yield Case(REBOUND, unit, stream.name, burst, False, (begin, end))


def _handled(stream: Stream) -> Iterator[Case]:
    """What lies between the throws, without pushes, flights and the settling after them."""
    settled = int(stream.times_ms[0])
    for number, (begin, end) in enumerate(FLIGHTS[stream.name]):
        between = stream.part(settled, begin - PUSH_MS)
        settled = end + SETTLED_MS
        if not len(between.times_ms) or np.ptp(between.times_ms) < LEAST_MS:
            continue
        yield from _quiet(between, HANDLED, _unit(stream, number))


def _pieces(stream: Stream) -> Iterator[Case]:
    """Nothing for streams too slow to hold a burst, such as the car's two samples a second."""
    last = int(stream.times_ms[-1])
    for begin in range(0, last - PIECE_MS // 2, PIECE_MS):
        piece = stream.part(begin, begin + PIECE_MS)
        if len(piece.times_ms) >= PIECE_MS // 100:
            yield from _quiet(piece, RIDE, stream.name)


def _quiet(part: Stream, kind: str, unit: str) -> Iterator[Case]:
    natural = cut(part.times_ms, part.mg)
    for burst in natural or [around_peak(part.times_ms, part.mg)]:
        yield Case(kind, unit, part.name, burst, bool(natural))
