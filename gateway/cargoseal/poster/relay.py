"""The poster's eyes and hands on the chain: what it sees, how it signs and sends.

Rules
1. Every method is one attempt; what fails leaves as ChainError or Reverted and is tried again by
   the poster's next step.
2. Signing is deterministic and has no effect; only `send` has one, and only with stored bytes.
"""

from dataclasses import dataclass

from eth_account.typed_transactions.typed_transaction import TypedTransaction
from hexbytes import HexBytes
from web3 import Web3
from web3.exceptions import TransactionNotFound

from cargoseal.chain.contract import MAX_FEE, Receipt, link_errors, present_fee, receipt_of
from cargoseal.chain.fees import Fee, first_offer, raised
from cargoseal.chain.keys import Signer
from cargoseal.chain.token import GatewaySlot, Posted, TokenContract
from cargoseal.errors import ChainError
from cargoseal.poster.ledger import Batch, Stored

_KNOWN_WORDS = ("already known", "already imported", "known transaction")
_TOO_LITTLE_WORDS = ("underpriced", "less than block base fee", "fee too low")
_LOG_SPAN = 5_000  # blocks asked for at once
_MAX_SPANS = 400
# Where the deadline stands in the call data of post(): selector, seq, deadline.
_DEADLINE_AT = slice(4 + 32, 4 + 64)


@dataclass(frozen=True)
class Sight:
    """The chain at one moment. `tip`, `time_s`: hash and time of the latest block."""

    head: int
    tip: bytes
    time_s: int
    slot: GatewaySlot
    next_nonce: int
    queued_nonce: int


@dataclass(frozen=True)
class Raw:
    """What a signed transaction says."""

    nonce: int
    fee: Fee
    gas: int
    deadline_s: int


def read_raw(raw: bytes) -> Raw:
    """Decodes a stored EIP-1559 transaction that posts a batch."""
    fields = TypedTransaction.from_bytes(HexBytes(raw)).as_dict()
    fee = Fee(int(fields["maxFeePerGas"]), int(fields["maxPriorityFeePerGas"]))
    data = bytes(HexBytes(fields["data"]))
    deadline_s = int.from_bytes(data[_DEADLINE_AT], "big")
    return Raw(int(fields["nonce"]), fee, int(fields["gas"]), deadline_s)


