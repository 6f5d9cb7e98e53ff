"""The chain's side of a check, read through a token contract.

Rules
1. Only reading: no key is needed. The node asked is the one that the person who checks configured.
2. Events are asked for in spans of blocks, since nodes limit an answer, and ordered by block and
   place in it.
"""

from typing import Any

from cargoseal.audit.view import (
    AttestedToken,
    ChainEvent,
    ChainStatus,
    EscalatedToken,
    PostedBatch,
    ReviewedToken,
)
from cargoseal.chain.registries import DeviceRegistry, ModelRegistry
from cargoseal.chain.reverts import Reverted
from cargoseal.chain.token import TokenContract
from cargoseal.policy.terms import Condition, Doubt, Lifecycle, Rule

SPAN = 5_000  # blocks asked for at once


class TokenView:
    """`ChainView` of a deployment. `first_block` is where its contracts were created."""

    def __init__(
        self,
        token: TokenContract,
        devices: DeviceRegistry | None,
        first_block: int = 0,
        models: ModelRegistry | None = None,
    ) -> None:
        self._token = token
        self._devices = devices
        self._first_block = first_block
        self._models = models

    def chain_id(self) -> int:
        return int(self._token.w3.eth.chain_id)

    def contract(self) -> bytes:
        return bytes.fromhex(self._token.address[2:])

    def deployment(self) -> str:
        return self._token.deployment()

    def status_of(self, token: int) -> ChainStatus | None:
        try:
            found = self._token.status_of(token)
        except Reverted as refused:
            if refused.revert.name == "UnknownToken":
                return None
            raise
        return ChainStatus(
            Condition(found.condition),
            Lifecycle(found.lifecycle),
            Doubt(found.doubts),
            found.health,
            Rule(found.rule),
            found.score,
            found.since_s,
            found.gateway,
            found.profile,
            self._token.is_stale(token),
        )

    def history(self, token: int) -> list[ChainEvent]:
        placed: list[tuple[tuple[int, int], ChainEvent]] = []
        for first, last in self._spans():
            for event in self._token.events("Posted", first, last):
                told = event["args"]
                batch = PostedBatch(
                    told["gateway"], told["seq"], bytes(told["root"]), bytes(told["updates"])
                )
                placed.append((_place(event), batch))
            for event in self._token.events("Reviewed", first, last, tokenId=token):
                told = event["args"]
                placed.append(
                    (
                        _place(event),
                        ReviewedToken(
                            Condition(told["to"]), told["reason"], bytes(told["evidence"])
                        ),
                    )
                )
            for name in ("Escalated", "Refuted"):
                for event in self._token.events(name, first, last, tokenId=token):
                    told = event["args"]
                    escalated = EscalatedToken(Condition(told["to"]), Rule(told["rule"]))
                    placed.append((_place(event), escalated))
            for event in self._token.events("Attested", first, last, tokenId=token):
                told = event["args"]
                attested = AttestedToken(told["gateway"], Condition(told["condition"]))
                placed.append((_place(event), attested))
        return [event for _, event in sorted(placed, key=lambda item: item[0])]

    def device_key(self, node: bytes) -> bytes | None:
        device = self._devices.device_of(node) if self._devices else None
        return None if device is None else device.public_key

    def model_active(self, digest: bytes) -> bool | None:
        return None if self._models is None else self._models.is_active(digest)

    def _spans(self) -> list[tuple[int, int]]:
        head = int(self._token.w3.eth.block_number)
        starts = range(self._first_block, head + 1, SPAN)
        return [(start, min(start + SPAN - 1, head)) for start in starts]


def _place(event: Any) -> tuple[int, int]:
    return int(event["blockNumber"]), int(event["logIndex"])
