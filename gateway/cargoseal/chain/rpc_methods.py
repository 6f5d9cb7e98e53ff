"""The JSON-RPC methods of the embedded chain: from JSON values to the chain and back.

Rules
1. Quantities are `0x` hex without leading zeros, data is `0x` hex of whole bytes, as the Ethereum
   JSON-RPC specification has it; addresses are checksummed.
2. "pending", "latest" and "safe" are all the latest block: nothing is ever pending here.
3. "finalized" is the latest block as well: this chain is reorganised only by its own request.
"""

import time
from collections.abc import Callable
from typing import Any

from cargoseal.chain.pyevm import Mined, PyEvmChain, Refusal

Json = Any
_LATEST = ("latest", "pending", "safe", "finalized")
_GWEI = 10**9


def _quantity(value: int) -> str:
    return hex(value)


def _hex(value: bytes) -> str:
    return "0x" + value.hex()


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def _number(tag: str) -> int | None:
    """A block parameter → its number; None for the latest."""
    if tag in _LATEST:
        return None
    return 0 if tag == "earliest" else int(tag, 16)


def _call(raw: dict[str, str]) -> dict[str, Any]:
    call: dict[str, Any] = {}
    for name in ("from", "to"):
        if raw.get(name):
            call[name] = _bytes(raw[name])
    call["data"] = _bytes(raw.get("input") or raw.get("data") or "0x")
    for name in ("gas", "value"):
        if name in raw:
            call[name] = int(raw[name], 16)
    return call


def _block(chain: PyEvmChain, header: Any, full: bool) -> Json:
    if header is None:
        return None
    inside = chain.transactions_in(header.hash)
    return {
        "number": _quantity(header.block_number),
        "hash": _hex(header.hash),
        "parentHash": _hex(header.parent_hash),
        "nonce": _hex(header.nonce),
        "sha3Uncles": _hex(header.uncles_hash),
        "logsBloom": _hex(header.bloom.to_bytes(256, "big")),
        "transactionsRoot": _hex(header.transaction_root),
        "stateRoot": _hex(header.state_root),
        "receiptsRoot": _hex(header.receipt_root),
        "miner": chain.checksum(header.coinbase),
        "difficulty": _quantity(header.difficulty),
        "extraData": _hex(header.extra_data),
        "mixHash": _hex(header.mix_hash),
        "size": _quantity(0),
        "gasLimit": _quantity(header.gas_limit),
        "gasUsed": _quantity(header.gas_used),
        "timestamp": _quantity(header.timestamp),
        "baseFeePerGas": _quantity(header.base_fee_per_gas),
        "transactions": [_transaction(chain, e) if full else _hex(e.hash) for e in inside],
        "uncles": [],
    }


def _transaction(chain: PyEvmChain, entry: Mined) -> Json:
    inner = entry.transaction
    return {
        "hash": _hex(entry.hash),
        "blockHash": _hex(entry.block_hash),
        "blockNumber": _quantity(entry.block_number),
        "transactionIndex": "0x0",
        "type": _quantity(getattr(inner, "type_id", 0) or 0),
        "nonce": _quantity(inner.nonce),
        "from": chain.checksum(inner.sender),
        "to": chain.checksum(inner.to),
        "value": _quantity(inner.value),
        "gas": _quantity(inner.gas),
        "gasPrice": _quantity(entry.price),
        "input": _hex(inner.data),
        "chainId": _quantity(chain.chain_id),
    }


def _log(chain: PyEvmChain, entry: Mined, index: int) -> Json:
    address, topics, data = entry.logs[index]
    return {
        "address": chain.checksum(address),
        "topics": [_hex(topic) for topic in topics],
        "data": _hex(data),
        "blockNumber": _quantity(entry.block_number),
        "blockHash": _hex(entry.block_hash),
        "transactionHash": _hex(entry.hash),
        "transactionIndex": "0x0",
        "logIndex": _quantity(index),
        "removed": False,
    }


def _receipt(chain: PyEvmChain, transaction_hash: str) -> Json:
    entry = chain.find(_bytes(transaction_hash))
    if entry is None:
        return None
    return {
        "transactionHash": _hex(entry.hash),
        "transactionIndex": "0x0",
        "blockHash": _hex(entry.block_hash),
        "blockNumber": _quantity(entry.block_number),
        "from": chain.checksum(entry.transaction.sender),
        "to": chain.checksum(entry.transaction.to),
        "contractAddress": chain.checksum(entry.created or b""),
        "cumulativeGasUsed": _quantity(entry.gas_used),
        "gasUsed": _quantity(entry.gas_used),
        "effectiveGasPrice": _quantity(entry.price),
        "status": "0x1" if entry.succeeded else "0x0",
        "type": _quantity(getattr(entry.transaction, "type_id", 0) or 0),
        "logs": [_log(chain, entry, index) for index in range(len(entry.logs))],
        "logsBloom": "0x" + "00" * 256,
    }


