"""A container's trip: what its own channels say happened, and what the whole system made of it.

What happened is read off the recording alone, never off what the gateway noted: the runs of its
door and mount channels after the departure, and the gaps between its rows.

    the end       the doors are open until the last row: the way ended where they were opened for
                  good; openings within the hour before belong to it
    removed       off its mount for as long as the profile takes for proof, and so no end of a way
    in transit    every other opening

Every recording is replayed with nobody stating departure or arrival: the hardest case for false
alarms, as a trip's end (doors open, tracker taken off) looks like an attack. Where that raised a
flag at a trip's end, it is replayed once more with the arrival stated, as its receiver would, in
the hour in which the doors were opened for good: then the verdicts are those of the way itself.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from cargoseal.policy.profile import Profile, load_profile
from cargoseal.policy.terms import Condition
from cargoseal_wire.constants import DOOR, MOUNT, SHOCK
from models.data.recording import Recording
from models.evaluate.judge import Progress
from models.evaluate.whole_way import Played, play

RAIL, SEA = "dry-goods-rail", "dry-goods-sea"
RAIL_DEVICES = ("B",)  # the set's SOURCE.md; every other device went by sea
FIXED_LIMIT_MG = 5000
ARRIVAL_LEG = "destination"
HOUR_MS = 3_600_000
MONTH_MS = 30 * 24 * HOUR_MS

Span = tuple[int, int]  # from ms, to ms


@dataclass(frozen=True)
class Trip:
    """`arrived` is the replay with the arrival stated, None where it was not needed."""

    recording: Recording
    played: Played
    arrived: Played | None
    openings: list[Span]  # of doors after departure, to the row that says closed or the last row
    off_mount: list[Span]  # after departure
    gaps: list[Span]  # between two rows, longer than the profile's silence
    removed: bool  # off its mount for as long as the profile takes for proof

    @property
    def ended_ms(self) -> int | None:
        """When the doors were opened for good; None where they were not, or by who removed it."""
        return None if self.removed else arrival_ms(self.recording, self.openings)

    @property
    def in_transit(self) -> list[Span]:
        """The openings on the way, which are neither its end nor a removal."""
        if self.removed:
            taken = min((begin for begin, _ in self.off_mount), default=0) - HOUR_MS
        else:
            taken = (self.ended_ms or int(self.recording.times_ms[-1]) + 2 * HOUR_MS) - HOUR_MS
        return [opening for opening in self.openings if opening[0] < taken]

    @property
    def months(self) -> float:
        return float(self.recording.times_ms[-1] - self.recording.times_ms[0]) / MONTH_MS

    @property
    def on_the_way(self) -> Played:
        """The replay whose verdicts are about the way, not about what follows the arrival."""
        return self.arrived or self.played

    @property
    def hard_shocks(self) -> int:
        """Reports of 5 g or more: what a fixed limit would alarm at."""
        return sum((v or 0) >= FIXED_LIMIT_MG for v in self.recording.columns.get(SHOCK, []))


def profile_of(recording: Recording) -> str:
    """Return the shipped profile for a device's way."""
    return RAIL if recording.device in RAIL_DEVICES else SEA


def trip(recording: Recording, file: Path, progress: Progress) -> Trip:
    """Replay a recording and read off its channels what there was to find."""
    name = profile_of(recording)
    profile = load_profile(name)
    departed = departure(recording, profile.departure.secure_minutes or 0)
    openings = [] if departed is None else runs(recording, DOOR, departed)
    off_mount = [] if departed is None else runs(recording, MOUNT, departed)
    removed = any(end - begin >= proof_ms(profile) for begin, end in off_mount)
    silence_ms = profile.silence.minutes * 60_000
    times = recording.times_ms.tolist()
    played = play(file, name, progress)
    flagged = played.worst() > Condition.SOUND
    arrival = arrival_ms(recording, openings)
    arrived = None
    if flagged and not removed and arrival is not None:
        arrived = play(file, name, progress, {ARRIVAL_LEG: _hour(arrival)})
    gaps = [(a, b) for a, b in pairwise(times) if b - a > silence_ms]
    return Trip(recording, played, arrived, openings, off_mount, gaps, removed)


def flagged_ms(profile: Profile) -> int:
    """Return how long off its mount is flagged."""
    return (profile.tamper.flagged_minutes or 0) * 60_000 if profile.tamper else 0


def proof_ms(profile: Profile) -> int:
    """Return how long off its mount is proof of a removed tracker."""
    return (profile.tamper.compromised_minutes or 0) * 60_000 if profile.tamper else 0


def departure(recording: Recording, secure_minutes: int) -> int | None:
    """Return when the tracker had first been on its mount, door closed, for that long."""
    since: int | None = None
    state = {DOOR: 0, MOUNT: 0}
    for row, time_ms in enumerate(recording.times_ms.tolist()):
        for channel, before in state.items():
            value = recording.columns[channel][row]
            state[channel] = before if value is None else value
        if any(state.values()):
            since = None
        elif since is None:
            since = time_ms
        elif time_ms - since >= secure_minutes * 60_000:
            return int(time_ms)
    return None


def runs(recording: Recording, channel: int, from_ms: int) -> list[Span]:
    """Return when a state was 1 from a moment on: from its first row to the row that ends it."""
    out: list[Span] = []
    begin: int | None = None
    for row, time_ms in enumerate(recording.times_ms.tolist()):
        value = recording.columns[channel][row]
        if value == 1 and begin is None and time_ms >= from_ms:
            begin = time_ms
        elif value == 0 and begin is not None:
            out.append((begin, time_ms))
            begin = None
    last = int(recording.times_ms[-1])
    return out if begin is None else [*out, (begin, last)]


def arrival_ms(recording: Recording, openings: list[Span]) -> int | None:
    """Return when the doors were opened for good, None where they are closed at the end."""
    if not openings or openings[-1][1] < int(recording.times_ms[-1]):
        return None
    return openings[-1][0]


def _hour(moment_ms: int) -> str:
    moment = datetime.fromtimestamp(moment_ms // HOUR_MS * HOUR_MS / 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
