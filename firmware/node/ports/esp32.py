"""MicroPython's ESP32 port: NVS, non-blocking sockets, monotonic time, Wi-Fi and NTP.

Rules
1. Nothing here decides anything about readings or segments.
2. Sockets never block; name resolution does, for as long as the network stack lets it, so a broker
   is best named by address.
"""

import errno
import json
import os
import select
import socket
import time

import esp32
import network
import ntptime

from cargoseal_wire.constants import NTP

TYPE_CHECKING = False
if TYPE_CHECKING:
    from node.clock import WallClock

_IN_PROGRESS = (errno.EINPROGRESS, errno.EAGAIN, errno.EALREADY)
_NVS_NOT_FOUND = -0x1102  # ESP_ERR_NVS_NOT_FOUND
_CHUNK = 1024
_NTP_ERROR_MS = 1500  # the module gives whole seconds and does not measure the way there
_NTP_EVERY_MS = 6 * 3600000
_NTP_RETRY_MS = 60000


class BoardNvs:
    """A `parts.Nvs` in one namespace of the chip's non-volatile storage."""

    def __init__(self, namespace: str = "cargoseal") -> None:
        self._nvs = esp32.NVS(namespace)

    def get(self, key: str) -> bytes | None:
        buffer = bytearray(256)
        try:
            size = self._nvs.get_blob(key, buffer)
        except OSError as error:
            if error.errno == _NVS_NOT_FOUND:
                return None
            raise
        return bytes(buffer[:size])

    def put(self, key: str, value: bytes) -> None:
        self._nvs.set_blob(key, value)
        self._nvs.commit()


class SocketTransport:
    """A `parts.Transport` over a TCP socket."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._socket: socket.socket | None = None
        self._ready = False

    def open(self) -> None:
        self.close()
        address = socket.getaddrinfo(self._host, self._port, 0, socket.SOCK_STREAM)[0][-1]
        self._socket = socket.socket()
        self._socket.setblocking(False)
        try:
            self._socket.connect(address)
        except OSError as error:
            if error.errno not in _IN_PROGRESS:
                raise

    def ready(self) -> bool:
        """A socket that can be written to is connected; one with an error is not."""
        if self._socket is None:
            return False
        if not self._ready:
            poll = select.poll()
            poll.register(self._socket, select.POLLOUT)
            for _, events in poll.poll(0):
                if events & (select.POLLERR | select.POLLHUP):
                    raise OSError(errno.ECONNREFUSED)
                self._ready = True
        return self._ready

    def send(self, data: bytes) -> int:
        if self._socket is None:
            return 0
        try:
            return self._socket.send(data) or 0
        except OSError as error:
            if error.errno == errno.EAGAIN:
                return 0
            raise

    def receive(self) -> bytes | None:
        if self._socket is None:
            return b""
        try:
            data = self._socket.recv(_CHUNK)
        except OSError as error:
            if error.errno == errno.EAGAIN:
                return b""
            raise
        return data if data else None

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket = None
        self._ready = False


class Uptime:
    """Milliseconds since boot that never wrap; call it at least every six days."""

    def __init__(self) -> None:
        self._last = time.ticks_ms()
        self._total = 0

    def __call__(self) -> int:
        now = time.ticks_ms()
        self._total += time.ticks_diff(now, self._last)
        self._last = now
        return self._total


class Wifi:
    """Station mode; the driver reconnects by itself."""

    def __init__(self, name: str, password: str) -> None:
        self._station = network.WLAN(network.STA_IF)
        self._station.active(True)
        self._station.connect(name, password)

    def connected(self) -> bool:
        return self._station.isconnected()


class NtpSync:
    """Sets the wall clock now and then while the network is there."""

    def __init__(self, clock: "WallClock") -> None:
        self._clock = clock
        self._due = 0

    def step(self, now: int) -> None:
        """Blocks for at most a second, once per period."""
        if now < self._due:
            return
        try:
            seconds = ntptime.time()
        except (OSError, OverflowError):
            self._due = now + _NTP_RETRY_MS
            return
        epoch = 946684800 if time.gmtime(0)[0] == 2000 else 0
        self._clock.set((seconds + epoch) * 1000, now, NTP, _NTP_ERROR_MS)
        self._due = now + _NTP_EVERY_MS


def random_bytes(size: int) -> bytes:
    """A `parts.Random`; truly random while the radio is on."""
    return os.urandom(size)


def read_json(path: str) -> dict:
    """The object in a JSON file. OSError without the file, ValueError when it is not JSON."""
    with open(path) as file:
        value = json.load(file)
    if not isinstance(value, dict):
        raise ValueError(path + ": expected a JSON object")
    return value


def read_file(path: str) -> bytes | None:
    """A file's bytes, None without the file."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        if error.errno == errno.ENOENT:
            return None
        raise
