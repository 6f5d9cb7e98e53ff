"""The station half of the radio, and what its noise is good for."""

import hashlib
import os

import network

ANEW_MS = 300000


class Wifi:
    """Station mode; the driver reconnects by itself."""

    def __init__(self, name: str, password: str) -> None:
        self._station = network.WLAN(network.STA_IF)
        self._name = name
        self._password = password
        self._on = False
        self._lost_at = 0
        self.power(True)

    def power(self, on: bool) -> None:
        """Switches the radio on or off; nothing when it is so already."""
        if on != self._on:
            self._on = on
            self._station.active(on)
            if on:
                self._station.connect(self._name, self._password)

    def step(self, now: int) -> None:
        """Begins anew when the driver has not found its way for long: access points that changed
        their channel or forgot a station."""
        if not self._on or self._station.isconnected():
            self._lost_at = now
        elif now - self._lost_at >= ANEW_MS:
            self._lost_at = now
            self.power(False)
            self.power(True)

    def connected(self) -> bool:
        return self._station.isconnected()


def random_bytes(size: int) -> bytes:
    """A `parts.Random`; truly random while the radio is on."""
    return os.urandom(size)


class StoredNoise:
    """A `parts.Random` for a board whose network is a modem. The radio is on for a moment, at the
    start only; what it gave is stretched by SHA-256 and mixed with what the chip gives later."""

    def __init__(self) -> None:
        station = network.WLAN(network.STA_IF)
        station.active(True)
        self._state = os.urandom(32)
        station.active(False)

    def __call__(self, size: int) -> bytes:
        out = b""
        while len(out) < size:
            self._state = hashlib.sha256(self._state + os.urandom(32)).digest()
            out += hashlib.sha256(b"out" + self._state).digest()
        return out[:size]
