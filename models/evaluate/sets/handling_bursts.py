"""Which bursts of the recordings are judged, and what is true of each.

    kind       what                                                      true    belongs to
    fall       the burst that a node cuts around a throw's or a fall's   loud    the throw or fall
               landing; in a recording that its set labels as a fall,
               and whose flight nobody has read off, around its highest
               sample
    rebound    what flies up from a landing and comes down again: the    loud    the same
               recording from inside that flight on, as if the node had
               been busy until then (bursts never overlap)
    handled    between two throws or before the first, without the last  quiet   the same
               half second, which is the push: lifted, carried, turned
    road       a series                                                  quiet   the series
    ride       every 10 s of a ride                                      quiet   the ride

Of what is quiet the bursts that a node cuts are judged; where it cuts none, the burst around the
highest sample. A fall of which a node cuts no burst is judged as well: as one that is missed.

Rides and roads hardly ever start a burst (2 g, or 0.06 s below 0.5 g): judging the trigger and the
score together would be no trial of the score. `natural` tells which bursts a node would have
sealed.

What is true of a recording is in `handling_labels`; which give no case, in `handling_streams`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from models.data.bursts import Burst, around_peak, cut
from models.evaluate.sets.handling_labels import FLIGHTS, REBOUNDS, ROADS
from models.evaluate.sets.handling_streams import Stream, left_out

FALL, REBOUND, HANDLED, ROAD, RIDE = "fall", "rebound", "handled", "road", "ride"
KINDS = (FALL, REBOUND, HANDLED, ROAD, RIDE)
LOUD = (FALL, REBOUND)
AFTER_LANDING_MS = 1500
SETTLED_MS = 1000
PUSH_MS = 500
PIECE_MS = 10_000
LEAST_MS = 500  # of a stretch between throws


@dataclass(frozen=True)
class Case:
    """A burst with what is true of it; None where a node would cut none of something loud.

    `span`: from and to when it happens, in stream time: the flight, or what the burst holds.
    """

    kind: str
    set: str
    recording: str
    span: tuple[int, int]
    burst: Burst | None
    natural: bool

    @property
    def start_ms(self) -> int:
        return self.span[0] if self.burst is None else self.burst.start_ms

    @property
    def end_ms(self) -> int:
        return self.span[1] if self.burst is None else self.burst.end_ms


def cases(found: Sequence[Stream]) -> list[Case]:
    """Return every burst that is judged, each recording's in order of time."""
    out: list[Case] = []
    for stream in found:
        if not left_out(stream):
            out += sorted(_cases(stream), key=lambda case: (case.start_ms, case.end_ms))
    return out


def _cases(stream: Stream) -> Iterator[Case]:
    if stream.name in FLIGHTS:
        flights = stream.flights
        yield from _falls(stream, flights)
        yield from _rebounds(stream, flights)
        yield from _handled(stream, flights)
    elif stream.falls:
        yield from _labelled(stream)
    elif stream.set == ROADS:
        yield from _quiet(stream, ROAD)
    else:
        yield from _pieces(stream)


def _falls(stream: Stream, flights: Sequence[tuple[int, int]]) -> Iterator[Case]:
    bursts = cut(stream.times_ms, stream.mg)
    for begin, end in flights:
        over = next((b for b in bursts if b.start_ms <= end <= b.end_ms), None)
        yield Case(FALL, stream.set, stream.name, (begin, end), over, over is not None)


def _labelled(stream: Stream) -> Iterator[Case]:
    """One fall somewhere in the recording; its landing is taken to be the highest sample."""
    peak = around_peak(stream.times_ms, stream.mg)
    top = int(stream.times_ms[int((stream.mg**2).sum(axis=1).argmax())])
    bursts = cut(stream.times_ms, stream.mg)
    over = next((b for b in bursts if b.start_ms <= top <= b.end_ms), None)
    span = (peak.start_ms, top)
    yield Case(FALL, stream.set, stream.name, span, over, over is not None)


def _rebounds(stream: Stream, flights: Sequence[tuple[int, int]]) -> Iterator[Case]:
    landings = [end for _, end in flights]
    for begin, end in REBOUNDS.get(stream.name, ()):
        before = [landing for landing in landings if landing < begin]
        rest = stream.part(begin, max(before, default=begin) + AFTER_LANDING_MS)
        for burst in cut(rest.times_ms, rest.mg)[:1]:
            yield Case(REBOUND, stream.set, stream.name, (begin, end), burst, False)


def _handled(stream: Stream, flights: Sequence[tuple[int, int]]) -> Iterator[Case]:
    """What lies between the throws, without pushes, flights and the settling after them."""
    settled = int(stream.times_ms[0])
    for begin, end in flights:
        between = stream.part(settled, begin - PUSH_MS)
        settled = end + SETTLED_MS
        if len(between.times_ms) and np.ptp(between.times_ms) >= LEAST_MS:
            yield from _quiet(between, HANDLED)


def _pieces(stream: Stream) -> Iterator[Case]:
    last = int(stream.times_ms[-1])
    for begin in range(0, last - PIECE_MS // 2, PIECE_MS):
        piece = stream.part(begin, begin + PIECE_MS)
        if len(piece.times_ms) >= PIECE_MS // 100:
            yield from _quiet(piece, RIDE)


def _quiet(part: Stream, kind: str) -> Iterator[Case]:
    natural = cut(part.times_ms, part.mg)
    for burst in natural or [around_peak(part.times_ms, part.mg)]:
        span = (burst.start_ms, burst.end_ms)
        yield Case(kind, part.set, part.name, span, burst, bool(natural))
