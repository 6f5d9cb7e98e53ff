"""A small gateway for tests: a TCP server that keeps, acknowledges and gives receipts."""

import socketserver
import threading
from typing import Any

from tests.node.both.gateway_side import GatewaySide, Kept


class Endpoint:
    """Listens on a free port; one `Kept` per node id. A context manager."""

    def __init__(self, keys: dict[bytes, bytes] | None = None) -> None:
        self.keys = keys if keys is not None else {}
        self.kept: dict[str, Kept] = {}
        self.sides: list[GatewaySide] = []
        self.lock = threading.Lock()
        self.connections: list[Any] = []
        self.receipts = True
        self.acknowledge = True

    def __enter__(self) -> "Endpoint":
        endpoint = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                endpoint.serve(self.request)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True
            request_queue_size = 128

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.drop_all()
        self.server.server_close()

    def drop_all(self) -> None:
        """Breaks every connection."""
        for connection in list(self.connections):
            try:
                connection.shutdown(2)
            except OSError:
                pass

    def serve(self, connection: Any) -> None:
        self.connections.append(connection)
        side = GatewaySide(None, self.receipts, self.acknowledge)
        with self.lock:
            self.sides.append(side)
        try:
            while data := connection.recv(65536):
                with self.lock:
                    answer = self.answer(side, data)
                if answer:
                    connection.sendall(answer)
        except OSError:
            pass
        finally:
            self.connections.remove(connection)

    def answer(self, side: GatewaySide, data: bytes) -> bytes:
        out = b""
        for packet in side.reader.feed(data):
            if side.kept is None:  # the CONNECT
                out += side.answer(packet)
                name = side.connect.client_id
                key = self.keys.get(bytes.fromhex(name), b"\x11" * 32)
                side.kept = self.kept.setdefault(name, Kept(key))
            else:
                out += side.answer(packet)
        return out
