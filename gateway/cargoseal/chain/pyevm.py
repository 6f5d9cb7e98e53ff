"""A development chain in plain Python: py-evm at the Prague level, state in memory.

Rules
1. Every valid transaction is mined at once, in a block of its own; there is no pending pool.
2. Block times are the real time, moved on by `shift_s`, and always rise.
3. It funds the accounts every development chain funds: never a chain of value.
4. Not safe for threads: the caller holds a lock.
"""

import itertools
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from eth.constants import GENESIS_PARENT_HASH
from eth.exceptions import Revert as EvmRevert
from eth.exceptions import VMError
from eth.vm.spoof import SpoofTransaction
from eth_tester import PyEVMBackend
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from eth_utils.exceptions import ValidationError
from rlp import encode as rlp_encode

from cargoseal.chain.anvil import DEV_MNEMONIC
from cargoseal.errors import ChainError

_GAS_SLACK = 20_000  # how exact an estimate has to be


class Refusal(ChainError):  # noqa: N818 - an answer, not a fault of ours
    """What a JSON-RPC node answers as an error: `code`, text and, for a revert, its data."""

    def __init__(self, code: int, message: str, data: bytes | None = None) -> None:
        self.code, self.message, self.data = code, message, data
        super().__init__(message)


@dataclass(frozen=True)
class Mined:
    """A transaction in its block. `logs`: (address 20, topics as bytes32, data)."""

    hash: bytes
    transaction: Any
    block_hash: bytes
    block_number: int
    succeeded: bool
    gas_used: int
    price: int
    created: bytes | None
    logs: tuple[tuple[bytes, tuple[bytes, ...], bytes], ...]


