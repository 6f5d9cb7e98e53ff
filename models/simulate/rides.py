"""What a package feels while it is on its way: normal, however rough.

Minutes of specific force in g, in the vehicle's axes (x along, y across, z up), at `INNER_HZ`.

    ride      vibration                                events, per hour
    truck     spectrum of ASTM D4169-09 truck, RMS     potholes, bumps, expansion joints 5-200
              lognormal about 0.12 g (0.03-0.70),      (log-uniform), up to 3 g vertical; in one of
              swelling and ebbing                      three the load hops (0.2-2 cm)
    rail      spectrum of ASTM D4169 rail, 0.03-0.29   shunting 0-12: 1-6 g along, 20-100 ms;
              g                                        joints or switches at 0.7-2.8 Hz
    tram      as truck, 0.016-0.13 g                   bumps 0-30 of 0.2-0.9 g
    ship      rolling 5-25 degrees in 8-20 s, engine   slamming 0-6 of 0.3-1.2 g, lashings and
              7-15 Hz 5-30 mg                          container handling 0-6 of 1-3 g
    forklift  3-12 Hz, 0.1-0.35 g                      joints, dock plates, forks set down 60-400:
                                                       0.5-3 g in 15-60 ms

Sources: RMS levels of trucks: 0.40 g is the 90th percentile of the measurements behind ASTM
D4169-16 (low, medium, high: 0.40, 0.54, 0.70 g); city trams and buses 0.016-0.13 g
(transit_vibration_500hz, its SOURCE.md, not trained on); road vibration is not stationary
(Garcia-Romeu-Martinez, Rouillard: its moving RMS is spread widely); shunting 4 g in the UIC's and
the CTU code's load assumptions, and real rail containers reported 5 g and more 66 times in 4 weeks;
potholes and bumps up to 2.9 g vertical at 50 Hz (road_anomalies_50hz, SOURCE.md, not trained on).
How often an event comes is assumed, and drawn widely for that reason.
"""

from collections.abc import Callable

import numpy as np

from models.simulate.accelerometer import INNER_HZ, Floats
from models.simulate.handling import G, noise, pulse

MINUTE_S = 60.0
STEPS = round(MINUTE_S * INNER_HZ)
TRUCK = "truck"
RAIL = "rail"
TRAM = "tram"
SHIP = "ship"
FORKLIFT = "forklift"
RIDES = (TRUCK, RAIL, TRAM, SHIP, FORKLIFT)

# Hz, g^2/Hz: ASTM D4169-09 truck (0.52 g RMS) and rail (0.29 g), straight lines in log-log.
TRUCK_PSD = ((1, 5e-5), (4, 1e-2), (16, 1e-2), (40, 1e-3), (80, 1e-3), (200, 1e-5))
RAIL_PSD = ((1, 1e-5), (2, 1e-3), (50, 1e-3), (90, 5e-4), (200, 1e-5))
ACROSS = (0.3, 0.6)  # of the vertical level


def ride(rng: np.random.Generator, kind: str, minutes: int) -> list[Floats]:
    """Return minutes of one ride, each [steps, 3]: one vehicle on one way, levels that change."""
    return _RIDES[kind](rng, minutes)


def _truck(rng: np.random.Generator, minutes: int) -> list[Floats]:
    level = float(np.exp(rng.normal(np.log(0.12), 0.6)).clip(0.03, 0.70))
    per_hour = np.exp(rng.uniform(np.log(5.0), np.log(200.0)))
    wave = _spectrum(rng, TRUCK_PSD)
    out = []
    for _ in range(minutes):
        force = _shaken(rng, wave, level * np.exp(rng.normal(0.0, 0.3)))
        for at in _moments(rng, per_hour):
            _bump(rng, force, at, float(np.exp(rng.normal(np.log(0.7), 0.45)).clip(0.1, 2.2)))
        out.append(force)
    return out


def _tram(rng: np.random.Generator, minutes: int) -> list[Floats]:
    level = rng.uniform(0.016, 0.13)
    per_hour = rng.uniform(0.0, 30.0)
    wave = _spectrum(rng, TRUCK_PSD)
    out = []
    for _ in range(minutes):
        force = _shaken(rng, wave, level)
        for at in _moments(rng, per_hour):
            _bump(rng, force, at, rng.uniform(0.2, 0.9))
        out.append(force)
    return out


