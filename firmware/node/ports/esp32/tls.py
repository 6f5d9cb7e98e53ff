"""TLS over the non-blocking socket: a `parts.Transport` that knows whom it speaks to.

Rules
1. The broker's certificate must lead to /tls/ca.pem, bear the name that the settings give, and be
   of today (node.tlstime). The node shows /tls/node.pem and signs with /tls/node.key; provisioning
   writes all three. Without them nothing is sent: the link is lost with a word, the spool keeps.
2. MicroPython's ssl takes CERT_NONE unless told otherwise: it is told.
3. With a non-blocking socket the handshake is deferred into reads and writes, which give None
   until it can go on. There is no call to ask whether it is over, and none is needed: bytes are
   taken when it is. Each of its steps computes for up to a second on an ESP32.
4. A write that gave None, or took a part, has handed a record to mbedTLS that must be offered
   again unchanged: what comes in its place would be counted as sent and never be. So what is
   offered once is held until it is taken.
"""

import ssl

from node.ports.esp32.sockets import SocketTransport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

FOLDER = "/tls"
_CHUNK = 1024


class TlsTransport(SocketTransport):
    """A `parts.Transport`; the certificates are read when the first connection begins."""

    def __init__(
        self,
        host: str,
        port: int,
        server_name: str,
        time_known: "Callable[[], bool]",
        folder: str = FOLDER,
    ) -> None:
        """`time_known` says whether certificates can be checked now."""
        super().__init__(host, port)
        self._server_name = server_name
        self._time_known = time_known
        self._folder = folder
        self._context: Any = None
        self._stream: Any = None
        self._held = b""

    def open(self) -> None:
        if not self._time_known():
            raise OSError("tls: expected a time to check certificates against, got none yet")
        if self._context is None:
            self._context = _context(self._folder)
        super().open()

    def ready(self) -> bool:
        """Whether TCP is connected; the handshake goes on in `send` and `receive`."""
        if self._stream is None and super().ready():
            self._stream = self._context.wrap_socket(
                self._socket, server_hostname=self._server_name, do_handshake_on_connect=False
            )
        return self._stream is not None

    def send(self, data: bytes) -> int:
        """Rule 4: `data` begins with what was not taken before."""
        if self._stream is None:
            return 0
        if not self._held:
            self._held = data[:_CHUNK]
        try:
            taken = self._stream.write(self._held)
        except ValueError as error:
            raise _refused(error) from None
        if not taken:
            return 0
        self._held = self._held[taken:]
        return taken

    def receive(self) -> bytes | None:
        if self._stream is None:
            return b""
        try:
            data = self._stream.read(_CHUNK)
        except ValueError as error:
            raise _refused(error) from None
        if data is None:
            return b""
        return data if data else None

    def close(self) -> None:
        stream, self._stream = self._stream, None
        self._held = b""
        if stream is not None:
            try:
                stream.close()
            except OSError:
                pass  # a connection that is lost anyhow
        super().close()


def _context(folder: str) -> "Any":
    """The node's side of TLS, from the files of a folder. OSError that names the file."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_mode = ssl.CERT_REQUIRED
    authority = _file(folder + "/ca.pem")
    certificate = _file(folder + "/node.pem")
    key = _file(folder + "/node.key")
    try:
        context.load_verify_locations(cadata=authority)
    except ValueError as error:
        raise OSError(
            "tls: expected a certificate in " + folder + "/ca.pem, " + str(error)
        ) from None
    try:
        context.load_cert_chain(certificate, key)
    except ValueError as error:
        raise OSError("tls: expected node.pem and node.key to go together, " + str(error)) from None
    return context


def _file(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        raise OSError("tls: expected " + path + ", got none") from None


def _refused(error: ValueError) -> OSError:
    return OSError("tls: certificate refused: " + str(error).strip())
