"""What a package feels when people and machines handle it: drops, throws, tips, hits, and care.

The specific force on the sensor (what an accelerometer measures: 1 g upwards at rest, nothing in
free fall) in g, in the body's axes, at `INNER_HZ`. Every event is put together from phases:

    phase        physics                                  parameters, drawn per event
    at rest      1 g along `up`                           tremor 0 to 10 mg
    carried      steps, sway; four in ten are turned      1.5-2.3 Hz, 0.03-0.25 g, heel 0.1-0.8 g;
                 over                                     by 17-180 degrees
    release      support fades, the fall begins with it   hands 15-90 ms, edge 5-40 ms after tilting
    tilting      turning over an edge, support goes down  100-300 ms, 10-50 degrees, to 75-97 %
    flight       w x (w x r) + w' x r, w precessing       spin 0-9 rad/s, sensor 0-14 cm off the
                 (a free symmetric body), air drag        centre, terminal speed 12-60 m/s; rattling
                                                          contents in one of seven
    impact       half sine of velocity change             hard 2-6, carton 6-16, soft 16-50 ms,
                 0.4-1.3 x (1 + e) v, up to 60 degrees    pillow 50-110; ringing 40-300 Hz, 5-40 %
                 off the vertical (corners), then bounces  e 0-0.55, spin anew, until 30 ms
    settling     rocking, dying out                       3-9 Hz, 0.1-0.8 g
    toppling     a block over its edge, integrated:       height 0.2-1.2 m, base 0.25-0.6 of it
                 phi'' = 3 g / (4 R) sin phi
    hit          half sine across, then sliding           kicks, running against: 1-4 m/s in 2-15
                 at mu = 0.2-0.6                          ms; bumps in normal handling 0.1-0.8 m/s

Drops are from 0.1 to 2 m (log-uniform; ISTA 1A drops parcels from 0.2 to 0.96 m), throws fly 0.3 to
1 s. Normal handling drops the last 0.5 to 5 cm when a package is set down: that is the border, and
nothing between 5 and 10 cm is simulated. Impact durations are those of the usual packaging
textbooks (2-6 ms bare on concrete, 6-16 ms in cartons); those of phone_freefall (CC0 1.0, training
part: 2 m onto something soft) last 16-50 ms, and 50-110 ms when it comes down again.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.simulate.accelerometer import INNER_HZ, Floats, any_direction

G = 9.80665
HEIGHT_M = (0.10, 2.0)
SET_DOWN_M = (0.005, 0.05)
SPIN_RAD_S = (0.0, 9.0)
OFF_CENTRE_M = (0.0, 0.14)
SURFACES_MS = {
    "hard": (2.0, 6.0),
    "carton": (6.0, 16.0),
    "soft": (16.0, 50.0),
    "pillow": (50.0, 110.0),
}
HANDS_S = (0.015, 0.090)
EDGE_S = (0.005, 0.040)
TILT_S = (0.10, 0.30)
EDGE_HOLDS = (0.75, 0.97)
TURNED = 0.4
BEFORE_S = (0.4, 1.6)
AFTER_S = 0.9
REBOUND_S = 0.12

DROP = "drop"
THROW = "throw"
TIP = "tip"
HIT = "hit"
FAULTS = (DROP, THROW, TIP, HIT)
PUT_DOWN = "put_down"
PICKED_UP = "picked_up"
BUMPED = "bumped"
KNOCKED = "knocked"
ON_A_CONVEYOR = "on_a_conveyor"
OVER_A_KERB = "over_a_kerb"
CARRIED = "carried"
NORMAL_HANDLING = (PUT_DOWN, PICKED_UP, BUMPED, KNOCKED, ON_A_CONVEYOR, OVER_A_KERB, CARRIED)


@dataclass(frozen=True)
class Drop:
    """A drop as one wants it; what is None is drawn."""

    height_m: float | None = None
    spin_rad_s: float | None = None
    off_centre_m: float | None = None
    surface: str | None = None


@dataclass(frozen=True)
class Event:
    """force_g [steps, 3]; at_ms: when it happens, of a fall the landing; height_m: of a drop;
    fall_ms: how long the fall is, of a drop as if it was let go at once, 0 without one;
    rebound_ms: from when to when it flies up and down again, (0, 0) for less than `REBOUND_S`."""

    force_g: Floats
    at_ms: float = 0.0
    fall_ms: float = 0.0
    height_m: float = 0.0
    rebound_ms: tuple[float, float] = (0.0, 0.0)


def simulate(rng: np.random.Generator, kind: str, wanted: Drop | None = None) -> Event:
    """Return one event of a kind of FAULTS or NORMAL_HANDLING."""
    if kind == DROP:
        return _drop(rng, wanted or Drop())
    return _KINDS[kind](rng)


def _drop(rng: np.random.Generator, wanted: Drop) -> Event:
    height = wanted.height_m or _log_uniform(rng, *HEIGHT_M)
    up = any_direction(rng)
    parts = [_quiet_or_carried(rng, up, rng.uniform(*BEFORE_S))]
    ups, support = _letting_go(rng, up)
    seconds, begin, end = _free_flight(height, support)
    flight, end_up = _flight(rng, ups[-1], seconds, begin, wanted.spin_rad_s, wanted.off_centre_m)
    free = (1.0 - support / EDGE_HOLDS[0]).clip(0.0, 1.0)
    parts += [ups * support[:, None] + flight[0] * free[:, None], flight]
    landing = _landing(rng, end_up, end, wanted.surface)
    return _event(parts, landing, 1000.0 * float(np.sqrt(2.0 * height / G)), height)


def _letting_go(rng: np.random.Generator, up: Floats) -> tuple[Floats, Floats]:
    """Return where up is [steps, 3] and how much of its weight a package still rests on [steps].

    Hands open; or it first turns over an edge, which takes more and more of its weight away.
    """
    if rng.random() >= 0.4:
        support = _fading(rng.uniform(*HANDS_S))
        return np.tile(up, (len(support), 1)), support
    tilt = np.linspace(0.0, 1.0, _steps(rng.uniform(*TILT_S)))
    fade = _fading(rng.uniform(*EDGE_S))
    held = rng.uniform(*EDGE_HOLDS)
    angle = np.radians(rng.uniform(10.0, 50.0)) * tilt**2
    ups = _turned(up, across(rng, up), angle)
    rest = np.tile(ups[-1], (len(fade), 1))
    support = np.concatenate((1.0 - (1.0 - held) * tilt, held * fade))
    return np.concatenate((ups, rest)), support


def _fading(seconds: float) -> Floats:
    """Return a support that fades from 1 to 0."""
    t = (np.arange(_steps(seconds)) + 0.5) / _steps(seconds)
    return np.asarray(1.0 - t * t * (3 - 2 * t))


def _free_flight(height_m: float, support: Floats) -> tuple[float, float, float]:
    """Return seconds of flight after the support is gone, the speed at its begin and its end.

    While support fades the body already falls.
    """
    speeds = np.cumsum(1.0 - support) * G / INNER_HZ
    begin = float(speeds[-1])
    left = max(height_m - float(speeds.sum()) / INNER_HZ, 0.2 * height_m)
    end = float(np.sqrt(begin**2 + 2.0 * G * left))
    return (end - begin) / G, begin, end


def _throw(rng: np.random.Generator) -> Event:
    up = any_direction(rng)
    parts = [_carried(rng, up, rng.uniform(*BEFORE_S))]
    push = (up + rng.normal(0.0, 0.3, 3)) * rng.uniform(1.5, 3.2)
    steps = _steps(rng.uniform(0.15, 0.5))
    rise = np.linspace(0.0, 1.0, steps)[:, None] ** rng.uniform(1.0, 2.5)
    parts.append(np.asarray(up * (1.0 - rise) + push * rise))
    seconds = rng.uniform(0.3, 1.0)
    rising = rng.uniform(0.1, 0.55) * seconds
    flight, end_up = _flight(rng, up, seconds, -rising * G, None, None)
    parts += [_fade(push, flight[0], rng.uniform(0.02, 0.08)), flight]
    landing = _landing(rng, end_up, (seconds - rising) * G, None)
    return _event(parts, landing, 1000.0 * seconds)


def _tip(rng: np.random.Generator) -> Event:
    """A block pushed over its lower edge; phi is its centre's angle from the vertical."""
    height = rng.uniform(0.2, 1.2)
    base = height * rng.uniform(0.25, 0.6)
    radius = 0.5 * float(np.hypot(height, base))
    start = np.arctan2(base, height)
    angle, rate = 0.02, rng.uniform(0.1, 0.8)
    angles: list[float] = []
    rates: list[float] = []
    turns: list[float] = []
    while angle < np.pi / 2 - start and len(angles) < 3 * INNER_HZ:
        turning = 0.75 * G / radius * np.sin(angle)
        rate += turning / INNER_HZ
        angle += rate / INNER_HZ
        angles.append(angle)
        rates.append(rate)
        turns.append(turning)
    at = np.array([-base * rng.uniform(0, 1), height * rng.uniform(0.1, 1.0)])
    lean = np.array(angles) + start
    w2, turned = np.array(rates) ** 2, np.array(turns)
    plane = np.stack(
        [
            -np.sin(lean) - (w2 * at[0] - turned * at[1]) / G,
            np.cos(lean) - (w2 * at[1] + turned * at[0]) / G,
        ],
        axis=1,
    )
    force = np.concatenate([plane, np.zeros((len(plane), 1))], axis=1)
    push = np.linspace(0.0, 1.0, _steps(rng.uniform(0.1, 0.4)))[:, None]
    before = np.array([0.0, 1.0, 0.0])
    end_up = np.array([-1.0, 0.0, 0.0])
    parts = [
        _quiet_or_carried(rng, before, rng.uniform(*BEFORE_S)),
        before * (1 - push) + force[0] * push,
        force,
    ]
    speed = float(rates[-1] * np.hypot(*at))
    return _event(parts, _landing(rng, end_up, speed, None, bounce=(0.0, 0.2)))


