"""A cellular modem on a UART as the network: `node.modem` talks, then the line is PPP's.

MicroPython's PPP reads the UART by an interrupt from `connect` to `disconnect`; between those two
nothing here touches it. Both interface variants of the port are served: with `active` and without.
"""

import machine
import network

from node.modem import Modem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from node.board import Board
    from node.parts import Nvs, Random

PPP_MS = 30000  # LCP, authentication and IPCP
ROUND_MS = 250
_PIN_KEY = "pin refused"


class Cellular:
    """What Wi-Fi is to the transport: `power`, `step`, `connected`."""

    def __init__(self, board: "Board", nvs: "Nvs", random: "Random") -> None:
        """The board's group `modem`."""
        settings = board.groups["modem"]
        self._uart = machine.UART(
            board.number("modem", "uart", 1),
            baudrate=board.number("modem", "baud", 115200),
            tx=settings["tx"],
            rx=settings["rx"],
            timeout=0,
            rxbuf=1024,
        )
        key = board.pin("modem", "power_key")
        self._key = None if key is None else machine.Pin(key, machine.Pin.OUT, value=0)
        self._user = settings.get("user")
        self._password = settings.get("password", "")
        self._nvs = nvs
        self._pin = settings.get("pin")
        refused = self._pin is not None and nvs.get(_PIN_KEY) == self._pin.encode()
        self._on = True
        self._ppp: Any = None
        self._ppp_until = 0
        self._up = False
        self.modem = Modem(settings.get("apn", ""), random, self._pin, refused, key is not None)

    def power(self, on: bool) -> None:
        """Off hangs up and leaves the modem alone."""
        if self._on and not on:
            self._hang_up(0)
        self._on = on

    def connected(self) -> bool:
        return self._up

    def step(self, now: int) -> None:
        """A bounded piece of work."""
        if not self._on:
            return
        if self.modem.online():
            self._ppp_step(now)
            return
        refused = self.modem.pin_refused
        data = self._uart.read(256)
        if data:
            self.modem.feed(data, now)
        self.modem.step(now)
        if self.modem.pin_refused and not refused and self._pin is not None:
            self._nvs.put(_PIN_KEY, self._pin.encode())
        if self._key is not None:
            self._key.value(1 if self.modem.key else 0)
        if self.modem.unsent:
            taken = self._uart.write(self.modem.unsent) or 0
            self.modem.unsent = self.modem.unsent[taken:]

    def _ppp_step(self, now: int) -> None:
        if self._ppp is None:
            self._ppp = network.PPP(self._uart)
            if hasattr(self._ppp, "active"):
                self._ppp.active(True)
            if self._user is None:
                self._ppp.connect()
            else:
                self._ppp.connect(security=network.PPP.SEC_PAP, user=self._user, key=self._password)
            self._ppp_until = now + PPP_MS
        was_up, self._up = self._up, self._ppp.isconnected()
        if not self._up and (was_up or now >= self._ppp_until):
            self._hang_up(now)

    def _hang_up(self, now: int) -> None:
        ppp, self._ppp, self._up = self._ppp, None, False
        if ppp is not None:
            ppp.disconnect()
            if hasattr(ppp, "active"):
                ppp.active(False)
        self.modem.lost(now)
