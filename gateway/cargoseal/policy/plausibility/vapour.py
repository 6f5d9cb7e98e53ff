"""A temperature that moved as the air cannot have: the humidity beside it did not follow.

At constant vapour the relative humidity falls as the temperature rises: by half over about 11 K. A
sensor whose temperature alone is heated, or whose numbers are made up, shows vapour from nowhere.
Real air does that too where a door lets moist air in, where ice thaws, or where damp goods give off
water: that is this rule's price.

Rules
1. Within one window: pairs of readings at most the rule's minutes apart.
2. Vapour pressure is humidity times saturation pressure over water (Magnus, WMO-No. 8). Integers,
   from a table made in exact decimal arithmetic: every machine concludes the same.
3. Falling vapour at over 90 % is condensation, and says nothing.
"""

from decimal import Decimal

from cargoseal.policy.plausibility.rules import Vapour
from cargoseal.policy.plausibility.windows import Contradiction, Point, Seen
from cargoseal_wire.constants import HUMIDITY, TEMPERATURE

LOWEST, HIGHEST = -80, 120  # °C
DAMP = 9000  # 0.01 %RH


def _saturation(celsius: int) -> int:
    """Saturation vapour pressure over water in micropascals."""
    exponent = Decimal("17.62") * celsius / (Decimal("243.12") + celsius)
    return int(Decimal("6.112") * exponent.exp() * 100_000_000)


_TABLE = [_saturation(celsius) for celsius in range(LOWEST, HIGHEST + 2)]


def vapour(temperature: int, humidity: int) -> int:
    """Vapour pressure for 0.01 °C and 0.01 %RH, in units of 0.01 % of a micropascal."""
    held = max(100 * LOWEST, min(100 * HIGHEST, temperature))
    whole, part = divmod(held, 100)
    low, high = _TABLE[whole - LOWEST], _TABLE[whole - LOWEST + 1]
    return max(0, humidity) * (low * (100 - part) + high * part) // 100


class VapourCheck:
    """The check; each node by itself."""

    def __init__(self, rule: Vapour) -> None:
        self._rule = rule
        self._least = int(rule.kelvin * 100)
        self._span_ms = rule.minutes * 60_000
        self._found: dict[bytes, Contradiction] = {}

    def add(self, seen: Seen) -> None:
        both = _paired(seen.channels.get(TEMPERATURE, []), seen.channels.get(HUMIDITY, []))
        values = [temperature for _, temperature, _ in both]
        if not values or max(values) - min(values) < self._least:
            return
        for at, later in enumerate(both):
            for earlier in both[:at]:
                if later[0] - earlier[0] <= self._span_ms and self._contradicts(earlier, later):
                    self._note(seen.node, earlier, later)
                    return

    def contradictions(self) -> dict[bytes, Contradiction]:
        return self._found

    def _contradicts(self, earlier: tuple[int, int, int], later: tuple[int, int, int]) -> bool:
        rise = later[1] - earlier[1]
        if abs(rise) < self._least:
            return False
        before, after = vapour(*earlier[1:]), vapour(*later[1:])
        if rise > 0:
            return 100 * after >= self._rule.percent * before
        return later[2] < DAMP and 100 * before >= self._rule.percent * after

    def _note(
        self, node: bytes, earlier: tuple[int, int, int], later: tuple[int, int, int]
    ) -> None:
        found = Contradiction(
            earlier[0],
            "vapour",
            f"its temperature changed by {(later[1] - earlier[1]) / 100:+.1f} K and its humidity "
            f"from {earlier[2] / 100:.1f} to {later[2] / 100:.1f} %, as air alone cannot",
        )
        self._found[node] = min(found, self._found.get(node, found))


def _paired(temperatures: list[Point], humidities: list[Point]) -> list[tuple[int, int, int]]:
    """(placed ms, temperature, humidity) of the readings that have both, in order of time."""
    humid = dict(humidities)
    return sorted((ms, value, humid[ms]) for ms, value in temperatures if ms in humid)
