"""A battery's voltage by the chip's own converter, through a divider.

Rules
1. The median of nine measurements: one in the pulse of a modem does not count.
2. The converter's own calibration is used (microvolts at the pin), and all is integer.
3. A voltage that no battery has, which is a wire that is off or a pin at its end, is an OSError.
4. A divider that is switched on for the measurement needs a moment: it is on from `start` to
   `read`.
"""

from cargoseal_wire.constants import BATTERY
from node.sensors.bus import EIO

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    class Adc(Protocol):
        """What is used of machine.ADC."""

        def read_uv(self) -> int: ...


MEASUREMENTS = 9
LEAST_MV, MOST_MV = 1500, 15000


class BatteryVoltage:
    """One pin."""

    channels: tuple[int, ...] = (BATTERY,)
    settle_ms = 5

    def __init__(
        self, adc: "Adc", ratio_permille: int, switch: "Callable[[int], object] | None" = None
    ) -> None:
        """`ratio_permille`: the battery's voltage in thousandths of the pin's. `switch` turns the
        divider on (1) and off (0)."""
        self._adc = adc
        self._ratio = ratio_permille
        self._switch = switch

    def start(self) -> None:
        if self._switch is not None:
            self._switch(1)

    def read(self) -> dict[int, int]:
        """{BATTERY: mV}, rounded to nearest."""
        try:
            measured = sorted([self._adc.read_uv() for _ in range(MEASUREMENTS)])
        finally:
            if self._switch is not None:
                self._switch(0)
        millivolts = (measured[MEASUREMENTS // 2] * self._ratio + 500000) // 1000000
        if not LEAST_MV <= millivolts <= MOST_MV:
            raise OSError(EIO)
        return {BATTERY: millivolts}