def _matches(wanted: list[Any], topics: tuple[bytes, ...]) -> bool:
    if len(wanted) > len(topics):
        return False
    for want, topic in zip(wanted, topics, strict=False):
        options = want if isinstance(want, list) else [want]
        if want is not None and topic not in [_bytes(option) for option in options]:
            return False
    return True


def _logs(chain: PyEvmChain, wanted: dict[str, Any]) -> Json:
    head = chain.head().block_number
    first = _number(wanted.get("fromBlock", "latest"))
    last = _number(wanted.get("toBlock", "latest"))
    raw: Any = wanted.get("address", [])
    addresses = [_bytes(address) for address in (raw if isinstance(raw, list) else [raw])]
    found = []
    for entry, index in chain.logs(*(head if edge is None else edge for edge in (first, last))):
        address, topics, _ = entry.logs[index]
        if addresses and address not in addresses:
            continue
        if _matches(wanted.get("topics", []), topics):
            found.append(_log(chain, entry, index))
    return found


def _found(chain: PyEvmChain, transaction_hash: str) -> Json:
    entry = chain.find(_bytes(transaction_hash))
    return None if entry is None else _transaction(chain, entry)


def _header(chain: PyEvmChain, tag: str) -> Any:
    number = _number(tag)
    return chain.head() if number is None else chain.header_at(number)


def _mine(chain: PyEvmChain, count: str = "0x1", *_: Any) -> Json:
    for _index in range(int(count, 16) if isinstance(count, str) else count):
        chain.mine_empty()
    return "0x0"


def _increase_time(chain: PyEvmChain, seconds: str | int) -> Json:
    chain.shift_s += int(seconds, 16) if isinstance(seconds, str) else seconds
    return _quantity(chain.shift_s)


def _set_time(chain: PyEvmChain, timestamp: str | int) -> Json:
    wanted = int(timestamp, 16) if isinstance(timestamp, str) else timestamp
    if wanted <= chain.head().timestamp:
        raise Refusal(-32602, f"expected a time after {chain.head().timestamp}, got {wanted}")
    chain.shift_s = wanted - int(time.time())
    return _quantity(wanted)


def _reorg(chain: PyEvmChain, depth: int, _pairs: Any = None) -> Json:
    """As anvil_reorg with no pairs: the last blocks are replaced by as many empty ones."""
    chain.go_back_by(depth)
    for _index in range(depth):
        chain.mine_empty()
    return None


METHODS: dict[str, Callable[..., Json]] = {
    "web3_clientVersion": lambda chain: "cargoseal-embedded/py-evm",
    "net_version": lambda chain: str(chain.chain_id),
    "eth_chainId": lambda chain: _quantity(chain.chain_id),
    "eth_accounts": lambda chain: [chain.checksum(account) for account in chain.accounts],
    "eth_blockNumber": lambda chain: _quantity(chain.head().block_number),
    "eth_syncing": lambda chain: False,
    "eth_gasPrice": lambda chain: _quantity(chain.head().base_fee_per_gas + _GWEI),
    "eth_maxPriorityFeePerGas": lambda chain: _quantity(_GWEI),
    "eth_getBlockByNumber": lambda c, tag, full=False: _block(c, _header(c, tag), full),
    "eth_getBlockByHash": lambda c, key, full=False: _block(c, c.header_by_hash(_bytes(key)), full),
    "eth_getBalance": lambda c, a, tag="latest": _quantity(
        c.state(_number(tag)).get_balance(_bytes(a))
    ),
    "eth_getTransactionCount": lambda c, a, tag="latest": _quantity(
        c.state(_number(tag)).get_nonce(_bytes(a))
    ),
    "eth_getCode": lambda c, a, tag="latest": _hex(c.state(_number(tag)).get_code(_bytes(a))),
    "eth_getStorageAt": lambda c, a, slot, tag="latest": _hex(
        c.state(_number(tag)).get_storage(_bytes(a), int(slot, 16)).to_bytes(32, "big")
    ),
    "eth_call": lambda c, call, tag="latest", *_: _hex(c.call(_call(call), _number(tag))),
    "eth_estimateGas": lambda c, call, *_: _quantity(c.estimate(_call(call))),
    "eth_sendRawTransaction": lambda c, raw: _hex(c.send(_bytes(raw))),
    "eth_getTransactionReceipt": _receipt,
    "eth_getTransactionByHash": _found,
    "eth_getLogs": _logs,
    "evm_mine": lambda c, *_: _mine(c),
    "anvil_mine": _mine,
    "evm_snapshot": lambda c: _quantity(c.snapshot()),
    "evm_revert": lambda c, number: c.revert(int(number, 16)),
    "evm_increaseTime": _increase_time,
    "evm_setNextBlockTimestamp": _set_time,
    "anvil_reorg": _reorg,
}
