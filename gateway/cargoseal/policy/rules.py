"""The tables of a profile: each rule with its numbers, and what makes them impossible.

Rules
1. An unknown key is refused. A table that is left out is a rule that is off.
2. Values are in units people use (°C, g, minutes); what the code compares are the wire's integer
   counts, derived exactly.
"""

from decimal import Decimal
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cargoseal.policy.channels import CHANNEL_IDS, counts
from cargoseal.policy.terms import Condition

MINUTE_MS = 60_000

Severity = Literal["flagged", "compromised"]
Minutes = Annotated[int, Field(ge=0, le=1_000_000)]
Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[a-z0-9][a-z0-9-]*$")]
Text = Annotated[str, Field(min_length=1, max_length=200)]
Score = Annotated[int, Field(ge=1, le=2**32 - 1)]
# So long after a finding the same rule finds nothing new at that node; none: until a review.
CoolDown = Annotated[int, Field(ge=0, le=100_000)] | None
Number = Annotated[Decimal, Field(max_digits=12, decimal_places=4, allow_inf_nan=False)]


def severity(word: Severity) -> Condition:
    return Condition.COMPROMISED if word == "compromised" else Condition.FLAGGED


class Table(BaseModel):
    """A table of the file. Unknown keys are refused; values do not change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Limit(Table):
    """A channel outside of a bound for too long: at one stretch, or in total."""

    name: Name
    channel: Literal["temperature", "probe", "humidity", "pressure", "light", "tilt", "vibration"]
    kind: Literal["single", "cumulative"]
    above: Number | None = None
    at_or_above: Number | None = None
    below: Number | None = None
    at_or_below: Number | None = None
    minutes: Minutes
    severity: Severity = "flagged"

    @model_validator(mode="after")
    def _one_bound(self) -> Self:
        if len(self._bounds()) != 1:
            raise ValueError(
                "expected exactly one of above, at_or_above, below, at_or_below, "
                f"got {', '.join(self._bounds()) or 'none'}"
            )
        if self.kind == "cumulative" and self.minutes == 0:
            raise ValueError("expected at least 1 minute for a cumulative limit, got 0")
        return self

    def _bounds(self) -> dict[str, Decimal]:
        named = {
            "above": self.above,
            "at_or_above": self.at_or_above,
            "below": self.below,
            "at_or_below": self.at_or_below,
        }
        return {name: value for name, value in named.items() if value is not None}

    @property
    def bound(self) -> tuple[str, Decimal]:
        """The word for the bound and its value in the channel's unit."""
        return next(iter(self._bounds().items()))

    @property
    def channel_id(self) -> int:
        return CHANNEL_IDS[self.channel]

    @cached_property
    def upper(self) -> bool:
        """Whether values that are too high are outside."""
        return self.bound[0].endswith("above")

    @cached_property
    def outside_from(self) -> int:
        """The first count that is outside: `upper` says in which direction."""
        word, value = self.bound
        exact = counts(self.channel, value)
        whole = int(exact.to_integral_value("ROUND_FLOOR"))
        if word == "above":
            return whole + 1
        if word == "at_or_above":
            return whole if whole == exact else whole + 1
        if word == "below":
            return whole - 1 if whole == exact else whole
        return whole

    @property
    def duration_ms(self) -> int:
        return self.minutes * MINUTE_MS

    def outside(self, count: int) -> bool:
        return count >= self.outside_from if self.upper else count <= self.outside_from


class Anomaly(Table):
    """The climate score at or over a threshold in `windows` of any `of` neighbouring windows.

    Neighbours are climate windows; bursts between them are not counted.
    """

    threshold: Score
    windows: Annotated[int, Field(ge=1, le=100)] = 3
    of: Annotated[int, Field(ge=1, le=1000)] = 5
    cool_down_minutes: CoolDown = None
    severity: Severity = "flagged"

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.windows > self.of:
            raise ValueError(f"expected windows <= of, got windows {self.windows}, of {self.of}")
        return self


class Handling(Table):
    """The handling score at or over a threshold, in `count` disturbances within `hours`.

    Bursts less than the cool-down apart are one disturbance.
    """

    threshold: Score
    count: Annotated[int, Field(ge=1, le=1000)] = 1
    hours: Annotated[int, Field(ge=1, le=8760)] = 24
    cool_down_minutes: CoolDown = None
    severity: Severity = "flagged"


class Tamper(Table):
    """A node off its mount between departure and arrival, for so many minutes at a stretch."""

    flagged_minutes: Minutes = 10
    compromised_minutes: Minutes | None = None
    hold_minutes: Minutes = 480  # a report of the mount speaks for so long at most

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        proven = self.compromised_minutes
        if proven is not None and proven < self.flagged_minutes:
            raise ValueError(
                f"expected compromised_minutes >= flagged_minutes ({self.flagged_minutes}), "
                f"got {proven}"
            )
        return self


class Door(Table):
    """The door open between departure and arrival, for so many minutes at a stretch."""

    minutes: Minutes
    hold_minutes: Minutes = 480
    severity: Severity = "flagged"


class FreeFall(Table):
    """A fall of at least so many milliseconds, told by a reading or shown by a burst."""

    min_ms: Annotated[int, Field(ge=1, le=10_000)]
    cool_down_minutes: CoolDown = None
    severity: Severity = "flagged"


class Shock(Table):
    """At least `count` peaks of `level_g` or more within `hours`."""

    name: Name
    level_g: Number
    count: Annotated[int, Field(ge=1, le=10_000)]
    hours: Annotated[int, Field(ge=1, le=8760)]
    severity: Severity = "flagged"

    @cached_property
    def level_mg(self) -> int:
        return int((self.level_g * 1000).to_integral_value("ROUND_CEILING"))


class Gap(Table):
    """Known and unknown time."""

    hold_minutes: Annotated[int, Field(ge=1, le=100_000)]  # a reading speaks for so long at most
    grace_minutes: Minutes = 10  # a missing counter may come later, for so long
    hole_minutes: Annotated[int, Field(ge=1, le=100_000)] | None = None  # so long unknown: a doubt


class Silence(Table):
    """A node not heard for so many minutes."""

    minutes: Annotated[int, Field(ge=1, le=100_000)]


class Clock(Table):
    """When a node's time is good enough to be believed."""

    max_error_s: Annotated[int, Field(ge=1, le=86_400)] = 120


class Corroboration(Table):
    """So many nodes over the same limit, or shaken, at times no further apart than the window."""

    nodes: Annotated[int, Field(ge=2, le=16)] = 2
    window_minutes: Minutes = 30


class Departure(Table):
    """From when tamper and door count: a leg of this name, or a node so long secure by itself.

    Secure is: on its mount and, where it has a door channel, with the door closed.
    """

    leg: Name = "transit"
    secure_minutes: Annotated[int, Field(ge=0, le=100_000)] | None = 30


class Legs(Table):
    """Which leg a shipment starts in, and the rules that are off in a leg."""

    start: Name = "transit"
    off: dict[Name, tuple[Text, ...]] = {"destination": ("tamper", "door")}
