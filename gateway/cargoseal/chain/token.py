"""CargoToken: what the gateway, people and readers do with it.

Rules
1. `status_of` is the truth about a token; it is read together with `is_stale`.
2. `post_call` only encodes a post: signing, storing and sending one is the poster's part.
"""

from dataclasses import astuple, dataclass
from typing import Any

from web3 import Web3

from cargoseal.chain.artifacts import load_artifact
from cargoseal.chain.contract import Contract, Receipt
from cargoseal.chain.keys import Signer


@dataclass(frozen=True)
class Status:
    """A token's state. Codes as in policy.terms; times are Unix seconds; `profile` 32 bytes.

    `updates` is the number of the last record of its history, `reviews` a count modulo 256,
    `standing` the condition without any gateway's word, `voices` how many gateways had called it
    compromised when one last did.
    """

    condition: int
    lifecycle: int
    doubts: int
    health: int
    rule: int
    score: int
    updates: int
    since_s: int
    recorded_s: int
    gateway: int
    profile: bytes
    reviews: int
    standing: int
    voices: int


@dataclass(frozen=True)
class GuardSettings:
    """What bounds gateways and reviewers; times in seconds. `quorum` (1 to 4): how many gateways
    must call a token compromised within `quorum_window_s`; `second_reviewer`: whether a condition
    gets better only when two reviewers say so."""

    min_interval_s: int = 0
    epoch_s: int = 3600
    stale_after_s: int = 3 * 3600
    quorum: int = 1
    quorum_window_s: int = 24 * 3600
    second_reviewer: bool = False


@dataclass(frozen=True)
class GatewaySlot:
    """One gateway as the contract knows it; `index` 0: the account is none."""

    index: int
    account: str
    active: bool
    next_seq: int
    last_post_s: int


@dataclass(frozen=True)
class Posted:
    """One accepted batch, as its event says, and where it is."""

    gateway: int
    seq: int
    root: bytes
    content_id: bytes
    updates: bytes
    block: int
    block_hash: bytes
    transaction: bytes


@dataclass(frozen=True)
class Reviewed:
    """A person's verdict, as its event says; `reviewer` is an account, `corrects` the record that
    was the token's last."""

    token: int
    reviewer: str
    corrects: int
    from_condition: int
    to_condition: int
    reason: int
    evidence: bytes
    block: int


