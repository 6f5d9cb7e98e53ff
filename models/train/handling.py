"""The handling detector: what it is trained on, what it looks at, which rules stand beside it.

Simulated streams of acceleration are cut into bursts by the node's own trigger (`models.data
.bursts`), so a ride contributes exactly as many windows as a node on it would seal. Normal are all
bursts of rides and of normal handling; faults are drops, throws, tips and hits, of which the burst
that holds the moment counts and those before and after it are left out. Bursts never overlap, so
one that follows closely on another begins late: one fault in seven begins in the midst of its
flight, and of half of the drops and throws that rebound only the rebound is shown. In training a
ride also shows the worst moments of quiet minutes: a profile may let less start a burst.

Splits differ in seeds, and the test split also in sensors that no other has: of 8 g range, and of
160 Hz. What a shipment goes through in a week is told in `handling_weeks`: thresholds follow.
"""

from dataclasses import replace

import numpy as np

from cargoseal_score.model import KIND_HANDLING, Feature
from models.data.bursts import Burst, around_peak, cut
from models.simulate import rides
from models.simulate.accelerometer import INNER_HZ, Samples, Sensor, draw_sensor, measure
from models.simulate.handling import FAULTS, NORMAL_HANDLING
from models.simulate.handling import simulate as simulate_event
from models.train.dataset import NORMAL, Dataset, Inputs, Progress, inputs, joined
from models.train.export import rule
from models.train.handling_features import (
    ANY_FLIGHT,
    CALM_FLIGHT,
    CALM_MG,
    HIGHEST,
    LONG_FLIGHT,
    LOW_STRETCH,
    ZERO_POINT,
    fitted,
    one_sided,
    wide_features,
)
from models.train.handling_weeks import USES, WAYS, Way
from models.train.task import (
    CALIBRATION,
    CHECK,
    TEST,
    TRAINING,
    VALIDATION,
    Recipe,
    Task,
    Use,
    Words,
)

# The rules that stand beside the network; the first ships where the network does not.
CALM_OR_LONG = "calm or long free flight"
CALM = "calm free flight"
ANY = "any free flight"
LOW = "time below 0.35 g"
PEAK = "highest |a|"
LARGEST_Z = "largest |z|"

INTERVALS = (8, 8, 4, 4, 16)  # 100, 200 and 50 Hz
RANGES_G = (16.0, 16.0, 4.0, 2.0)
TEST_INTERVALS = (*INTERVALS, 5)
TEST_RANGES_G = (*RANGES_G, 8.0)

RIDES_OF_A_KIND = {TRAINING: 40, VALIDATION: 10, TEST: 20}
RIDE_MINUTES = 15
EVENTS_OF_A_FAULT = {TRAINING: 1500, VALIDATION: 300, TEST: 400}
SHIPMENTS_HANDLED = {TRAINING: 350, VALIDATION: 80, TEST: 150}
TIMES_HANDLED = 2  # of each kind of normal handling, per shipment
PARTS = (TRAINING, VALIDATION, TEST, CALIBRATION, CHECK)
LATE_BEGIN = 1 / 7
ONLY_THE_REBOUND = 1 / 2
QUIET_ONES = 6  # minutes of a ride
FITTED_ON = 2000  # bursts, evenly among the normal ones: scales need no more
PAUSE_MS = 10_000
LEG_APART_MS = 5 * 3_600_000
NORMAL_DAY = 99  # beside the kinds of ride, for the draws of a day


def simulate(split: str, scale: float, progress: Progress) -> Dataset:
    """Return the bursts of a split, see `task.Task`."""
    number = _first(split)
    parts = []
    for kind in rides.RIDES:
        for _ in range(max(1, round(RIDES_OF_A_KIND[split] * scale))):
            parts.append(_ride(number, split, kind, RIDE_MINUTES, split != TEST))
            number += 1
        progress(f"{split}: rides by {kind}")
    for _ in range(max(1, round(SHIPMENTS_HANDLED[split] * scale))):
        parts.append(_handled(number, split, TIMES_HANDLED))
        number += 1
    progress(f"{split}: normal handling")
    for fault in FAULTS:
        for _ in range(max(1, round(EVENTS_OF_A_FAULT[split] * scale))):
            parts.append(_fault(number, split, fault))
            number += 1
        progress(f"{split}: {fault}")
    return joined([part for part in parts if part.windows])