def _rail(rng: np.random.Generator, minutes: int) -> list[Floats]:
    level = rng.uniform(0.03, 0.29)
    shunts = rng.uniform(0.0, 12.0)
    joint_hz = rng.uniform(0.7, 2.8)
    joint_m_s = rng.uniform(0.0, 0.12)
    wave = _spectrum(rng, RAIL_PSD)
    out = []
    for _ in range(minutes):
        force = _shaken(rng, wave, level)
        for at in np.arange(rng.random(), MINUTE_S - 0.2, 1.0 / joint_hz):
            _push(rng, force, at, (0, 0, 1), joint_m_s * rng.uniform(0.3, 1.0), (10, 30))
        for at in _moments(rng, shunts):
            _shunt(rng, force, at)
        out.append(force)
    return out


def _ship(rng: np.random.Generator, minutes: int) -> list[Floats]:
    t = np.arange(STEPS) / INNER_HZ
    hum = noise(rng, MINUTE_S, 0.005, (1.0, 60.0))
    most = np.radians(rng.uniform(5.0, 25.0))
    engine_hz, engine_g = rng.uniform(7.0, 15.0), rng.uniform(0.005, 0.03)
    slams, handled = rng.uniform(0.0, 6.0), rng.uniform(0.0, 6.0)
    out = []
    for _ in range(minutes):
        roll = most * np.sin(2 * np.pi * t / rng.uniform(8.0, 20.0) + rng.uniform(0, 6.28))
        force = np.stack([0 * t, np.sin(roll), np.cos(roll)], axis=1)
        force[:, 2] += engine_g * np.sin(2 * np.pi * engine_hz * t)
        force += np.roll(hum, int(rng.integers(STEPS)), axis=0)
        for at in _moments(rng, slams):
            _whip(rng, force, at, rng.uniform(0.3, 1.2), rng.uniform(1.0, 3.0))
        for at in _moments(rng, handled):
            _push(rng, force, at, (0, 0.3, 1), rng.uniform(0.2, 0.8), (20, 80))
        out.append(force)
    return out


def _forklift(rng: np.random.Generator, minutes: int) -> list[Floats]:
    level = rng.uniform(0.1, 0.35)
    per_hour = rng.uniform(60.0, 400.0)
    wave = noise(rng, MINUTE_S, level * 0.4, (2.0, 40.0))
    wave[:, 2] += noise(rng, MINUTE_S, level, (3.0, 12.0))[:, 2]
    out = []
    for _ in range(minutes):
        force = np.roll(wave, int(rng.integers(STEPS)), axis=0) * rng.choice([-1, 1], 3)
        force[:, 2] += 1.0
        for at in _moments(rng, per_hour):
            if rng.random() < 0.3:
                _bump(rng, force, at, rng.uniform(0.3, 1.2))
            else:
                _push(rng, force, at, (0.2, 0.2, 1), rng.uniform(0.1, 0.7), (15, 60))
        out.append(force)
    return out


_RIDES: dict[str, Callable[[np.random.Generator, int], list[Floats]]] = {
    TRUCK: _truck,
    RAIL: _rail,
    TRAM: _tram,
    SHIP: _ship,
    FORKLIFT: _forklift,
}


def _spectrum(rng: np.random.Generator, psd: tuple[tuple[float, float], ...]) -> Floats:
    """Return a minute of vibration [steps, 3] with this spectrum and an RMS of 1 g per axis."""
    frequency = np.fft.rfftfreq(STEPS, 1.0 / INNER_HZ)
    hz, density = np.log([p[0] for p in psd]), np.log([p[1] for p in psd])
    inside = (frequency >= psd[0][0]) & (frequency <= psd[-1][0])
    amplitude = np.sqrt(np.exp(np.interp(np.log(frequency[inside]), hz, density)))
    spectrum = np.zeros((len(frequency), 3), complex)
    shape = (len(amplitude), 3)
    drawn = rng.normal(size=shape) + 1j * rng.normal(size=shape)
    spectrum[inside] = drawn * amplitude[:, None]
    wave = np.fft.irfft(spectrum, STEPS, axis=0)
    return np.asarray(wave / wave.std(axis=0))


