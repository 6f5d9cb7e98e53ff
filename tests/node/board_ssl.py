"""MicroPython's `ssl` module, as its documentation and its mbedTLS binding have it, over CPython's.

What differs from CPython, and firmware must cope with:
1. A context begins with CERT_NONE. With CERT_REQUIRED a server's name must be given.
2. Certificates and keys are bytes (PEM), or names of files.
3. With `do_handshake_on_connect=False` the handshake goes on in `read` and `write`, which give None
   while the socket would block. There is no `do_handshake`, no `send`, no `recv`.
4. A certificate that fails is a ValueError, raised by the read or write that saw it; another
   failure an OSError with a number of mbedTLS.
5. A `write` that gave None after its record was made only flushes that record the next time, and
   counts the bytes it is given then as written, whatever they are.
"""

import ssl as _ssl
import tempfile
from pathlib import Path
from typing import Any

PROTOCOL_TLS_CLIENT = 0
CERT_NONE, CERT_OPTIONAL, CERT_REQUIRED = 0, 1, 2
_MBEDTLS_FATAL_ALERT = -0x7780
_RECORD = 4096  # outgoing content on an ESP32


class SSLContext:
    def __init__(self, protocol: int) -> None:
        assert protocol == PROTOCOL_TLS_CLIENT
        self.verify_mode = CERT_NONE
        self._context = _ssl.SSLContext(_ssl.PROTOCOL_TLS_CLIENT)

    def load_verify_locations(self, cafile: str | None = None, cadata: bytes | None = None) -> None:
        data = cadata if cafile is None else Path(cafile).read_bytes()
        assert isinstance(data, bytes)
        try:
            self._context.load_verify_locations(cadata=data.decode())
        except (_ssl.SSLError, ValueError):
            raise ValueError("invalid cert") from None

    def load_cert_chain(self, certfile: bytes, keyfile: bytes) -> None:
        with tempfile.TemporaryDirectory() as folder:
            names = Path(folder) / "node.pem", Path(folder) / "node.key"
            names[0].write_bytes(certfile)
            names[1].write_bytes(keyfile)
            try:
                self._context.load_cert_chain(*names)
            except _ssl.SSLError:
                raise ValueError("invalid key") from None

    def wrap_socket(
        self,
        sock: Any,
        *,
        server_side: bool = False,
        do_handshake_on_connect: bool = True,
        server_hostname: str | None = None,
    ) -> "SSLSocket":
        assert not server_side and not do_handshake_on_connect
        if self.verify_mode == CERT_REQUIRED and server_hostname is None:
            raise ValueError("CERT_REQUIRED requires server_hostname")
        self._context.check_hostname = self.verify_mode == CERT_REQUIRED
        self._context.verify_mode = _ssl.VerifyMode(self.verify_mode)
        return SSLSocket(self._context, sock, server_hostname)


class SSLSocket:
    def __init__(self, context: _ssl.SSLContext, sock: Any, name: str | None) -> None:
        self._socket = sock
        self._incoming, self._outgoing = _ssl.MemoryBIO(), _ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=name)
        self._cipher = b""  # made, not yet taken by the socket
        self._shaken = False
        self._record_out = False

    def read(self, size: int) -> bytes | None:
        if not self._shake():
            return None
        self._pull()
        try:
            return self._tls.read(size)
        except _ssl.SSLWantReadError:
            return None
        except _ssl.SSLZeroReturnError:
            return b""
        except _ssl.SSLError as error:
            raise OSError(_MBEDTLS_FATAL_ALERT, error.reason) from None

    def write(self, data: bytes) -> int | None:
        if not self._shake():
            return None
        data = data[:_RECORD]
        if not self._record_out:
            self._tls.write(data)
            self._record_out = True
        self._flush()
        if self._cipher:
            return None
        self._record_out = False
        return len(data)

    def close(self) -> None:
        self._socket.close()

    def _shake(self) -> bool:
        if self._shaken:
            return True
        self._pull()
        try:
            self._tls.do_handshake()
            self._shaken = True
        except _ssl.SSLWantReadError:
            pass
        except _ssl.SSLCertVerificationError as error:
            self._flush()
            raise ValueError(error.verify_message) from None
        except _ssl.SSLError as error:
            raise OSError(_MBEDTLS_FATAL_ALERT, error.reason) from None
        self._flush()
        return self._shaken and not self._cipher

    def _pull(self) -> None:
        try:
            data = self._socket.recv(65536)
        except BlockingIOError:
            return
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()

    def _flush(self) -> None:
        self._cipher += self._outgoing.read()
        if self._cipher:
            try:
                self._cipher = self._cipher[self._socket.send(self._cipher) :]
            except BlockingIOError:
                pass