def weeks(use: Use, part: str, scale: float, progress: Progress) -> tuple[Dataset, int]:
    """Return days of normal shipments of a use, see `task.Task` and `handling_weeks`."""
    way = WAYS[use.name]
    count = max(2, round(way.simulated * scale))
    first = _first(part) + list(WAYS).index(use.name) * 100_000
    out = []
    for number in range(first, first + count):
        out += _day(number, part, way)
        if (number - first) % 70 == 69:
            progress(f"{part}: {number - first + 1} days of {use.name}")
    return joined([d for d in out if d.windows]), count


def _day(number: int, part: str, way: Way) -> list[Dataset]:
    """Return the legs of one of seven days, hours apart, in the order of time."""
    rng = np.random.default_rng((number, NORMAL_DAY))
    legs = [
        _ride(number, part, kind, leg.minutes)
        for kind, leg in way.legs.items()
        if rng.random() * 7 < leg.days
    ]
    if rng.random() * 7 < way.handled:
        legs.append(_handled(number, part, 1))
    return [replace(leg, starts_ms=leg.starts_ms + i * LEG_APART_MS) for i, leg in enumerate(legs)]


def _first(part: str) -> int:
    """Return the first shipment number of a part; a number is also a seed."""
    return PARTS.index(part) * 1_000_000


def sensor(rng: np.random.Generator, split: str) -> Sensor:
    """Return an accelerometer as this split has them."""
    if split == TEST:
        return draw_sensor(rng, TEST_INTERVALS, TEST_RANGES_G)
    return draw_sensor(rng, INTERVALS, RANGES_G)


def _ride(number: int, split: str, kind: str, minutes: int, quiet_ones: bool = False) -> Dataset:
    """`quiet_ones`: also the worst moments of some minutes, whether they started a burst or not."""
    rng = np.random.default_rng((number, rides.RIDES.index(kind)))
    chip = sensor(rng, split)
    parts = [measure(rng, chip, f) for f in rides.ride(rng, kind, minutes)]
    found = cut_parts(parts, 10)
    if quiet_ones:
        some = rng.choice(len(parts), QUIET_ONES, replace=False)
        found += [around_peak(parts[i].times_ms, parts[i].mg) for i in some]
    return _dataset(found, number, NORMAL)


def _handled(number: int, split: str, times: int) -> Dataset:
    rng = np.random.default_rng((number, len(rides.RIDES)))
    chip = sensor(rng, split)
    kinds = NORMAL_HANDLING * times
    events = [measure(rng, chip, simulate_event(rng, kind).force_g) for kind in kinds]
    return _dataset(cut_parts(events, PAUSE_MS), number, NORMAL)


def cut_parts(parts: list[Samples], pause_ms: int) -> list[Burst]:
    """Cut one stream that is made of parts, with a pause between them."""
    begins = np.cumsum([0] + [int(p.times_ms[-1]) + pause_ms for p in parts[:-1]])
    times = np.concatenate([p.times_ms + b for p, b in zip(parts, begins, strict=True)])
    return cut(times, np.concatenate([p.mg for p in parts]))


def _fault(number: int, split: str, fault: str) -> Dataset:
    rng = np.random.default_rng((number, 0))
    event = simulate_event(rng, fault)
    begin, at = 0.0, event.at_ms
    up, down = event.rebound_ms
    if down > up and rng.random() < ONLY_THE_REBOUND:
        begin, at = up + rng.uniform(0.0, 0.3) * (down - up), down
    elif rng.random() < LATE_BEGIN:
        begin = at - rng.uniform(0.6, 1.0) * max(event.fall_ms, 100.0)
    samples = measure(rng, sensor(rng, split), event.force_g[int(begin * INNER_HZ / 1000) :])
    bursts = cut(samples.times_ms, samples.mg)
    over = [b for b in bursts if b.start_ms <= at - begin <= b.end_ms]
    return _dataset(over[:1], number, fault)


def _dataset(found: list[Burst], number: int, fault: str) -> Dataset:
    return Dataset(
        [b.window for b in found],
        np.full(len(found), number),
        [fault] * len(found),
        np.array([b.start_ms for b in found], np.int64),
    )


