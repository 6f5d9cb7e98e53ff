"""The embedded chain's process: JSON-RPC over HTTP in front of py-evm, on this machine only.

Rules
1. One process holds the state, so ingest, poster, pages and commands all see one chain; the state
   lives as long as the process.
2. It speaks the methods the gateway uses, with the errors of a real node (code 3 and the data of a
   revert; "nonce too low"), so nothing above can tell it from one.
3. Requests are limited in size and served one after the other.

Run: `python -m cargoseal.chain.embedded --port 8545 --chain-id 31337`
"""

import argparse
import json
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import FrameType
from typing import Any

from cargoseal.chain.pyevm import PyEvmChain, Refusal
from cargoseal.chain.rpc_methods import METHODS

MAX_REQUEST_BYTES = 4 * 1024 * 1024


class Node:
    """Answers JSON-RPC requests, one at a time."""

    def __init__(self, chain: PyEvmChain) -> None:
        self._chain = chain
        self._lock = threading.Lock()

    def answer(self, request: Any) -> Any:
        """One request or a batch of them → the response as JSON values."""
        if isinstance(request, list):
            return [self._one(item) for item in request]
        return self._one(request)

    def _one(self, request: Any) -> dict[str, Any]:
        reply: dict[str, Any] = {"jsonrpc": "2.0", "id": None}
        try:
            reply["id"] = request.get("id")
            method = METHODS.get(request["method"])
            if method is None:
                raise Refusal(-32601, f"method {request['method']!r} is not there")
            with self._lock:
                reply["result"] = method(self._chain, *request.get("params", []))
        except Refusal as refusal:
            reply["error"] = {"code": refusal.code, "message": refusal.message}
            if refusal.data is not None:
                reply["error"]["data"] = "0x" + refusal.data.hex()
        except Exception as error:  # a request of any shape must not end the process
            reply["error"] = {"code": -32602, "message": f"{type(error).__name__}: {error}"}
        return reply


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    node: Node

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        if not 0 < length <= MAX_REQUEST_BYTES:
            self.close_connection = True
            self.send_error(413)
            return
        try:
            reply = self.node.answer(json.loads(self.rfile.read(length)))
        except ValueError:
            reply = {"jsonrpc": "2.0", "id": None, "error": {"code": -32700, "message": "no JSON"}}
        body = json.dumps(reply).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing: a request a line would drown everything else."""


def serve(port: int, chain_id: int) -> None:
    """Blocks until SIGTERM or SIGINT. Prints the address once it listens."""
    handler = type("Handler", (_Handler,), {"node": Node(PyEvmChain(chain_id))})
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    server.daemon_threads = True

    def stop(_number: int, _frame: FrameType | None) -> None:
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    print(f"Listening on 127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever(poll_interval=0.05)
    server.server_close()


def main() -> int:
    parser = argparse.ArgumentParser(description="A development chain in plain Python.")
    parser.add_argument("--port", type=int, default=8545)
    parser.add_argument("--chain-id", type=int, default=31337)
    arguments = parser.parse_args()
    serve(arguments.port, arguments.chain_id)
    return 0


if __name__ == "__main__":
    sys.exit(main())
