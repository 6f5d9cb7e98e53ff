"""Reaching a chain: anvil, the embedded one, or any JSON-RPC address.

Rules
1. A chain is used only after it has said the chain id that the configuration expects.
2. Only the two development kinds are ever started, only on this machine, and only when nothing
   answers there yet: a running chain is never replaced.
3. One request is one attempt with a time limit; trying again is the caller's policy.
4. An address may hold an API key: a message shows scheme, host and port only.
"""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from types import TracebackType
from typing import Literal, Self
from urllib.parse import urlsplit

from web3 import HTTPProvider, Web3

from cargoseal.chain.anvil import anvil_command, start_process
from cargoseal.errors import ChainError
from cargoseal.urls import shown

Kind = Literal["anvil", "embedded", "rpc"]
_REQUEST_S = 10.0
_START_S = 30.0


def connect(url: str, timeout_s: float = _REQUEST_S) -> Web3:
    """A client for a JSON-RPC address. Nothing is asked yet, so nothing can fail yet."""
    provider = HTTPProvider(
        url, request_kwargs={"timeout": timeout_s}, exception_retry_configuration=None
    )
    return Web3(provider)


def answering_chain_id(url: str, timeout_s: float = 2.0) -> int | None:
    """The chain id that an address answers, or None when nothing usable answers there."""
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []})
    try:
        request = urllib.request.Request(  # noqa: S310  a configured address
            url, body.encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=timeout_s) as response:  # noqa: S310
            return int(json.loads(response.read())["result"], 16)
    except (OSError, HTTPException, ValueError, KeyError, TypeError):
        return None


def open_chain(url: str, chain_id: int) -> Web3:
    """A client for a chain that is there and is the right one. Raises ChainError."""
    got = answering_chain_id(url, _REQUEST_S)
    if got is None:
        raise ChainError(f"{shown(url)}: expected a JSON-RPC node, got no usable answer")
    if got != chain_id:
        raise ChainError(f"{shown(url)}: expected chain id {chain_id}, got {got}")
    return connect(url)


@dataclass
class ChainProcess:
    """A development chain that this process started; `process` is None when it only found one."""

    url: str = field(repr=False)
    chain_id: int
    process: subprocess.Popen[bytes] | None

    def web3(self) -> Web3:
        return open_chain(self.url, self.chain_id)

    def stop(self) -> None:
        """Ends what was started; a chain that was found is left alone."""
        process, self.process = self.process, None
        if process is None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def free_port() -> int:
    """A TCP port of this machine that nobody listens on at this moment."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def embedded_command(port: int, chain_id: int) -> list[str]:
    module = [sys.executable, "-m", "cargoseal.chain.embedded"]
    return [*module, "--port", str(port), "--chain-id", str(chain_id)]


def ensure_chain(
    kind: Kind,
    url: str,
    chain_id: int,
    *,
    state: Path | None = None,
    log: Path | None = None,
    anvil_options: Sequence[str] = (),
) -> ChainProcess:
    """The chain at an address; a development chain is started there when nothing answers.

    `state` is where anvil keeps its state between runs. Raises ChainError when it cannot be had,
    or when another chain is there.
    """
    got = answering_chain_id(url)
    if got is not None or kind == "rpc":
        open_chain(url, chain_id)
        return ChainProcess(url, chain_id, None)
    port = urlsplit(url).port or 8545
    if kind == "anvil":
        command = anvil_command(port, chain_id, state, anvil_options)
    else:
        command = embedded_command(port, chain_id)
    started = ChainProcess(url, chain_id, start_process(command, log))
    try:
        _await_answer(started)
    except BaseException:
        started.stop()
        raise
    return started


def _await_answer(started: ChainProcess) -> None:
    deadline_s = time.monotonic() + _START_S
    while time.monotonic() < deadline_s:
        got = answering_chain_id(started.url)
        if got == started.chain_id:
            return
        if started.process is not None and started.process.poll() is not None:
            code = started.process.returncode
            raise ChainError(
                f"{shown(started.url)}: expected the chain to start, got exit code {code}"
            )
        time.sleep(0.05)
    raise ChainError(
        f"{shown(started.url)}: expected the chain to answer in {_START_S:.0f} s, got none"
    )


def start_chain(kind: Kind, chain_id: int = 31337, **options: object) -> ChainProcess:
    """A fresh development chain on a free port of this machine, for tests and demonstrations."""
    url = f"http://127.0.0.1:{free_port()}"
    return ensure_chain(kind, url, chain_id, **options)  # type: ignore[arg-type]


def default_kind() -> Kind:
    """Anvil where there is one, else the embedded chain; CARGOSEAL_CHAIN names another."""
    from cargoseal.chain.anvil import find_anvil

    named = os.environ.get("CARGOSEAL_CHAIN")
    if named in ("anvil", "embedded"):
        return named  # type: ignore[return-value]
    return "embedded" if find_anvil() is None else "anvil"