class PyEvmChain:
    """The chain's state and the few things a JSON-RPC node does with it."""

    def __init__(self, chain_id: int) -> None:
        backend = PyEVMBackend.from_mnemonic(
            DEV_MNEMONIC, num_accounts=10, hd_path="m/44'/60'/0'/0"
        )
        self.accounts: list[bytes] = list(backend.get_accounts())
        self._chain: Any = backend.chain
        type(self._chain).chain_id = chain_id  # the class is this backend's own
        self.chain_id = chain_id
        self.shift_s = 0
        self._mined: dict[bytes, Mined] = {}
        self._snapshots: dict[int, tuple[bytes, int]] = {}
        self._snapshot_ids = itertools.count(1)

    # -- blocks ---------------------------------------------------------------------------------

    def head(self) -> Any:
        return self._chain.get_canonical_head()

    def header_at(self, number: int) -> Any | None:
        if not 0 <= number <= self.head().block_number:
            return None
        return self._chain.get_canonical_block_header_by_number(number)

    def header_by_hash(self, block_hash: bytes) -> Any | None:
        for number in range(self.head().block_number, -1, -1):
            header = self.header_at(number)
            if header is not None and header.hash == block_hash:
                return header
        return None

    def transactions_in(self, block_hash: bytes) -> list[Mined]:
        return [entry for entry in self._mined.values() if entry.block_hash == block_hash]

    def mine(self) -> None:
        """Closes the block being built, with whatever transaction was applied to it."""
        self._chain.mine_block(coinbase=b"\x00" * 20, mix_hash=os.urandom(32), blob_gas_used=0)

    def mine_empty(self) -> None:
        self._fresh_header()
        self.mine()

    def _fresh_header(self) -> Any:
        """Gives the block being built the present time."""
        now_s = max(int(time.time()) + self.shift_s, self.head().timestamp + 1)
        self._chain.header = self._chain.header.copy(timestamp=now_s)
        return self._chain.header

    def snapshot(self) -> int:
        number = next(self._snapshot_ids)
        self._snapshots[number] = (self.head().hash, self.shift_s)
        return number

    def revert(self, number: int) -> bool:
        """Goes back to a snapshot, as if what came after had been reorganised away."""
        if number not in self._snapshots:
            return False
        block_hash, self.shift_s = self._snapshots.pop(number)
        self._go_back(block_hash)
        return True

    def _go_back(self, block_hash: bytes) -> None:
        database = self._chain.chaindb
        header = database.get_block_header_by_hash(block_hash)
        database._set_as_canonical_chain_head(database.db, header, GENESIS_PARENT_HASH)
        self._chain.header = self._chain.create_header_from_parent(header)
        kept = header.block_number
        self._mined = {key: v for key, v in self._mined.items() if v.block_number <= kept}

    def go_back_by(self, depth: int) -> list[bytes]:
        """Removes the last `depth` blocks; returns their transactions' hashes, oldest first."""
        head = self.head().block_number
        target = self.header_at(head - depth)
        if target is None:
            raise Refusal(-32602, f"expected a depth up to {head}, got {depth}")
        gone = [key for key, v in self._mined.items() if v.block_number > target.block_number]
        self._go_back(target.hash)
        return gone

    # -- state ----------------------------------------------------------------------------------

    def state(self, number: int | None = None) -> Any:
        """The state after a block; `None`: the latest. Raises Refusal for an unknown block."""
        header = self.head() if number is None else self.header_at(number)
        if header is None:
            raise Refusal(-32001, f"block {number} is not known")
        return self._chain.get_vm(header).state

    # -- transactions ---------------------------------------------------------------------------

    def find(self, transaction_hash: bytes) -> Mined | None:
        return self._mined.get(transaction_hash)

    def send(self, raw: bytes) -> bytes:
        """Applies and mines a raw transaction. Raises Refusal as a node's pool would."""
        try:
            transaction = self._chain.get_vm().get_transaction_builder().decode(raw)
            sender = transaction.sender
        except Exception as error:
            raise Refusal(-32602, f"expected a signed transaction, got: {error}") from error
        if transaction.hash in self._mined:
            raise Refusal(-32000, "already known")
        self._check_nonce(transaction, sender)
        self._fresh_header()
        before = self._chain.header
        try:
            _, receipt, _ = self._chain.apply_transaction(transaction)
        except (ValidationError, VMError) as error:
            self._chain.header = before
            raise Refusal(-32000, str(error)) from error
        self.mine()
        self._note(transaction, receipt)
        return bytes(transaction.hash)

    def _check_nonce(self, transaction: Any, sender: bytes) -> None:
        expected = self.state().get_nonce(sender)
        if transaction.nonce != expected:
            word = "low" if transaction.nonce < expected else "high"
            raise Refusal(-32000, f"nonce too {word}: expected {expected}, got {transaction.nonce}")

    def _note(self, transaction: Any, receipt: Any) -> None:
        header = self.head()
        created = None
        if transaction.to == b"":
            created = keccak(rlp_encode([transaction.sender, transaction.nonce]))[12:]
        base_fee = header.base_fee_per_gas
        highest = transaction.max_fee_per_gas  # a legacy transaction's gas price, for both
        tip = transaction.max_priority_fee_per_gas
        self._mined[transaction.hash] = Mined(
            transaction.hash,
            transaction,
            header.hash,
            header.block_number,
            receipt.state_root == b"\x01",
            receipt.gas_used,
            min(highest, base_fee + tip),
            created,
            tuple(
                (log.address, tuple(t.to_bytes(32, "big") for t in log.topics), log.data)
                for log in receipt.logs
            ),
        )

    def logs(self, first: int, last: int) -> Iterator[tuple[Mined, int]]:
        """Every log of a range of blocks, as (transaction, index in it)."""
        for entry in sorted(self._mined.values(), key=lambda mined: mined.block_number):
            if first <= entry.block_number <= last:
                for index in range(len(entry.logs)):
                    yield entry, index

    # -- calls ----------------------------------------------------------------------------------

    def _spoof(self, call: dict[str, Any], gas: int) -> SpoofTransaction:
        builder = self._chain.get_vm().get_transaction_builder()
        sender = call.get("from", b"\x00" * 20)
        unsigned = builder.create_unsigned_transaction(
            nonce=self.state().get_nonce(sender),
            gas_price=0,
            gas=gas,
            to=call.get("to", b""),
            value=call.get("value", 0),
            data=call.get("data", b""),
        )
        return SpoofTransaction(unsigned, from_=sender)

    def _calling_header(self, number: int | None) -> Any:
        if number is None:
            return self._chain.create_header_from_parent(
                self.head(), timestamp=self._fresh_header().timestamp
            )
        header = self.header_at(number)
        if header is None:
            raise Refusal(-32001, f"block {number} is not known")
        return header

    def call(self, call: dict[str, Any], number: int | None = None) -> bytes:
        """Runs a call without changing anything. Raises Refusal with the revert data."""
        header = self._calling_header(number)
        gas = min(call.get("gas", header.gas_limit), header.gas_limit)
        with self._chain.get_vm(header).in_costless_state() as state:
            computation = state.costless_execute_transaction(self._spoof(call, gas))
        if computation.is_error:
            raise _refusal(computation.error)
        return bytes(computation.output)

    def estimate(self, call: dict[str, Any]) -> int:
        """Gas that is enough, to within a slack. Raises Refusal with the revert data."""
        header = self._calling_header(None)
        with self._chain.get_vm(header).in_costless_state() as state:

            def error_with(gas: int) -> VMError | None:
                snapshot = state.snapshot()
                computation = state.costless_execute_transaction(self._spoof(call, gas))
                state.revert(snapshot)
                return computation.error if computation.is_error else None

            low, high = self._spoof(call, header.gas_limit).intrinsic_gas, header.gas_limit
            error = error_with(high)
            if error is not None:
                raise _refusal(error)
            while high - low > _GAS_SLACK:
                middle = (low + high) // 2
                low, high = (middle, high) if error_with(middle) else (low, middle)
        return int(high)

    def checksum(self, address: bytes) -> str | None:
        return to_checksum_address(address) if address else None


def _refusal(error: VMError) -> Refusal:
    if isinstance(error, EvmRevert):
        data = bytes(error.args[0]) if error.args else b""
        return Refusal(3, "execution reverted", data)
    return Refusal(-32000, f"{type(error).__name__}: {error}")
