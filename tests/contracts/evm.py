"""A real EVM for bulk comparisons: anvil, and a contract that makes many calls in one.

Rules
1. The contracts are those that are shipped; only the one that bundles calls is compiled here.
2. A call that reverts answers None; nothing else is None.
3. No anvil or no compiler on this machine: the test that asked skips with a word, and fails in CI.
"""

import functools
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from web3 import HTTPProvider, Web3
from web3.exceptions import ContractLogicError, Web3RPCError

from cargoseal.chain.anvil import anvil_command, find_anvil
from cargoseal.chain.artifacts import load_artifact
from tests.shared_data import ROOT, absent

sys.path.insert(0, str(ROOT / "tools"))
import contracts

BATCH = {"Batch.sol": Path(__file__).parent / "support" / "Batch.sol"}
GAS = 20_000_000_000  # of a bundle of calls
AT_ONCE = 1000
_REVERTED = (1 << 256) - 1


class Evm:
    """A chain of our own; its accounts are unlocked."""

    def __init__(self, w3: Web3) -> None:
        self.w3 = w3
        self.account = w3.eth.accounts[0]
        self.batch = self.create(_batch_code())

    def create(self, code: bytes) -> str:
        """The address of a contract made by this creation code."""
        return str(self.send({"data": code})["contractAddress"])

    def deploy(self, name: str) -> str:
        """A shipped contract whose constructor takes nothing."""
        return self.create(load_artifact(name).bytecode)

    def contract(self, name: str) -> Any:
        return self.w3.eth.contract(
            address=Web3.to_checksum_address(self.deploy(name)), abi=load_artifact(name).abi
        )

    def send(self, transaction: dict[str, Any]) -> Any:
        full: Any = {"from": self.account, "gas": 30_000_000} | transaction
        receipt = self.w3.eth.wait_for_transaction_receipt(self.w3.eth.send_transaction(full))
        if receipt["status"] != 1:
            raise RuntimeError("expected a transaction that succeeds, got one that reverts")
        return receipt

    def call_many(self, target: str, calls: Sequence[bytes]) -> list[int | None]:
        """What each call answers as a number, in their order."""
        answers: list[int | None] = []
        for first in range(0, len(calls), AT_ONCE):
            answers += self._bundle(target, calls[first : first + AT_ONCE])
        return answers

    def _bundle(self, target: str, calls: Sequence[bytes]) -> list[int | None]:
        data = bytes.fromhex(target[2:]).rjust(32, b"\0")
        data += b"".join(len(call).to_bytes(2, "big") + call for call in calls)
        request: Any = {"to": self.batch, "data": data, "gas": GAS}
        out = bytes(self.w3.eth.call(request))
        if len(out) != 32 * len(calls):
            raise RuntimeError(f"expected {32 * len(calls)} bytes, got {len(out)}")
        words = [int.from_bytes(out[i : i + 32], "big") for i in range(0, len(out), 32)]
        return [None if word == _REVERTED else word for word in words]

    def answer(self, target: str, data: bytes) -> bytes:
        """All that one call answers."""
        request: Any = {"to": target, "data": data, "gas": GAS}
        return bytes(self.w3.eth.call(request))

    def execution_gas(self, target: str, data: bytes) -> int:
        """Gas of a call without the transaction's own and without its calldata."""
        request = {"from": self.account, "to": target, "data": "0x" + data.hex()}
        options = {"disableStorage": True, "disableMemory": True, "disableStack": True}
        traced = self.w3.provider.make_request(
            "debug_traceCall",  # type: ignore[arg-type]
            [request, "latest", options],
        )
        return int(traced["result"]["gas"]) - 21_000 - sum(16 if byte else 4 for byte in data)


@functools.cache
def _batch_code() -> bytes:
    compiled = contracts.compile_sources(contracts.collect(BATCH, BATCH))
    return bytes.fromhex(compiled["Batch.sol"]["Batch"]["evm"]["bytecode"]["object"])


@contextmanager
def evm() -> Iterator[Evm]:
    """Starts one; ends it with the block."""
    if shutil.which("node") is None or not (contracts.PACKAGES / "solc").is_dir():
        absent("the compiler")
    if find_anvil() is None:
        absent("anvil (npm ci brings it)")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    limits = ["--gas-limit", str(GAS), "--silent"]
    process = subprocess.Popen(anvil_command(port, 31337, extra=limits))
    try:
        url = f"http://127.0.0.1:{port}"
        w3 = Web3(HTTPProvider(url, request_kwargs={"timeout": 300}))
        until = time.monotonic() + 30
        while not w3.is_connected():
            if time.monotonic() > until:
                raise RuntimeError("expected anvil to answer within 30 s, got nothing")
            time.sleep(0.05)
        yield Evm(w3)
    finally:
        process.terminate()
        process.wait()


class Int8Chain:
    """The contract Int8Model, with its calls in bulk."""

    def __init__(self, chain: Evm) -> None:
        self.chain = chain
        self.contract = chain.contract("Int8Model")

    def store(self, blob: bytes) -> bytes:
        """Its digest, as the contract says it."""
        call = self.contract.functions.store(blob)
        digest = bytes(call.call())
        self.chain.send({"to": self.contract.address, "data": call._encode_transaction_data()})
        return digest

    def would_store(self, blobs: Sequence[bytes]) -> list[bytes | None]:
        """For each its digest, or None when it is refused. Nothing is stored."""
        selector = Web3.keccak(text="store(bytes)")[:4]
        calls = [selector + (32).to_bytes(32, "big") + _packed(blob) for blob in blobs]
        # A bundle is one static call, in which nothing can be stored: one by one.
        return [self._tried(call) for call in calls]

    def _tried(self, data: bytes) -> bytes | None:
        try:
            return self.chain.answer(self.contract.address, data)
        except (ContractLogicError, Web3RPCError):
            return None

    def score_call(self, model: bytes, row: bytes) -> bytes:
        selector = Web3.keccak(text="score(bytes32,bytes)")[:4]
        return bytes(selector) + model + (64).to_bytes(32, "big") + _packed(row)

    def scores(self, model: bytes, rows: Sequence[bytes]) -> list[int | None]:
        calls = [self.score_call(model, row) for row in rows]
        return self.chain.call_many(self.contract.address, calls)

    def gas(self, model: bytes, row: bytes) -> int:
        return self.chain.execution_gas(self.contract.address, self.score_call(model, row))


def _packed(data: bytes) -> bytes:
    """As the ABI has `bytes`: length, content, zeros to a whole word."""
    return len(data).to_bytes(32, "big") + data + bytes(-len(data) % 32)
