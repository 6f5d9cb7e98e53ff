"""What a model's int8 inputs, and its score, looked like on the windows it was trained on.

Rules
1. Per input a histogram over `BINS` fixed bins of `BIN_WIDTH` int8 steps, and one of the score over
   as many steps of its logarithm: each input may be usual while together they are not. A window in
   which an input's channel had no reading is not counted for it: a missing channel is no drift.
2. The unit is a shipment, whose windows are alike: each has weight 1, spread over its windows.
3. The shipments are in two halves, by turns. One half says which bins are rare (`rare_bins`), the
   other how often they are met, taken from above: with the sum s of the shares of n shipments, one
   shipment more and two standard errors, (s + 1 + 2 * sqrt(s + 1)) / (n + 1).
4. It comes with the model, as `reference.json`, and names the model's blob.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from math import sqrt
from typing import Any

from cargoseal.errors import InputError
from cargoseal_score.blob import load
from cargoseal_score.bursts import STATISTICS
from cargoseal_score.features import lb
from cargoseal_score.model import MAGNITUDE, MAGNITUDE_OF, STATISTIC_NAMES, Feature, Model
from cargoseal_wire.constants import CHANNELS

FILE = "reference.json"
FORMAT = 1
SCORE = "score"  # the name of what is watched beside the inputs
BIN_WIDTH = 4
BINS = 256 // BIN_WIDTH
LEVELS = (0.05, 0.005)  # shares of the training windows that count as rare
FEWEST = 100  # shipments of a half, with the input's channel: fewer say nothing of what is rare
DIGITS = 4

Columns = Mapping[int, Sequence[int | None]]


class WrongReferenceError(InputError):
    """A reference that does not belong to its model, or is none."""


@dataclass(frozen=True)
class Rare:
    """The bins of an input that few training windows were in, and what share of windows that is."""

    bins: frozenset[int]
    share: float  # above 0


@dataclass(frozen=True)
class Input:
    """One input's histograms over the two halves: BINS weights that add up to the shipments."""

    name: str
    chosen: tuple[float, ...]
    counted: tuple[float, ...]

    @cached_property
    def rare(self) -> tuple[Rare, ...]:
        """One for each of LEVELS; none for an input that too few shipments had."""
        if min(round(sum(self.chosen)), round(sum(self.counted))) < FEWEST:
            return ()
        return tuple(self._rare(level) for level in LEVELS)

    def _rare(self, level: float) -> Rare:
        bins = rare_bins(self.chosen, level)
        met = 1 + sum(self.counted[b] for b in bins)
        return Rare(bins, min(1.0, (met + 2 * sqrt(met)) / (1 + sum(self.counted))))


@dataclass(frozen=True)
class Reference:
    """A model's reference: its inputs and, last, its score; `channels` are those each needs."""

    model: bytes
    inputs: tuple[Input, ...]
    channels: tuple[tuple[int, ...], ...]

    def text(self) -> str:
        """The file's text: the same reference gives the same text."""
        plain = {
            "format": FORMAT,
            "model": self.model.hex(),
            "bin_width": BIN_WIDTH,
            "inputs": [
                {"name": i.name, "chosen": _short(i.chosen), "counted": _short(i.counted)}
                for i in self.inputs
            ],
        }
        rows = ",\n  ".join(json.dumps(row) for row in plain.pop("inputs"))  # type: ignore[attr-defined]
        head = json.dumps(plain, indent=1)[:-2]
        return f'{head},\n "inputs": [\n  {rows}\n ]\n}}\n'


def rare_bins(weights: Sequence[float], level: float) -> frozenset[int]:
    """The rarest bins that together have at most `level` of the weight; of equals the outer ones.

    Bins that were never met are among them: that is where a model was never asked.
    """
    middle = _middle(weights)
    order = sorted(range(len(weights)), key=lambda b: (weights[b], -abs(b - middle), b))
    found: set[int] = set()
    held = 0.0
    for b in order:
        held += weights[b]
        if held > level * sum(weights):
            break
        found.add(b)
    return frozenset(found)


