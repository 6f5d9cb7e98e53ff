"""One contract at an address: calls, simulations and single transactions.

Rules
1. What a contract refuses leaves as `Reverted` with the error's name; what the node or the link
   does wrong leaves as ChainError. Nothing of web3 leaves this package.
2. `transact` is for people's commands: it waits for the receipt and gives up after a time. Posts
   go through the poster instead, which survives being killed.
"""

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from eth_typing import ChecksumAddress
from requests.exceptions import RequestException
from web3 import Web3
from web3.exceptions import ContractLogicError, TransactionNotFound, Web3Exception

from cargoseal.chain.fees import GWEI, Fee, first_offer
from cargoseal.chain.keys import Signer
from cargoseal.chain.reverts import Reverted, decode_revert
from cargoseal.errors import ChainError
from cargoseal.urls import shown

State = Literal["latest", "pending"]
MAX_FEE = 500 * GWEI
_TRANSACT_S = 120.0
_ATTEMPTS = 8
_ADDRESS = re.compile(r"https?://[^\s'\")]+")  # an address, or its path, may hold a node's key
_PATH = re.compile(r"(with url: )\S+")
_RACE_WORDS = ("nonce too low", "underpriced", "already known", "already imported", "too high")


@dataclass(frozen=True)
class Receipt:
    """A mined transaction. `created`: the address of the contract it made."""

    hash: bytes
    succeeded: bool
    block: int
    block_hash: bytes
    gas_used: int
    created: str | None
    logs: tuple[Mapping[str, Any], ...]


@contextmanager
def link_errors(where: str) -> Iterator[None]:
    """Turns everything a client library raises into Reverted or ChainError."""
    try:
        yield
    except ContractLogicError as error:
        raise Reverted(decode_revert(_revert_data(error)), where) from error
    except (Web3Exception, RequestException, OSError) as error:
        raise ChainError(f"{where}: expected an answer, got {_short(error)}") from error
    except ValueError as error:  # a node that answers no JSON, or no such fields
        raise ChainError(f"{where}: expected a usable answer, got {_short(error)}") from error


def _short(error: Exception) -> str:
    text = _ADDRESS.sub(lambda found: shown(found[0]), str(error)) or type(error).__name__
    text = _PATH.sub(r"\1…", text)
    return text if len(text) <= 300 else text[:300] + "…"


def _revert_data(error: ContractLogicError) -> bytes:
    data: Any = error.data
    if isinstance(data, dict):
        data = data.get("data")
    if not isinstance(data, str) or not data.startswith("0x"):
        return b""
    try:
        return bytes.fromhex(data[2:])
    except ValueError:
        return b""


class Contract:
    """Encodes calls for one ABI at one address and runs them."""

    def __init__(self, w3: Web3, address: str, abi: list[dict[str, Any]], name: str) -> None:
        self.w3 = w3
        self.address: ChecksumAddress = Web3.to_checksum_address(address)
        self.name = name
        self._contract: Any = w3.eth.contract(address=self.address, abi=abi)

    def encode(self, function: str, *arguments: Any) -> bytes:
        """Call data: selector and encoded arguments."""
        text: str = self._contract.encode_abi(function, args=list(arguments))
        return bytes.fromhex(text.removeprefix("0x"))

    def read(self, function: str, *arguments: Any, block: int | None = None) -> Any:
        """Asks a view function, at the latest block or a given one."""
        with link_errors(f"{self.name}.{function}"):
            bound = self._contract.functions[function](*arguments)
            return bound.call(block_identifier="latest" if block is None else block)

    def simulate(self, sender: str, data: bytes, state: State = "latest") -> None:
        """Runs a call without effect. Raises Reverted when it would be refused."""
        account = Web3.to_checksum_address(sender)
        with link_errors(f"{self.name} (simulated)"):
            self.w3.eth.call({"from": account, "to": self.address, "data": _hex(data)}, state)

    def estimate(self, sender: str, data: bytes) -> int:
        """Gas that is enough now, with a quarter in reserve."""
        with link_errors(f"{self.name} (gas)"):
            gas = self.w3.eth.estimate_gas(
                {"from": Web3.to_checksum_address(sender), "to": self.address, "data": _hex(data)}
            )
        return gas + gas // 4 + 10_000

    def transact(self, signer: Signer, function: str, *arguments: Any) -> Receipt:
        """Simulates, sends and waits. Raises Reverted or ChainError."""
        data = self.encode(function, *arguments)
        return transact(self.w3, signer, self.address, data, f"{self.name}.{function}")

    def events(self, event: str, first: int, last: int | str, **filters: Any) -> list[Any]:
        """Decoded events of a range of blocks, in order; `filters` are indexed arguments."""
        with link_errors(f"{self.name}.{event}"):
            found = self._contract.events[event]().get_logs(
                from_block=first, to_block=last, argument_filters=filters or None
            )
            return list(found)

    def decode_event(self, event: str, log: Mapping[str, Any]) -> Any | None:
        """A log of this contract as that event; None when it is another one."""
        if log["address"] != self.address:
            return None
        try:
            return self._contract.events[event]().process_log(log)
        except Exception:  # web3 names a mismatch by several unrelated classes
            return None