def _hit(rng: np.random.Generator) -> Event:
    up = any_direction(rng)
    aside = across(rng, up)
    speed = rng.uniform(1.0, 4.0)
    before = [_quiet_or_carried(rng, up, rng.uniform(*BEFORE_S))]
    parts = [up + pulse(rng, aside, speed, rng.uniform(2.0, 15.0))]
    parts.append(_sliding(rng, up, -aside, rng.uniform(0.1, 0.5)))
    if rng.random() < 0.4:
        parts.append(up - pulse(rng, aside, speed * rng.uniform(0.4, 1.0), rng.uniform(2.0, 12)))
    parts.append(_settling(rng, up, AFTER_S))
    return _event(before, parts)


def _put_down(rng: np.random.Generator) -> Event:
    up = any_direction(rng)
    parts = [_carried(rng, up, rng.uniform(*BEFORE_S))]
    steps = _steps(rng.uniform(0.2, 0.6))
    parts.append(up * (1.0 - 0.25 * np.sin(np.linspace(0, 2 * np.pi, steps)))[:, None])
    height = _log_uniform(rng, *SET_DOWN_M)
    letting_go = min(rng.uniform(*HANDS_S), float(np.sqrt(height / G)))
    seconds, _, speed = _free_flight(height, _fading(letting_go))
    held = rng.uniform(0.0, 0.6) if rng.random() < 0.5 else 0.0
    slower = float(np.sqrt(1.0 - held))
    flight, end_up = _flight(rng, up, seconds / slower, 0.0, rng.uniform(0.0, 1.5), None)
    flight = flight * (1.0 - held) + up * held
    parts += [_fade(up, flight[0], letting_go), flight]
    landing = _landing(rng, end_up, speed * slower, None, (0.0, 0.3), (0.5, 1.0))
    return _event(parts, landing, 1000.0 * float(np.sqrt(2.0 * height / G)), height)


