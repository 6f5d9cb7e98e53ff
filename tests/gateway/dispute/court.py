"""A deployment on a real chain, two gateways of which one lies, nodes that seal, and a bystander.

The bystander has an account with ether and the token contract's address; nothing else of anybody's.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from liar import LyingGateway
from web3 import Web3

from cargoseal.chain.addresses import read_addresses
from cargoseal.chain.contract import link_errors
from cargoseal.chain.devkeys import dev_key, dev_signer
from cargoseal.chain.registries import DeviceRegistry, ModelRegistry
from cargoseal.chain.token import TokenContract
from cargoseal.dispute.acting import Sent
from cargoseal.dispute.chain import ChainGround
from cargoseal.evidence.bundle import Bundle
from cargoseal.evidence.entries import Assigned, Opened, SegmentEntry, encode
from cargoseal.evidence.heads import Head
from cargoseal.policy.profile import load_profile
from cargoseal_score.blob import pack
from cargoseal_wire.identity import audience
from cargoseal_wire.sections import decode_claim
from cargoseal_wire.segment import Segment, seal_digest
from cargoseal_wire.statement import decode_statement
from tests.gateway.chain.world import ADMIN, CHAIN_ID, deployed_on
from tests.gateway.sealing import MODEL, SealingNode

LIAR, BYSTANDER, OTHER = dev_signer(3), dev_signer(4), dev_signer(5)
LIAR_KEY, BYSTANDER_KEY = dev_key(3), dev_key(4)
TOKEN, LIAR_INDEX = 7, 2
PROFILE = load_profile("vaccine-2-8")
BLOB = pack(MODEL)
MODELS = {MODEL.digest: MODEL}
BLOBS = {MODEL.digest: BLOB}
BESIDE = [Head(token, 1, hashlib.sha256(bytes([token])).digest()) for token in (1, 3, 20, 21)]
DAY_MS = 24 * 3600 * 1000


@dataclass
class Court:
    """The chain, its clients, and a node that watches `TOKEN`."""

    kind: str
    url: str
    book: Path
    w3: Web3
    token: TokenContract
    devices: DeviceRegistry
    models: ModelRegistry
    audience: bytes
    node: SealingNode
    sent: list[Sent] = field(default_factory=list)

    @property
    def ground(self) -> ChainGround:
        return ChainGround(self.token)

    @property
    def liar(self) -> LyingGateway:
        return LyingGateway(self.token, LIAR)

    def rpc(self, method: str, *params: Any) -> Any:
        answer = self.w3.provider.make_request(method, list(params))  # type: ignore[arg-type]
        assert "error" not in answer, (method, answer)
        return answer.get("result")

    def now_ms(self) -> int:
        return 1000 * self.ground.now_s()

    def nonce(self, address: str = BYSTANDER.address) -> int:
        with link_errors("nonce"):
            return self.w3.eth.get_transaction_count(Web3.to_checksum_address(address))

    def seal(self, node: SealingNode | None = None, **changes: Any) -> Segment:
        """A segment of a window that ended a minute ago, by the node's sound clock."""
        one = node or self.node
        one.counter += 1
        start = self.now_ms() - 21 * 60_000
        fields = {"start_ms": start} | changes
        segment, one.previous = one.make(one.counter, one.previous, **fields)
        return segment

    def log(self, segments: Sequence[Segment], **lies: Any) -> Bundle:
        """A log of these segments; `lies` are fields of the last one's entry."""
        now_ms = self.now_ms()
        node = self.node
        entries: list[Any] = [
            Opened(TOKEN, PROFILE.digest, PROFILE.canonical, self.audience, now_ms),
            Assigned(node.node, node.public_key, 0, now_ms),
        ]
        for at, segment in enumerate(segments):
            entries.append(entry_of(segment, now_ms, lies if at == len(segments) - 1 else {}))
        return Bundle(
            TOKEN, [encode(one) for one in entries], [s.encode() for s in segments], [], [BLOB], []
        )


def entry_of(segment: Segment, now_ms: int, lies: dict[str, Any]) -> SegmentEntry:
    """What an honest gateway writes of a segment, but for the lies."""
    said = decode_statement(segment.statement)
    score = decode_claim(segment.claim).score if segment.claim else 0
    fields: dict[str, Any] = {
        "seal_digest": seal_digest(segment.seal),
        "claim_digest": said.claim_digest,
        "model": said.model,
        "node": said.node,
        "counter": said.counter,
        "score": score,
        "received_ms": now_ms,
    }
    return SegmentEntry(**(fields | lies))


@contextmanager
def court_on(kind: str, folder: Path) -> Iterator[Court]:
    """Gateway 1 is honest and watches nothing here, gateway 2 lies and watches the token."""
    with deployed_on(kind, folder) as deployed:
        addresses = read_addresses(deployed.book, CHAIN_ID)
        token, w3 = deployed.token, deployed.w3
        served = audience(CHAIN_ID, addresses.token_bytes, token.deployment())
        node = SealingNode(1, audience=served)
        devices = DeviceRegistry(w3, addresses.devices)
        models = ModelRegistry(w3, addresses.models)
        made = Court(
            kind, deployed.chain.url, deployed.book, w3, token, devices, models, served, node
        )
        start_ms = made.now_ms() - 30 * DAY_MS
        token.set_gateway(ADMIN, LIAR_INDEX, LIAR.address, active=True, cap=1000)
        token.mint(ADMIN, ADMIN.address, TOKEN, LIAR_INDEX, PROFILE.digest)
        devices.register(ADMIN, node.node, node.public_key, start_ms)
        devices.assign(ADMIN, node.node, TOKEN, start_ms)
        models.register(ADMIN, MODEL.digest, bytes(32), b"\x01" * 32, start_ms)
        models.point(ADMIN, PROFILE.digest, MODEL.kind, MODEL.digest, 1)
        yield made