def _shaken(rng: np.random.Generator, wave: Floats, rms: float) -> Floats:
    """Return a minute of gravity and vibration of this vertical RMS, its level wandering.

    A ride's minutes share one minute of noise, begun anywhere and mirrored anew: the spectrum is
    what matters, and drawing it again would take most of the time.
    """
    knots = np.exp(rng.normal(0.0, 0.4, 13))
    knots /= np.sqrt((knots**2).mean())
    swell = np.interp(np.arange(STEPS), np.linspace(0, STEPS, 13), knots)
    level = np.array([rng.uniform(*ACROSS), rng.uniform(*ACROSS), 1.0]) * rng.choice([-1, 1], 3)
    out = np.roll(wave, int(rng.integers(STEPS)), axis=0) * level
    out *= (rms * swell)[:, None]
    out[:, 2] += 1.0
    return np.asarray(out)


def _moments(rng: np.random.Generator, per_hour: float) -> list[float]:
    """Return when events come in this minute, in seconds."""
    return list(rng.uniform(0.5, MINUTE_S - 2.5, rng.poisson(per_hour * MINUTE_S / 3600.0)))


def _bump(rng: np.random.Generator, force: Floats, at: float, level: float) -> None:
    """A wheel over an obstacle or into a hole: up and down or down and up, wheel hop, swaying."""
    length = rng.uniform(0.04, 0.25)
    up, down = level * rng.uniform(0.7, 1.3), min(level * rng.uniform(0.5, 1.1), 0.95)
    back, again = length * rng.uniform(0.6, 1.4), length * rng.uniform(0.4, 1.0)
    lobes = [(up, length), (-down, back), (up, again)]
    first = int(at * INNER_HZ)
    for size, seconds in lobes[int(rng.integers(0, 2)) :]:
        steps = max(2, round(seconds * INNER_HZ))
        force[first : first + steps, 2] += size * np.sin(np.pi * np.arange(steps) / steps)
        first += steps
    _whip(rng, force, first / INNER_HZ, 0.4 * level, rng.uniform(1.5, 3.0))
    _whip(rng, force, at, 0.4 * level, rng.uniform(10.0, 14.0))
    if level > 0.8 and rng.random() < 1 / 3:
        _hop(rng, force, at + length)


def _hop(rng: np.random.Generator, force: Floats, at: float) -> None:
    """A load that is not tied down leaves the floor and lands on it."""
    height = rng.uniform(0.002, 0.02)
    seconds = 2.0 * float(np.sqrt(2.0 * height / G))
    first = int(at * INNER_HZ)
    steps = max(2, round(seconds * INNER_HZ))
    force[first : first + steps] *= rng.uniform(0.0, 0.3)
    _push(rng, force, at + seconds, (0.2, 0.2, 1), float(np.sqrt(2 * G * height)), (4, 25))


def _shunt(rng: np.random.Generator, force: Floats, at: float) -> None:
    way = (float(rng.choice([-1.0, 1.0])), 0.15, 0.2)
    seconds = rng.uniform(0.02, 0.10)
    change = rng.uniform(1.0, 6.0) * G * seconds * 2 / np.pi
    _push(rng, force, at, way, change, (1000 * seconds, 1000 * seconds))
    _whip(rng, force, at + seconds, rng.uniform(0.2, 1.0), rng.uniform(2.0, 8.0), axis=0)


def _push(
    rng: np.random.Generator,
    force: Floats,
    at: float,
    way: tuple[float, float, float],
    change_m_s: float,
    length_ms: tuple[float, float],
) -> None:
    unit = np.array(way) * rng.uniform(0.6, 1.4, 3)
    part = pulse(rng, unit / np.linalg.norm(unit), change_m_s, rng.uniform(*length_ms))
    first = int(at * INNER_HZ)
    part = part[: len(force) - first]
    force[first : first + len(part)] += part


def _whip(
    rng: np.random.Generator, force: Floats, at: float, level: float, hz: float, axis: int = 2
) -> None:
    """What sways on and dies out."""
    first = int(at * INNER_HZ)
    t = np.arange(min(round(1.5 * INNER_HZ), len(force) - first)) / INNER_HZ
    wave = level * np.exp(-t * hz * rng.uniform(0.2, 0.6)) * np.sin(2 * np.pi * hz * t)
    force[first : first + len(t), axis] += wave
