"""Checks over a node's segments, as the gateway makes them, without the signature."""

import hashlib

from cargoseal_wire.constants import NO_SEGMENT
from cargoseal_wire.sections import (
    decode_claim,
    decode_location,
    decode_readings,
    section_digest,
)
from cargoseal_wire.segment import decode_seal, decode_segment, seal_digest
from cargoseal_wire.statement import decode_statement


class Opened:
    """One decoded segment."""

    def __init__(self, data):
        self.segment = decode_segment(data)
        self.seal = decode_seal(self.segment.seal)
        self.statement = decode_statement(self.segment.statement)
        self.claim = decode_claim(self.segment.claim)
        self.readings = decode_readings(self.segment.readings, self.statement.count)
        self.location = decode_location(self.segment.location)
        assert self.seal.payload == hashlib.sha256(self.segment.statement).digest()
        assert self.seal.node == self.statement.node
        assert section_digest(self.segment.claim) == self.statement.claim_digest
        assert section_digest(self.segment.readings) == self.statement.readings_digest
        assert section_digest(self.segment.location) == self.statement.location_digest

    def wall_times(self):
        return [self.statement.start_ms + offset for offset in self.readings.offsets_ms]


def opened(segments):
    """The segments (counter -> bytes) in order of counters, each checked alone."""
    return [Opened(segments[counter]) for counter in sorted(segments)]


def assert_unbroken(segments):
    """Nothing is missing: each names the seal before it, whatever numbers were skipped."""
    previous = NO_SEGMENT
    for item in opened(segments):
        assert item.statement.previous == previous
        previous = seal_digest(item.segment.seal)