class TokenContract(Contract):
    """The token contract at an address."""

    def __init__(self, w3: Web3, address: str) -> None:
        super().__init__(w3, address, load_artifact("CargoToken").abi, "CargoToken")

    # -- readers --------------------------------------------------------------------------------

    def status_of(self, token: int, block: int | None = None) -> Status:
        """Raises Reverted (UnknownToken) for a token that was never minted."""
        return Status(*self.read("statusOf", token, block=block))

    def exists(self, token: int) -> bool:
        from cargoseal.chain.reverts import Reverted

        try:
            self.status_of(token)
        except Reverted as refused:
            if refused.revert.name == "UnknownToken":
                return False
            raise
        return True

    def is_stale(self, token: int) -> bool:
        return bool(self.read("isStale", token))

    def owner_of(self, token: int) -> str:
        return str(self.read("ownerOf", token))

    def token_uri(self, token: int) -> str:
        return str(self.read("tokenURI", token))

    def deployment(self) -> str:
        return str(self.read("deployment"))

    def anchor_of(self, gateway: int, seq: int) -> bytes:
        """The root anchored by that post; Reverted (AnchorNotKept) when it left the ring."""
        return bytes(self.read("anchorOf", gateway, seq))

    def gateway_at(self, index: int) -> GatewaySlot:
        account, active, next_seq, last_post_s = self.read("gatewayAt", index)
        return GatewaySlot(index, account, active, next_seq, last_post_s)

    def gateway_of(self, account: str) -> GatewaySlot | None:
        """The gateway that posts with this account; None when there is none."""
        index = int(self.read("gatewayIndex", Web3.to_checksum_address(account)))
        return None if index == 0 else self.gateway_at(index)

    def room_in_epoch(self, gateway: int) -> int:
        """How many more updates the gateway may post in this epoch."""
        cap, used = self.read("capAt", gateway)
        return max(0, int(cap) - int(used))

    # -- events ---------------------------------------------------------------------------------

    def posted(
        self, first: int, last: int | str = "latest", *, gateway: int, seq: int | None = None
    ) -> list[Posted]:
        """The batches accepted in a range of blocks, in order; `seq` asks for one of them."""
        wanted: dict[str, Any] = {"gateway": gateway}
        if seq is not None:
            wanted["seq"] = seq
        return [_posted(event) for event in self.events("Posted", first, last, **wanted)]

    def posted_in(self, receipt: Receipt) -> list[Posted]:
        """The batches that one transaction posted."""
        decoded = [self.decode_event("Posted", log) for log in receipt.logs]
        return [_posted(event) for event in decoded if event is not None]

    def reviewed(self, first: int, last: int | str = "latest", *, token: int) -> list[Reviewed]:
        """People's verdicts on a token, in order."""
        found = self.events("Reviewed", first, last, tokenId=token)
        return [_reviewed(event) for event in found]

    # -- people's part --------------------------------------------------------------------------

    def mint(self, signer: Signer, to: str, token: int, gateway: int, profile: bytes) -> Receipt:
        return self.transact(signer, "mint", Web3.to_checksum_address(to), token, gateway, profile)

    def review(
        self,
        signer: Signer,
        token: int,
        *,
        expected_updates: int,
        condition: int,
        reason: int,
        evidence: bytes,
    ) -> Receipt:
        """A person's verdict. Reverted (UpdatedSince) when the token changed since it was read.

        Where two reviewers must agree on what is better, the first only proposes: see `decided`.
        """
        return self.transact(signer, "review", token, expected_updates, condition, reason, evidence)

    def decided(self, receipt: Receipt) -> bool:
        """Whether a review's transaction set the condition; False: it only proposed it."""
        return any(self.decode_event("Reviewed", log) for log in receipt.logs)

    def set_lifecycle(self, signer: Signer, token: int, lifecycle: int) -> Receipt:
        return self.transact(signer, "setLifecycle", token, lifecycle)

    def set_gateway(
        self, signer: Signer, index: int, account: str, *, active: bool, cap: int
    ) -> Receipt:
        checked = Web3.to_checksum_address(account)
        return self.transact(signer, "setGateway", index, checked, active, cap)

    def guards(self) -> tuple[bool, GuardSettings]:
        """Whether posts are paused, and the settings."""
        paused, settings = self.read("guards")
        return bool(paused), GuardSettings(*settings)

    def set_guards(self, signer: Signer, settings: GuardSettings) -> Receipt:
        return self.transact(signer, "setGuards", astuple(settings))

    def freeze(self, signer: Signer, gateway: int) -> Receipt:
        """Takes a gateway's right to post, at once."""
        return self.transact(signer, "freeze", gateway)

    def dispute(self) -> str:
        """The contract whose proofs the token believes; the zero address: none."""
        return str(self.read("dispute"))

    def pause(self, signer: Signer) -> Receipt:
        return self.transact(signer, "pause")

    def unpause(self, signer: Signer) -> Receipt:
        return self.transact(signer, "unpause")

    # -- the poster's part ----------------------------------------------------------------------

    def post_call(
        self, seq: int, deadline_s: int, root: bytes, content_id: bytes, updates: bytes
    ) -> bytes:
        """The call data of `post`."""
        return self.encode("post", seq, deadline_s, root, content_id, updates)


def _posted(event: Any) -> Posted:
    values = event["args"]
    return Posted(
        values["gateway"],
        values["seq"],
        bytes(values["root"]),
        bytes(values["contentId"]),
        bytes(values["updates"]),
        event["blockNumber"],
        bytes(event["blockHash"]),
        bytes(event["transactionHash"]),
    )


def _reviewed(event: Any) -> Reviewed:
    values = event["args"]
    return Reviewed(
        values["tokenId"],
        values["reviewer"],
        values["corrects"],
        values["from"],
        values["to"],
        values["reason"],
        bytes(values["evidence"]),
        event["blockNumber"],
    )
