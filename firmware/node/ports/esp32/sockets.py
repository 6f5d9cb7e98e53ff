"""A `parts.Transport` over a TCP socket that never blocks.

Name resolution does, for as long as the network stack lets it, so a broker is best named by
address.
"""

import errno
import select
import socket

_IN_PROGRESS = (errno.EINPROGRESS, errno.EAGAIN, errno.EALREADY)
_CHUNK = 1024


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