class Relay:
    """One gateway's account at one token contract."""

    def __init__(
        self, token: TokenContract, signer: Signer, chain_id: int, max_fee: int = MAX_FEE
    ) -> None:
        self.token = token
        self._w3 = token.w3
        self._signer = signer
        self._sender = Web3.to_checksum_address(signer.address)
        self._max_fee = max_fee
        self._chain_id = chain_id
        self._index = 0

    # -- seeing ---------------------------------------------------------------------------------

    @property
    def index(self) -> int:
        """Our number as a gateway; 0 before the first look."""
        return self._index

    def look(self) -> Sight:
        """The chain as it is now. Raises ChainError when it is another chain than expected, or
        our account is no gateway on it."""
        if self._index == 0:
            self._require_chain()
            slot = self.token.gateway_of(self._sender)
            if slot is None:
                raise ChainError(
                    f"{self.token.address}: expected {self._sender} to be a gateway, got an "
                    "account that is none: run the deployment with it, or use another key"
                )
            self._index = slot.index
        with link_errors("latest block"):
            block = self._w3.eth.get_block("latest")
        with link_errors("nonce"):
            next_nonce = self._w3.eth.get_transaction_count(self._sender)
            queued = self._w3.eth.get_transaction_count(self._sender, "pending")
        slot = self.token.gateway_at(self._index)
        tip = bytes(block["hash"])
        return Sight(block["number"], tip, block["timestamp"], slot, next_nonce, queued)

    def _require_chain(self) -> None:
        with link_errors("chain id"):
            got = self._w3.eth.chain_id
        if got != self._chain_id:
            raise ChainError(f"chain id: expected {self._chain_id}, got {got}")

    def tip(self) -> bytes:
        """The hash of the latest block: one request that says whether anything has changed."""
        with link_errors("latest block"):
            return bytes(self._w3.eth.get_block("latest")["hash"])

    def knows(self, transaction_hash: bytes) -> bool:
        """Whether the node has a transaction, mined or in its pool."""
        with link_errors("transaction"):
            try:
                self._w3.eth.get_transaction(HexBytes(transaction_hash))
            except TransactionNotFound:
                return False
        return True

    def receipt(self, transaction_hash: bytes) -> Receipt | None:
        return receipt_of(self._w3, transaction_hash)

    def find_posted(
        self, first_seq: int, last_seq: int, from_block: int, head: int
    ) -> list[Posted]:
        """Our accepted batches of a range of numbers, searched backwards from the head."""
        found: dict[int, Posted] = {}
        high, spans = head, 0
        while high >= from_block and len(found) <= last_seq - first_seq and spans < _MAX_SPANS:
            low = max(from_block, high - _LOG_SPAN + 1)
            for event in self.token.posted(low, high, gateway=self._index):
                if first_seq <= event.seq <= last_seq:
                    found[event.seq] = event
            high, spans = low - 1, spans + 1
        return [found[seq] for seq in sorted(found)]

    # -- trying, signing and sending --------------------------------------------------------------

    def call_of(self, batch: Batch, deadline_s: int) -> bytes:
        return self.token.post_call(
            batch.seq, deadline_s, batch.root, batch.content_id, batch.updates
        )

    def try_post(self, batch: Batch, deadline_s: int) -> None:
        """Simulates a post. Raises Reverted with the contract's reason."""
        self.token.simulate(self._sender, self.call_of(batch, deadline_s))

    def sign(self, batch: Batch, nonce: int, deadline_s: int, now_ms: int) -> Stored:
        """A first transaction for a batch at a nonce. Raises Reverted when it would fail."""
        data = self.call_of(batch, deadline_s)
        gas = self.token.estimate(self._sender, data)
        return self._signed(nonce, gas, present_fee(self._w3, self._max_fee)[2], data, now_ms)

    def sign_replacement(
        self, batch: Batch, old: list[Raw], nonce: int, deadline_s: int, now_ms: int
    ) -> Stored | None:
        """One that replaces those `old` ones at its nonce; None when that passes the ceiling."""
        base, tip, _ = present_fee(self._w3, self._max_fee)
        before = [raw.fee for raw in old if raw.nonce == nonce]
        fee: Fee | None = first_offer(base, tip, self._max_fee)
        if before:
            highest = Fee(max(fee.highest for fee in before), max(fee.tip for fee in before))
            fee = raised(highest, base, tip, self._max_fee)
        if fee is None:
            return None
        gas = max(raw.gas for raw in old)
        return self._signed(nonce, gas, fee, self.call_of(batch, deadline_s), now_ms)

    def _signed(self, nonce: int, gas: int, fee: Fee, data: bytes, now_ms: int) -> Stored:
        signed = self._signer.sign(
            {
                "chainId": self._chain_id,
                "nonce": nonce,
                "to": self.token.address,
                "value": 0,
                "gas": gas,
                "maxFeePerGas": fee.highest,
                "maxPriorityFeePerGas": fee.tip,
                "data": "0x" + data.hex(),
            }
        )
        return Stored(signed.hash, nonce, signed.raw, fee.highest, now_ms)

    def send(self, raw: bytes) -> bool:
        """Hands stored bytes to the node; that it has them already is no error. False: they pay
        too little, for the present base fee or beside what it holds at this nonce."""
        try:
            with link_errors("send"):
                self._w3.eth.send_raw_transaction(HexBytes(raw))
        except ChainError as error:
            text = str(error).lower()
            if any(word in text for word in _TOO_LITTLE_WORDS):
                return False
            if not any(word in text for word in _KNOWN_WORDS):
                raise
        return True
