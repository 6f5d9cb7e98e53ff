"""What a profile may call a channel, and how its numbers become the wire's integer counts."""

from decimal import Decimal

from cargoseal_wire.constants import CHANNELS

CHANNEL_IDS = {name: number for number, (name, _, _) in enumerate(CHANNELS)}


def unit(channel: str) -> str:
    """The unit of a channel by name, as text; empty for a state."""
    amount, name = CHANNELS[CHANNEL_IDS[channel]][1:]
    if name == "Pa" and amount == "10":
        return "hPa"
    return name


def counts(channel: str, value: Decimal) -> Decimal:
    """A value in the channel's unit (°C, %RH, hPa, lx, mg …) in counts of the wire, exact."""
    amount, name = CHANNELS[CHANNEL_IDS[channel]][1:]
    if name == "Pa" and amount == "10":  # profiles say hPa: 1 hPa = 100 Pa = 10 counts
        return value * 10
    return value / Decimal(amount)


def in_units(channel: int, count: int) -> str:
    """A count in its channel's unit, as a person reads it."""
    name = CHANNELS[channel][0]
    factor = counts(name, Decimal(1))
    return f"{Decimal(count) / factor:f} {unit(name)}".rstrip()