def _picked_up(rng: np.random.Generator) -> Event:
    up = any_direction(rng)
    jerk = np.hanning(_steps(rng.uniform(0.08, 0.4)))[:, None] * rng.uniform(0.3, 1.8)
    sag = np.hanning(_steps(rng.uniform(0.1, 0.4)))[:, None] * rng.uniform(0.1, 0.6)
    parts = [_rest(rng, up, rng.uniform(*BEFORE_S))]
    if rng.random() < 0.6:
        push = pulse(rng, any_direction(rng), rng.uniform(0.05, 0.6), rng.uniform(4, 40))
        parts.append(up + push)
    parts += [up * (1 + jerk), up * (1 - sag), _carried(rng, up, AFTER_S + rng.uniform(0, 0.6))]
    return Event(np.concatenate(parts))


def _bumped(rng: np.random.Generator) -> Event:
    """Pushed along, against a neighbour, into a shelf."""
    up = any_direction(rng)
    aside = across(rng, up)
    parts = [_quiet_or_carried(rng, up, rng.uniform(*BEFORE_S))]
    for _ in range(int(rng.integers(1, 4))):
        parts.append(_sliding(rng, up, aside, rng.uniform(0.05, 0.5)))
        parts.append(up + pulse(rng, -aside, rng.uniform(0.15, 0.8), rng.uniform(3.0, 30.0)))
    parts.append(_settling(rng, up, AFTER_S, 0.2))
    return Event(np.concatenate(parts))


