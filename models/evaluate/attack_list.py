"""The attacks that are tried: what each alters, and why nobody notices it where nobody does."""

from dataclasses import replace

from cargoseal_wire.constants import TEMPERATURE
from models.evaluate import attacks as a
from models.evaluate.watched import Sending, Sent

LATE = "from the middle on: "
ROOM_ATTACKS = (
    a.Attack(
        "heat gun on one sensor (+20 K)",
        "a quarter of an hour 20 K warmer, humidity falls as in warmed air",
        a.heated(20, 15),
    ),
    a.Attack(
        "a little heat on one sensor (+4 K)",
        "a quarter of an hour 4 K warmer, humidity falls with it",
        a.heated(4, 15),
    ),
    a.Attack(
        "temperature forged upwards (+20 K), humidity left",
        "a quarter of an hour 20 K warmer, humidity as it was",
        a.heated(20, 15, dry=False),
    ),
    a.Attack(
        "ice on one sensor (-12 K)",
        "a quarter of an hour 12 K colder, humidity rises with it",
        a.heated(-12, 15),
    ),
    a.Attack("light sensor covered", LATE + "light 0 lx", a.covered),
    a.Attack("first half played again", LATE + "every channel's first half", a.played_again()),
    a.Attack(
        "first half played again, 2 K higher",
        LATE + "every channel's first half, 200 counts higher",
        a.played_again(level=200),
    ),
    a.Attack(
        "another node's curve played",
        LATE + "every channel's first half of the node beside it",
        a.played_again(other=True),
    ),
    a.Attack(
        "first half again, last digit shaken",
        LATE + "the first half, each count at random one up, one down or as it was",
        a.played_again(noise=1),
        "no run of equal steps is left, and the curve is a real one of this very room",
    ),
    a.Attack(
        "first half again, a quarter slower",
        LATE + "the first half, stretched by a quarter",
        a.played_again(stretch=1.25),
        "stretched, no run of steps repeats long enough, and the curve is a real one",
    ),
    a.Attack(
        "sensor stuck for two hours", "every channel says its first value throughout", a.stuck
    ),
    a.Attack(
        "slow ramp under the limit (+3 K in an hour)",
        LATE + "temperature 0 to 3 K higher, growing; humidity as it was",
        a.shifted(3, slowly=True),
        "within limits, and neighbours may differ by 3 K",
    ),
    a.Attack(
        "constant error (-2 K)",
        LATE + "temperature 2 K lower",
        a.shifted(-2),
        "one step within limits; neighbours may differ by 3 K, and it stays",
    ),
    a.Attack("noise added (0.5 K)", LATE + "white noise of 0.5 K on temperature", a.noisy(0.5)),
    a.Attack(
        "two nodes' sensors swapped",
        LATE + "the readings of two nodes exchanged",
        a.swapped,
        "two nodes of one room are alike: what is exchanged is true of the same air",
    ),
)
FREEZER_ATTACKS = (
    a.Attack(
        "warm-ups of a freezer cut off just under the limit",
        "no temperature above -15.01 °C",
        a.clipped(TEMPERATURE, -1501),
        "what is left is a freezer that works: only the excess is gone, and the node that seals"
        " is the one that lies",
    ),
    a.Attack(
        "a freezer's first half played again",
        LATE + "every channel's first half",
        a.played_again(),
        "a reading every 10 minutes: no window holds the 24 readings of a replay",
    ),
    a.Attack(
        "a freezer's temperature forged upwards (+20 K)",
        "two hours 20 K warmer, humidity as it was",
        a.heated(20, 120, dry=False),
    ),
)
CONTAINER_ATTACKS = (
    a.Attack(
        "blows just under the level that counts (4.9 g)",
        "a shock of 4.9 g in 30 % of the readings",
        a.hugging(4900, 0.3),
        "a report counts from 5 g on: below it nothing is counted, however often it comes",
    ),
)


def _switched_off(sent: list[Sent]) -> list[Sent]:
    """Nothing is sealed for twelve hours: the chain has no gap, the numbers go on."""
    middle = sent[len(sent) // 2].received_ms
    kept = [s for s in sent if not middle <= s.received_ms < middle + 12 * 3_600_000]
    return [replace(s, counter=n) for n, s in enumerate(kept, 1)]


def _clock_ahead(sent: list[Sent]) -> list[Sent]:
    half = len(sent) // 2
    return sent[:half] + [replace(s, clock_off_ms=86_400_000) for s in sent[half:]]


SENDINGS: tuple[tuple[str, str, Sending], ...] = (
    (
        "every fifth window withheld",
        "each fifth segment is not sent",
        lambda sent: [s for s in sent if s.counter % 5],
    ),
    (
        "node switched off for twelve hours",
        "nothing is sealed for twelve hours; the numbers go on",
        _switched_off,
    ),
    ("node's clock put a day ahead", LATE + "every statement's time a day later", _clock_ahead),
)

ALTERED = {
    "readings changed after sealing": "other readings under the same seal",
    "sealed with another key": "the seal is of a key that is not the node's",
    "a score made up by the node": "the claim says one less than the model does",
    "sealed for another deployment": "the statement names another audience",
}
