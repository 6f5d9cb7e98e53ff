"""Network time over a UDP socket that never waits; resolving the server's name does.

An answer that lay in the socket until `step` came by makes the round trip longer, and with it the
error bound.
"""

import os
import socket

from cargoseal_wire.constants import NTP
from node.sntp import PORT, SntpError, reply, request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from node.clock import WallClock

SERVER = "pool.ntp.org"
EVERY_MS = 6 * 3600000
RETRY_MS = 60000
REFUSED_MS = 24 * 3600000  # a server that asks to be left alone is
ANSWER_MS = 2000


class NtpSync:
    """Offers the wall clock network time now and then while the network is there."""

    def __init__(self, clock: "WallClock", server: str = SERVER, port: int = PORT) -> None:
        self._clock = clock
        self._server = server
        self._port = port
        self._due = 0
        self._socket: socket.socket | None = None
        self._nonce = b""
        self._sent_at = 0
        self.answers = 0
        self.failures = 0

    def step(self, now: int) -> None:
        """Asks when it is time, and takes an answer that came."""
        try:
            if self._socket is not None:
                self._listen(self._socket, now)
            elif now >= self._due:
                self._ask(now)
        except SntpError as error:
            self._end(now + (REFUSED_MS if error.refused else RETRY_MS))
        except OSError:
            self._end(now + RETRY_MS)

    def _ask(self, now: int) -> None:
        address = socket.getaddrinfo(self._server, self._port, 0, socket.SOCK_DGRAM)[0][-1]
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.connect(address)
        self._nonce = os.urandom(8)
        self._socket.send(request(self._nonce))
        self._sent_at = now

    def _listen(self, connection: "socket.socket", now: int) -> None:
        try:
            data = connection.recv(128)
        except OSError:  # nothing yet, or refused by the other side
            if now - self._sent_at >= ANSWER_MS:
                self._end(now + RETRY_MS)
            return
        wall_ms, error_ms = reply(data, self._nonce, self._sent_at, now)
        self._clock.offer(wall_ms, now, NTP, error_ms)
        self.answers += 1
        self._end(now + EVERY_MS, False)

    def _end(self, due: int, failed: bool = True) -> None:
        self.failures += failed
        self._due = due
        if self._socket is not None:
            self._socket.close()
        self._socket = None
