"""The tables under `[plausibility]`; each one that is left out is a check that is off."""

from decimal import Decimal
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field

from cargoseal.policy.channels import CHANNEL_IDS, counts
from cargoseal.policy.rules import Number, Severity, Table

Kelvin = Annotated[Decimal, Field(gt=0, le=100, max_digits=5, decimal_places=2)]
Span = Annotated[int, Field(ge=5, le=240)]  # minutes


class Alone(Table):
    """A temperature that changes by `kelvin` within `minutes` and no other node's by a third."""

    kelvin: Kelvin
    minutes: Span = 20


class Vapour(Table):
    """A temperature that changes by `kelvin` within `minutes` while the humidity does not follow.

    Air that is heated alone keeps its vapour: its relative humidity falls. The vapour that the two
    readings give must not change by `percent` of what it was, or fall by as much.
    """

    kelvin: Kelvin
    minutes: Span = 20
    percent: Annotated[int, Field(ge=110, le=1000)] = 200


class Shaded(Table):
    """A light sensor in the dark for `minutes` while another node sees light all the time."""

    dark_lux: Annotated[int, Field(ge=0, le=1000)] = 2
    light_lux: Annotated[int, Field(ge=1, le=100_000)] = 100
    minutes: Span = 30


class Stuck(Table):
    """A channel that says the same for `hours` while another node's moves by `moved`."""

    channel: Literal["temperature", "humidity", "pressure"] = "temperature"
    hours: Annotated[int, Field(ge=2, le=720)] = 24
    moved: Number

    @cached_property
    def channel_id(self) -> int:
        return CHANNEL_IDS[self.channel]

    @cached_property
    def moved_counts(self) -> int:
        return int(counts(self.channel, self.moved).to_integral_value("ROUND_CEILING"))


class Replay(Table):
    """The changes of `readings` neighbouring readings were sealed before, one for one."""

    readings: Annotated[int, Field(ge=8, le=60)] = 24
    severity: Severity = "flagged"


class Plausibility(Table):
    """Which checks are on."""

    alone: Alone | None = None
    vapour: Vapour | None = None
    shaded: Shaded | None = None
    stuck: Stuck | None = None
    replay: Replay | None = None