def table(training: Dataset) -> list[Feature]:
    """Return the features, fitted to the normal training bursts."""
    return fitted(_wide_inputs(training))


def baselines(training: Dataset) -> dict[str, bytes]:
    """Return the rules, the strongest first: calm flights, and twice as long ones of any kind.

    Which one that is, and `CALM_MG`, was told by simulated seeds: the share of drops (validation)
    that is found at the same number of false alarms a week (calibration).
    """
    tables = {
        CALM_OR_LONG: [one_sided(CALM_FLIGHT), one_sided(LONG_FLIGHT)],
        CALM: [one_sided(CALM_FLIGHT)],
        ANY: [one_sided(ANY_FLIGHT)],
        LOW: [one_sided(LOW_STRETCH)],
        PEAK: [one_sided(HIGHEST)],
        LARGEST_Z: table(training),
    }
    return {name: rule(KIND_HANDLING, features) for name, features in tables.items()}


def _wide_inputs(training: Dataset) -> Inputs:
    rows = training.where(NORMAL)
    some = [training.windows[i] for i in rows[:: max(1, len(rows) // FITTED_ON)]]
    return inputs(KIND_HANDLING, ZERO_POINT, wide_features(), some)


WORDS = Words(
    about=(
        "Looks at one burst of acceleration, a second before and half a second after a shock or a"
        " lull (`cargoseal_score.trigger`), and says how much it is like a fall or a throw, and not"
        " like a ride or careful handling."
    ),
    use=(
        "A reason to look at a piece, beside the rules on shocks and free fall: a single score is a"
        " hint, several in a short time are rough handling. The rule's score is the square of the"
        " length of the free flight before an impact in steps of 4 ms: 1,600 is 160 ms, a fall from"
        f" 13 cm. A flight whose |a| wanders by more than {CALM_MG} mg on average, as on a rough"
        " road, counts half its length. The height is told by `cargoseal_score.fall`. Made for 50"
        " to 200 readings a second and ranges of 2 to 16 g."
    ),
    training=(
        "Simulated handling and rides only; physics, parameters and sources are stated in"
        " `models/simulate/handling.py`, `rides.py` and `accelerometer.py`. A ride, a shipment, an"
        " event is wholly in training, validation or test. Noise at rest and the length of impacts"
        " on something soft were read off the training part of phone_freefall (CC0 1.0); no"
        " recording was trained on. The rule and its limit of calm were chosen on validation drops"
        " and calibration shipments; that a restless flight counts at all, at half its length, was"
        " added after a calm flight alone had missed 2 of 24 throws of the public recordings (it"
        " costs no false alarm on simulated shipments)."
    ),
    failures=(
        "Hits and kicks without a fall are not seen: a profile's shock levels are for them.",
        "Of packages that topple only those are found that fall long.",
        "A drop from less than about 15 cm is not told from careful handling, which sets down from"
        " up to 5 cm.",
        "A bounce that is shaken on its way, or a fall that touches something, is taken for shorter"
        " than it is.",
        "A piece that is caught in the air, or lands on something very soft, has no impact: only"
        " what is below 0.35 g counts as its flight.",
        "A load that hops, and a container that is set down hard, fly for a moment as well.",
        "A node that is off, or slower than 10 readings a second, cuts no burst at all.",
    ),
    attacks=(
        "Whoever shakes a node gently for an hour spends its budget of bursts without a lull, 60 an"
        " hour; what begins with a lull has a budget of its own.",
        "A package lowered on a spring, or thrown onto a mattress, is not damaged and not noticed.",
        "A package shaken while it falls counts half: from less than half a metre it is not noticed"
        " then.",
    ),
)

TASK = Task(
    name="handling-v1",
    kind=KIND_HANDLING,
    words=WORDS,
    faults=FAULTS,
    recipe=Recipe(widths=(19, 20, 19), epochs=150, starts=5, hinge=2.0),
    uses=USES,
    simulate=simulate,
    weeks=weeks,
    table=table,
    baselines=baselines,
    sets=(
        "handling",
        "bosch_xdk_box",
        "bosch_xdk_car",
        "phone_freefall",
        "road_anomalies_50hz",
        "transit_vibration_500hz",
    ),
)