def _knocked(rng: np.random.Generator) -> Event:
    """Knuckles, a tape dispenser, a scanner: hard, short, and nothing moves."""
    up = any_direction(rng)
    parts = [_rest(rng, up, rng.uniform(*BEFORE_S))]
    for _ in range(int(rng.integers(1, 5))):
        knock = pulse(rng, any_direction(rng), rng.uniform(0.03, 0.25), rng.uniform(1, 4))
        parts.append(up + knock)
        parts.append(_rest(rng, up, rng.uniform(0.05, 0.4)))
    parts.append(_rest(rng, up, AFTER_S))
    return Event(np.concatenate(parts))


def _on_a_conveyor(rng: np.random.Generator) -> Event:
    """Rollers shake, gaps bump, a diverter pushes aside."""
    up = any_direction(rng)
    seconds = rng.uniform(2.0, 3.0)
    force = _rest(rng, up, seconds) + noise(rng, seconds, rng.uniform(0.02, 0.15), (8.0, 80.0))
    aside = across(rng, up)
    for at in np.arange(rng.uniform(0.1, 0.6), seconds - 0.1, rng.uniform(0.25, 1.0)):
        way = up if rng.random() < 0.7 else aside
        add(force, at, pulse(rng, way, rng.uniform(0.05, 0.5), rng.uniform(4.0, 25.0)))
    if rng.random() < 0.5:
        diverter = pulse(rng, aside, rng.uniform(0.3, 0.8), rng.uniform(10.0, 60.0))
        add(force, rng.uniform(0.8, seconds - 0.5), diverter)
    return Event(force)


def _over_a_kerb(rng: np.random.Generator) -> Event:
    """A hand truck's wheels roll, lift and drop from a step: one side falls, the other is held."""
    up = any_direction(rng)
    roll = _rest(rng, up, rng.uniform(*BEFORE_S))
    roll = roll + noise(rng, len(roll) / INNER_HZ, rng.uniform(0.03, 0.2), (5.0, 60.0))
    parts = [roll]
    for _ in range(int(rng.integers(1, 4))):
        held = rng.uniform(0.3, 0.8)
        seconds = rng.uniform(0.04, 0.13)
        side = up + 0.2 * across(rng, up)
        parts.append(_fade(up, side * held, rng.uniform(0.01, 0.05)))
        parts.append(side * held + noise(rng, seconds, rng.uniform(0.02, 0.2), (5.0, 60.0)))
        speed = (1 - held) * G * seconds * rng.uniform(0.8, 1.3) + rng.uniform(0.0, 0.3)
        parts.append(up + pulse(rng, side, speed, rng.uniform(4.0, 30.0)))
        parts.append(_settling(rng, up, rng.uniform(0.2, 0.7), 0.3))
    parts.append(_settling(rng, up, AFTER_S, 0.2))
    return Event(np.concatenate(parts))


def _walked(rng: np.random.Generator) -> Event:
    """Carried by somebody who walks, or in one of four cases runs."""
    up = any_direction(rng)
    seconds = rng.uniform(2.2, 3.2)
    if rng.random() >= 0.25:
        return Event(_carried(rng, up, seconds, heel=(0.3, 2.0)))
    pace = rng.uniform(2.4, 3.2)
    phase = (np.arange(_steps(seconds)) / INNER_HZ * pace + rng.random()) % 1.0
    air = rng.uniform(0.15, 0.4)
    floor = rng.uniform(0.1, 0.7)
    support = np.sin(np.pi * ((phase - air) / (1 - air)).clip(0.0, 1.0))
    peak = (1.0 - floor * air) / ((1 - air) * 2 / np.pi)
    vertical = np.where(phase < air, floor, floor + (peak - floor) * support)
    sway = noise(rng, seconds, rng.uniform(0.05, 0.25), (0.5, 15.0))
    return Event(up * vertical[:, None] + sway)


_KINDS: dict[str, Callable[[np.random.Generator], Event]] = {
    THROW: _throw,
    TIP: _tip,
    HIT: _hit,
    PUT_DOWN: _put_down,
    PICKED_UP: _picked_up,
    BUMPED: _bumped,
    KNOCKED: _knocked,
    ON_A_CONVEYOR: _on_a_conveyor,
    OVER_A_KERB: _over_a_kerb,
    CARRIED: _walked,
}


