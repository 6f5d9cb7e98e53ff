"""What an accelerometer feels of simple things, and the simplest detector of handling."""

from cargoseal_score import blob
from cargoseal_score.model import (
    KIND_CLIMATE,
    KIND_HANDLING,
    LINEAR,
    MAGNITUDE,
    MAX,
    Feature,
    Model,
)

STEP_MS = 10
DIGEST = bytes(32)


def peak_model(kind=KIND_HANDLING, channel=MAGNITUDE):
    """A baseline: its input is the peak in steps of 128 mg, its score the square of that."""
    return blob.pack(Model(DIGEST, kind, 0, [Feature(channel, MAX, LINEAR, 7, 0, 1)], []))


def climate_model():
    """A baseline on the temperature."""
    return peak_model(KIND_CLIMATE, 0)


def rest(from_ms, for_ms, step_ms=STEP_MS):
    """Lying still."""
    return [(at, 0, 0, 1000) for at in range(from_ms, from_ms + for_ms, step_ms)]


def drop(from_ms, fall_ms=300, peak_mg=8000, step_ms=STEP_MS):
    """At rest for two seconds, falling, one sample of impact, at rest for two seconds."""
    samples = rest(from_ms, 2000, step_ms)
    falls = from_ms + 2000
    samples += [(at, 20, -10, 30) for at in range(falls, falls + fall_ms, step_ms)]
    lands = falls + fall_ms
    samples.append((lands, 0, 0, peak_mg))
    return samples + rest(lands + step_ms, 2000, step_ms)


def bump(from_ms, peak_mg=2600, step_ms=STEP_MS):
    """A shock without a fall, as of a road: one sample out of rest."""
    samples = rest(from_ms, 2000, step_ms)
    samples.append((from_ms + 2000, 0, 0, peak_mg))
    return samples + rest(from_ms + 2000 + step_ms, 2000, step_ms)