def _hex(data: bytes) -> Any:
    return "0x" + data.hex()


def present_fee(w3: Web3, ceiling: int = MAX_FEE) -> tuple[int, int, Fee]:
    """(base fee of the latest block, suggested tip, a first offer)."""
    with link_errors("fees"):
        base = int(w3.eth.get_block("latest").get("baseFeePerGas", 0))
        tip = int(w3.eth.max_priority_fee)
    return base, tip, first_offer(base, tip, ceiling)


def receipt_of(w3: Web3, transaction_hash: bytes) -> Receipt | None:
    """The receipt of a transaction that is in a block now, else None."""
    with link_errors("receipt"):
        try:
            raw: Any = w3.eth.get_transaction_receipt(_hex(transaction_hash))
        except TransactionNotFound:
            return None
    return Receipt(
        bytes(raw["transactionHash"]),
        raw["status"] == 1,
        raw["blockNumber"],
        bytes(raw["blockHash"]),
        raw["gasUsed"],
        raw["contractAddress"],
        tuple(raw["logs"]),
    )


def transact(
    w3: Web3,
    signer: Signer,
    to: str | None,
    data: bytes,
    where: str,
    *,
    value: int = 0,
    state: State = "latest",
) -> Receipt:
    """Sends one transaction and waits for it; `to` None creates a contract. `value` is in wei.

    It is simulated on a `state` first: "pending" for what only the next block can accept. Other
    processes may send with the same key: a nonce that was taken meanwhile is replaced by the
    next, a few times. Raises Reverted (nothing was changed) or ChainError.
    """
    for _attempt in range(_ATTEMPTS):
        sent = _send_once(w3, signer, to, data, where, value, state)
        if sent is None:
            time.sleep(0.05)
            continue
        receipt = _await_receipt(w3, signer, sent[0], sent[1], where)
        if receipt is None:
            continue
        if not receipt.succeeded:
            _explain_failure(w3, signer, to, data, receipt, where, value)
        return receipt
    raise ChainError(f"{where}: expected a free nonce, lost {_ATTEMPTS} races for one")


def _send_once(
    w3: Web3, signer: Signer, to: str | None, data: bytes, where: str, value: int, state: State
) -> tuple[bytes, int] | None:
    """(hash, nonce); None when another transaction of this key took the nonce."""
    sender = Web3.to_checksum_address(signer.address)
    call: Any = {"from": sender, "data": _hex(data), "value": value}
    if to is not None:
        call["to"] = Web3.to_checksum_address(to)
    with link_errors(where):
        w3.eth.call(call, state)
        gas = w3.eth.estimate_gas(call, state)
        nonce = w3.eth.get_transaction_count(sender, "pending")
        chain_id = w3.eth.chain_id
    fee = present_fee(w3)[2]
    fields: dict[str, Any] = {"nonce": nonce, "chainId": chain_id, "value": value}
    fields |= {"data": _hex(data), "gas": gas + gas // 4, "maxFeePerGas": fee.highest}
    fields |= {"maxPriorityFeePerGas": fee.tip}
    if to is not None:
        fields["to"] = call["to"]
    signed = signer.sign(fields)
    try:
        with link_errors(where):
            w3.eth.send_raw_transaction(signed.raw)
    except Reverted:
        raise
    except ChainError as error:
        if any(word in str(error) for word in _RACE_WORDS):
            return None
        raise
    return signed.hash, nonce


def _await_receipt(
    w3: Web3, signer: Signer, transaction_hash: bytes, nonce: int, where: str
) -> Receipt | None:
    """None when another transaction of the same key was mined at this nonce."""
    deadline_s = time.monotonic() + _TRANSACT_S
    pause_s = 0.01
    while time.monotonic() < deadline_s:
        receipt = receipt_of(w3, transaction_hash)
        if receipt is not None:
            return receipt
        with link_errors(where):
            count = w3.eth.get_transaction_count(Web3.to_checksum_address(signer.address))
        if count > nonce:
            return receipt_of(w3, transaction_hash)
        time.sleep(pause_s)
        pause_s = min(2 * pause_s, 1.0)
    raise ChainError(
        f"{where}: expected transaction 0x{transaction_hash.hex()} to be mined in "
        f"{_TRANSACT_S:.0f} s; it may still be: look before sending it again"
    )


def _explain_failure(
    w3: Web3, signer: Signer, to: str | None, data: bytes, receipt: Receipt, where: str, value: int
) -> None:
    """Finds out why by running the call again on the state before. Always raises."""
    sender = Web3.to_checksum_address(signer.address)
    call: Any = {"from": sender, "data": _hex(data), "value": value}
    if to is not None:
        call["to"] = Web3.to_checksum_address(to)
    with link_errors(where):
        w3.eth.call(call, receipt.block - 1)
    raise ChainError(f"{where}: expected success, the transaction failed (gas or order)")