def _event(
    before: list[Floats], after: list[Floats], fall_ms: float = 0.0, height_m: float = 0.0
) -> Event:
    """`after` begins with the impact; of a landing the flight of the first rebound is next."""
    at = sum(len(part) for part in before)
    rebound = (0.0, 0.0)
    if fall_ms and len(after) > 2 and len(after[1]) >= REBOUND_S * INNER_HZ:
        up = at + len(after[0])
        rebound = (1000.0 * up / INNER_HZ, 1000.0 * (up + len(after[1])) / INNER_HZ)
    force = np.concatenate(before + after)
    return Event(force, 1000.0 * at / INNER_HZ, fall_ms, height_m, rebound)


def _flight(
    rng: np.random.Generator,
    up: Floats,
    seconds: float,
    speed_m_s: float,
    spin: float | None,
    off_centre: float | None,
) -> tuple[Floats, Floats]:
    """Return the force of a free symmetric body [steps, 3] and where up is at its end."""
    w = rng.uniform(*SPIN_RAD_S) if spin is None else spin
    r = any_direction(rng) * (rng.uniform(*OFF_CENTRE_M) if off_centre is None else off_centre)
    axis = any_direction(rng)
    cone = rng.uniform(0.0, 0.6)
    first = across(rng, axis)
    second = cross(axis, first)
    precession = rng.uniform(-0.5, 0.8) * w * np.cos(cone)
    t = np.arange(_steps(seconds))[:, None] / INNER_HZ
    turn, change = np.cos(precession * t), np.sin(precession * t)
    omega = w * (np.cos(cone) * axis + np.sin(cone) * (turn * first + change * second))
    bend = w * np.sin(cone) * precession * (turn * second - change * first)
    force = (cross(omega, cross(omega, r)) + cross(bend, r)) / G
    ups = _turned(up, -axis, w * t[:, 0])
    speed = speed_m_s + G * t
    drag = np.sign(speed) * (speed / rng.uniform(12.0, 60.0)) ** 2
    force = force + drag * ups
    if rng.random() < 1 / 7:
        force = force + noise(rng, seconds, rng.uniform(0.02, 0.10), (10.0, 60.0))
    return force, ups[-1]


def _landing(
    rng: np.random.Generator,
    up: Floats,
    speed_m_s: float,
    surface: str | None,
    bounce: tuple[float, float] = (0.0, 0.55),
    share: tuple[float, float] = (0.4, 1.3),
) -> list[Floats]:
    """Return impact, bounces and settling of what arrives with this speed."""
    surface = surface or str(rng.choice(list(SURFACES_MS)))
    low, high = SURFACES_MS[surface]
    parts: list[Floats] = []
    while True:
        e = rng.uniform(*bounce)
        way = _tilted(rng, up, np.pi / 3)
        change = speed_m_s * (1 + e) * rng.uniform(*share)
        parts.append(up + pulse(rng, way, change, rng.uniform(low, high)))
        speed_m_s *= e
        seconds = 2.0 * speed_m_s / G
        if seconds < 0.03:
            break
        flight, up = _flight(rng, up, seconds, -speed_m_s, None, None)
        parts.append(flight)
    parts.append(_settling(rng, any_direction(rng), AFTER_S))
    return parts


def pulse(rng: np.random.Generator, way: Floats, change_m_s: float, length_ms: float) -> Floats:
    """Return a half sine with this velocity change along `way`, and what rings after it."""
    steps = _steps(length_ms / 1000.0)
    peak = np.pi / 2 * change_m_s / (steps / INNER_HZ) / G
    shape = peak * np.sin(np.pi * (np.arange(steps) + 0.5) / steps)
    t = np.arange(_steps(0.04)) / INNER_HZ
    ring = peak * rng.uniform(0.05, 0.4) * np.exp(-t / rng.uniform(0.004, 0.02))
    ring = ring * np.sin(2 * np.pi * rng.uniform(40.0, 300.0) * t)
    return np.concatenate([shape[:, None] * way, ring[:, None] * _tilted(rng, way, 1.2)])


def _settling(rng: np.random.Generator, up: Floats, seconds: float, most_g: float = 0.8) -> Floats:
    t = np.arange(_steps(seconds)) / INNER_HZ
    rocking = rng.uniform(0.0, most_g) * np.exp(-t / rng.uniform(0.05, 0.4))
    rocking = rocking * np.sin(2 * np.pi * rng.uniform(3.0, 9.0) * t + rng.uniform(0, 6.28))
    return np.asarray(_rest(rng, up, seconds) + rocking[:, None] * _tilted(rng, up, 1.0))