def _middle(weights: Sequence[float]) -> int:
    passed = 0.0
    for b, weight in enumerate(weights):
        passed += weight
        if 2 * passed >= sum(weights):
            return b
    return 0


def _short(weights: Sequence[float]) -> dict[str, Any]:
    """The weights between the first and the last that is not 0."""
    met = [b for b, weight in enumerate(weights) if weight]
    if not met:
        return {"from": 0, "weights": []}
    return {"from": met[0], "weights": list(weights[met[0] : met[-1] + 1])}


def channels_of(feature: Feature) -> tuple[int, ...]:
    """The wire's channels that an input is made of."""
    return MAGNITUDE_OF if feature.channel == MAGNITUDE else (feature.channel,)


def has_reading(columns: Columns, channels: Sequence[int]) -> bool:
    """Whether a window has a reading with a value in all of these channels."""
    if not channels:
        return True
    found = [columns.get(channel) or () for channel in channels]
    return any(None not in values for values in zip(*found, strict=False)) and all(found)


def input_name(feature: Feature) -> str:
    """An input in words: `humidity mean`."""
    channel = "acceleration" if feature.channel == MAGNITUDE else CHANNELS[feature.channel][0]
    if feature.statistic < len(STATISTIC_NAMES):
        statistic = STATISTIC_NAMES[feature.statistic]
    else:
        statistic = STATISTICS[feature.statistic]
    numbers = [str(n) for n in (feature.first, feature.second) if n]
    return " ".join([channel, statistic, *numbers]).replace("_", " ")


def bin_of(value: int) -> int:
    """The bin of an int8 input."""
    return (value + 128) // BIN_WIDTH


def bin_of_score(score: int) -> int:
    """The bin of a score, which has at most 24 bits."""
    return lb(score + 1) * BINS // (24 * 256 + 1)


def names_of(model: Model) -> list[str]:
    return [*(input_name(feature) for feature in model.features), SCORE]


def needs_of(model: Model) -> tuple[tuple[int, ...], ...]:
    """Per input the channels it needs; the score needs none."""
    return (*(channels_of(feature) for feature in model.features), ())


def parse_reference(text: str, model: Model, where: str = FILE) -> Reference:
    """The reference in a file's text. Raises WrongReferenceError where it is not this model's."""
    try:
        raw = json.loads(text)
        if (raw["format"], raw["bin_width"]) != (FORMAT, BIN_WIDTH):
            raise WrongReferenceError(f"{where}: expected format {FORMAT}, got another")
        if raw["model"] != model.digest.hex():
            raise WrongReferenceError(
                f"{where}: expected model {model.digest.hex()}, got {raw['model']}"
            )
        inputs = tuple(
            Input(str(row["name"]), _long(row["chosen"]), _long(row["counted"]))
            for row in raw["inputs"]
        )
    except (ValueError, KeyError, TypeError) as error:
        raise WrongReferenceError(f"{where}: expected histograms, got: {error}") from error
    names = names_of(model)
    if [row.name for row in inputs] != names:
        raise WrongReferenceError(f"{where}: expected the inputs {', '.join(names)}, got others")
    return Reference(model.digest, inputs, needs_of(model))


def _long(short: Mapping[str, Any]) -> tuple[float, ...]:
    first, weights = int(short["from"]), [float(weight) for weight in short["weights"]]
    if first < 0 or first + len(weights) > BINS or not min(weights, default=0) >= 0:
        raise ValueError(f"weights outside of {BINS} bins")
    return tuple([0.0] * first + weights + [0.0] * (BINS - first - len(weights)))


def load_references() -> dict[bytes, Reference]:
    """The references of the shipped models, by digest; a model without one is not watched.

    Raises WrongReferenceError for one that is not its model's.
    """
    found = {}
    for folder in resources.files("cargoseal.model").joinpath("shipped").iterdir():
        file = folder.joinpath(FILE)
        if file.is_file():
            model = load(folder.joinpath("model.blob").read_bytes())
            text = file.read_text(encoding="utf-8")
            found[model.digest] = parse_reference(text, model, f"{folder.name}/{FILE}")
    return found
