"""Readings that were sealed before: a recorded curve that is played to a sensor, or to a node.

Two real curves are alike, but not in every last digit: a sensor's noise alone makes a run of
changes unlikely to come again. What is compared are the changes from reading to reading, so that a
curve that was moved up or down is found as well, and one that starts at another place of a window.

Rules
1. Of every run of the rule's number of changes a fingerprint is made; of every `WINDOW` ones that
   follow each other the least is kept (winnowing: Schleimer, Wilkerson and Aiken, SIGMOD 2003). A
   repetition of `readings` + `WINDOW` changes is always found, one of fewer than `readings` never.
2. A run counts only when it is rich: at least half of its changes are not 0, and at least a quarter
   of as many different ones occur. A compressor's cycle in steps of 0.1 K does repeat by itself.
3. Of the windows of one shipment that have a run in common, of one node or of several, all but the
   earliest repeat it, by their nodes' clocks, in whatever order they came.
4. Bounded: at most `MAX_PRINTS` fingerprints are kept, the first ones.
"""

import hashlib
from itertools import pairwise
from typing import NamedTuple

from cargoseal.policy.plausibility.rules import Replay
from cargoseal.policy.plausibility.windows import Seen
from cargoseal_wire.constants import CHANNELS, HUMIDITY, PRESSURE, PROBE, TEMPERATURE

WATCHED = (TEMPERATURE, HUMIDITY, PRESSURE, PROBE)
WINDOW = 8
MAX_PRINTS = 65_536


class Origin(NamedTuple):
    """Where a run begins: sorted by time, so that of two the later one repeats."""

    start_ms: int
    node: bytes
    counter: int


class Repeat(NamedTuple):
    """The later of two runs that are the same, and the earlier one."""

    later: Origin
    earlier: Origin
    channel: str


class ReplayCheck:
    """The check over all nodes of a shipment."""

    def __init__(self, rule: Replay) -> None:
        self._length = rule.readings
        self._known: dict[bytes, Origin] = {}

    def add(self, seen: Seen) -> list[Repeat]:
        """Takes a window; the first repetition of each channel that it brings to light."""
        found = []
        for channel in WATCHED:
            points = seen.channels.get(channel, [])
            repeat = self._first(seen, channel, [value for _, value in points], points[:1])
            found += [repeat] if repeat else []
        return found

    def _first(
        self, seen: Seen, channel: int, values: list[int], first: list[tuple[int, int]]
    ) -> Repeat | None:
        repeat = None
        for print_ in _winnowed(fingerprints(channel, values, self._length)):
            here = Origin(first[0][0], seen.node, seen.counter)
            there = self._known.get(print_)
            if there is None:
                if len(self._known) < MAX_PRINTS:
                    self._known[print_] = here
            elif there[1:] != here[1:]:
                earlier, later = sorted((here, there))
                self._known[print_] = earlier
                repeat = repeat or Repeat(later, earlier, CHANNELS[channel][0])
        return repeat


def fingerprints(channel: int, values: list[int], length: int) -> list[bytes]:
    """Eight bytes for each rich run of `length` changes."""
    changes = [later - earlier for earlier, later in pairwise(values)]
    found = []
    for at in range(len(changes) - length + 1):
        run = changes[at : at + length]
        if is_rich(run):
            text = f"{channel}:{','.join(map(str, run))}".encode()
            found.append(hashlib.blake2b(text, digest_size=8).digest())
    return found


def is_rich(run: list[int]) -> bool:
    """Whether a run of changes is improbable enough (rule 2)."""
    return 2 * sum(change != 0 for change in run) >= len(run) and 4 * len(set(run)) >= len(run)


def _winnowed(prints: list[bytes]) -> list[bytes]:
    """The least of every WINDOW neighbouring fingerprints, each once."""
    if not prints:
        return []
    kept = [min(prints[at : at + WINDOW]) for at in range(max(1, len(prints) - WINDOW + 1))]
    return list(dict.fromkeys(kept))