def _sliding(rng: np.random.Generator, up: Floats, way: Floats, seconds: float) -> Floats:
    mu = rng.uniform(0.2, 0.6)
    jitter = noise(rng, seconds, 0.3 * mu, (15.0, 120.0))
    return np.asarray(_rest(rng, up, seconds) + mu * way + jitter)


def _quiet_or_carried(rng: np.random.Generator, up: Floats, seconds: float) -> Floats:
    if rng.random() < 0.5:
        return _rest(rng, up, seconds)
    return _carried(rng, up, seconds)


def _rest(rng: np.random.Generator, up: Floats, seconds: float) -> Floats:
    return up + noise(rng, seconds, rng.uniform(0.0, 0.01), (1.0, 60.0))


def _carried(
    rng: np.random.Generator, up: Floats, seconds: float, heel: tuple[float, float] = (0.1, 0.8)
) -> Floats:
    t = np.arange(_steps(seconds)) / INNER_HZ
    pace = rng.uniform(1.5, 2.3)
    phase = pace * t + rng.random()
    step = rng.uniform(0.03, 0.25) * np.sin(2 * np.pi * phase)
    strike = rng.uniform(*heel) * np.exp(-(((phase % 1.0) - 0.3) ** 2) / 0.004)
    angle = 0.2 * np.sin(2 * np.pi * rng.uniform(0.2, 1.0) * t)
    if rng.random() < TURNED:
        angle = angle + rng.uniform(0.3, np.pi) / (
            1.0 + np.exp(-rng.uniform(4, 12) * (t - t.mean()))
        )
    ups = _turned(up, across(rng, up), angle)
    sway = noise(rng, seconds, rng.uniform(0.02, 0.15), (0.5, 6.0))
    return np.asarray(ups * (1.0 + step + strike)[:, None] + sway)


def _fade(start: Floats, end: Floats, seconds: float) -> Floats:
    """Return a smooth change from one force to another."""
    t = (np.arange(_steps(seconds)) + 0.5)[:, None] / _steps(seconds)
    s = t * t * (3 - 2 * t)
    return np.asarray(start * (1 - s) + end * s)


def noise(
    rng: np.random.Generator, seconds: float, rms_g: float, band_hz: tuple[float, float]
) -> Floats:
    """Return noise [steps, 3] of this RMS per axis, flat between two frequencies."""
    steps = _steps(seconds)
    frequency = np.fft.rfftfreq(steps, 1.0 / INNER_HZ)
    inside = (frequency >= band_hz[0]) & (frequency <= band_hz[1])
    if not inside.any():
        return np.zeros((steps, 3))
    spectrum = np.zeros((len(frequency), 3), complex)
    shape = (int(inside.sum()), 3)
    spectrum[inside] = rng.normal(size=shape) + 1j * rng.normal(size=shape)
    wave = np.fft.irfft(spectrum, steps, axis=0)
    return np.asarray(wave * (rms_g / (wave.std() + 1e-12)))


def add(force: Floats, at_s: float, part: Floats) -> None:
    first = int(at_s * INNER_HZ)
    part = part[: len(force) - first]
    force[first : first + len(part)] += part


def _turned(v: Floats, axis: Floats, angle: Floats) -> Floats:
    """Return v turned about a unit axis by each angle, [angles, 3] (Rodrigues)."""
    c, s = np.cos(angle)[:, None], np.sin(angle)[:, None]
    return np.asarray(v * c + cross(axis, v) * s + axis * (axis @ v) * (1 - c))


def cross(a: Floats, b: Floats) -> Floats:
    """Return the vector product over the last axis; numpy's own takes ten times as long."""
    return np.stack(
        [
            a[..., 1] * b[..., 2] - a[..., 2] * b[..., 1],
            a[..., 2] * b[..., 0] - a[..., 0] * b[..., 2],
            a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0],
        ],
        axis=-1,
    )


def across(rng: np.random.Generator, v: Floats) -> Floats:
    """Return a unit vector at a right angle to v."""
    w = any_direction(rng)
    w = w - (w @ v) * v / (v @ v)
    return np.asarray(w / np.linalg.norm(w))


def _tilted(rng: np.random.Generator, v: Floats, most: float) -> Floats:
    """Return the direction of v, off by up to `most` radians."""
    unit = v / np.linalg.norm(v)
    angle = np.array([rng.uniform(0.0, most)])
    return np.asarray(_turned(unit, across(rng, unit), angle)[0])


def _log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _steps(seconds: float) -> int:
    return max(2, round(seconds * INNER_HZ))
