"""A deployment to dispute in: real contracts, a node that seals, a gateway that anchors.

Rules
1. The chain is anvil with what `cargoseal contracts deploy` puts on it; each test's changes are
   undone after it.
2. `Sealed` makes what an honest node makes; every test that attacks changes one thing of it.
3. Gas is `gasUsed` of mined transactions.
"""

import hashlib
import random
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from nacl.signing import SigningKey
from web3 import Web3

from cargoseal.chain.addresses import Addresses, read_addresses
from cargoseal.chain.artifacts import load_artifact
from cargoseal.chain.contract import Contract, Receipt, transact
from cargoseal.chain.devkeys import dev_signer
from cargoseal.chain.ed25519_hints import signature_hints
from cargoseal.chain.kernels import Int8Model
from cargoseal.chain.keys import Signer
from cargoseal.chain.registries import DeviceRegistry, ModelRegistry
from cargoseal.chain.reverts import Reverted
from cargoseal.chain.token import TokenContract
from cargoseal.evidence.entries import SegmentEntry, encode
from cargoseal.evidence.heads import Head, batch_root, head_path
from cargoseal_score.blob import load, pack
from cargoseal_score.infer import score
from cargoseal_score.model import LINEAR, MEAN, Feature, Layer, Model
from cargoseal_wire import constants as c
from cargoseal_wire.identity import audience, node_id
from cargoseal_wire.merkle import inclusion_path, leaf_hash, root
from cargoseal_wire.seal import PROTECTED, Seal, _signed
from cargoseal_wire.sections import Claim
from cargoseal_wire.statement import Statement
from tests.gateway.chain.world import ADMIN, CHAIN_ID, GATEWAY, REVIEWER, deployed_on

BYSTANDER, COPYIST = dev_signer(5), dev_signer(6)
PROFILE = b"\x11" * 32
THRESHOLD = 1000
DEPLOYMENT = "test"


def network(inputs: int, hidden: int, kind: int = c.CLIMATE) -> Model:
    """A two-layer autoencoder of 2 x inputs x hidden multiplications; the same every time."""
    rng = random.Random(inputs * 1000 + hidden)
    widths = ((inputs, hidden), (hidden, inputs))
    layers = [
        Layer(
            wide,
            out,
            0,
            0,
            -128,
            127,
            array("b", [rng.randint(-127, 127) for _ in range(wide * out)]),
            array("i", [rng.randint(-2000, 2000) for _ in range(out)]),
            array("I", [(1 << 30) + rng.randint(0, 1 << 29) for _ in range(out)]),
            bytes([8] * out),
        )
        for wide, out in widths
    ]
    features = [Feature(c.TEMPERATURE, MEAN, LINEAR, 16, 0, 1 << 17) for _ in range(inputs)]
    return load(pack(Model(b"", kind, 0, features, layers)))


def blob_of(model: Model) -> bytes:
    return pack(model)


@dataclass(frozen=True)
class Sealed:
    """One sealed segment's parts, and the entry that an honest gateway makes of it."""

    statement: bytes
    claim: bytes
    key_id: bytes
    signature: bytes
    public_key: bytes
    entry: SegmentEntry

    @property
    def payload(self) -> bytes:
        return hashlib.sha256(self.statement).digest()

    @property
    def halves(self) -> tuple[bytes, bytes]:
        return self.signature[:32], self.signature[32:]

    def hints(self) -> tuple[int, int, int]:
        return signature_hints(_signed(PROTECTED, self.payload), self.public_key, self.signature)

    def for_chain(self) -> tuple[Any, ...]:
        """The contract's struct Segment."""
        return (self.statement, self.claim, *self.halves, self.hints())


@dataclass
class Node:
    """A node with one key."""

    seed: int
    audience: bytes

    def __post_init__(self) -> None:
        self.key = SigningKey(hashlib.sha256(b"dispute node %d" % self.seed).digest())
        self.public_key = bytes(self.key.verify_key)
        self.node = node_id(self.public_key)

    def seal(
        self,
        model: Model,
        start_ms: int,
        *,
        counter: int = 1,
        model_input: bytes | None = None,
        claim: bytes | None = None,
        key_id: bytes | None = None,
        signature: bytes | None = None,
        **changes: Any,
    ) -> Sealed:
        """A segment over a window of ten minutes from `start_ms`."""
        if model_input is None:
            model_input = bytes((counter * 37 + 101 * i) & 255 for i in range(model.inputs))
        said = score(model, model_input)
        claim = claim or Claim(bytes([counter] * 16), model_input, said).encode()
        fields: dict[str, Any] = {
            "audience": self.audience,
            "node": self.node,
            "previous": c.NO_SEGMENT,
            "model": model.digest,
            "claim_digest": hashlib.sha256(claim).digest(),
            "readings_digest": b"\x01" * 32,
            "location_digest": b"\x02" * 32,
            "kind": model.kind,
            "boot": 1,
            "counter": counter,
            "start_ms": start_ms,
            "uptime_ms": 86_400_000,
            "duration_ms": 600_000,
            "clock_source": c.GNSS,
            "clock_error_ms": 1000,
            "count": 20,
            "dropped": 0,
            "flags": 0,
            "application": 0,
            "configuration": 0,
        } | changes
        statement = Statement(**fields).encode()
        payload = hashlib.sha256(statement).digest()
        signature = signature or bytes(self.key.sign(_signed(PROTECTED, payload)).signature)
        key_id = key_id or self.node
        entry = SegmentEntry(
            hashlib.sha256(Seal(key_id, payload, signature).encode()).digest(),
            fields["claim_digest"],
            fields["model"],
            fields["node"],
            fields["counter"],
            said,
            start_ms + 700_000,
        )
        return Sealed(statement, claim, key_id, signature, self.public_key, entry)


@dataclass
class Logs:
    """What a gateway keeps: encoded entries by token."""

    entries: dict[int, list[bytes]]

    def heads(self) -> list[Head]:
        return [
            Head(token, len(log), root([leaf_hash(entry) for entry in log]))
            for token, log in sorted(self.entries.items())
        ]

    def root(self) -> bytes:
        return batch_root(self.heads())

    def leaf(self, gateway: int, seq: int, token: int, index: int) -> tuple[Any, ...]:
        """The contract's struct Leaf."""
        heads = self.heads()
        place, path = head_path(heads, token)
        head, log = heads[place], self.entries[token]
        return (
            gateway,
            seq,
            (head.token, head.size, head.root),
            (place, len(heads), path),
            log[index],
            index,
            inclusion_path([leaf_hash(entry) for entry in log], index),
        )


class DisputeWorld:
    """The deployment: token 1 is watched by `node` under PROFILE, token 2 by nobody."""

    def __init__(self, w3: Web3, token: TokenContract, book: Path) -> None:
        self.w3, self.token, self.book = w3, token, book
        self.addresses: Addresses = read_addresses(book, CHAIN_ID)
        self.devices = DeviceRegistry(w3, self.addresses.devices)
        self.models = ModelRegistry(w3, self.addresses.models)
        self.executor = Int8Model(w3, self.addresses.executor)
        abi = load_artifact("Dispute").abi
        self.dispute = Contract(w3, self.addresses.dispute, abi, "Dispute")
        self.audience = audience(CHAIN_ID, self.addresses.token_bytes, DEPLOYMENT)
        self.node, self.other = Node(1, self.audience), Node(2, self.audience)
        self.model = network(32, 16)
        self.now_s = int(w3.eth.get_block("latest")["timestamp"])
        self.start_ms = (self.now_s - 3600) * 1000

    def rpc(self, method: str, *params: Any) -> Any:
        answer = self.w3.provider.make_request(method, list(params))  # type: ignore[arg-type]
        assert "error" not in answer, (method, answer)
        return answer.get("result")

    def set_up(self) -> None:
        """Mints, registers, assigns, points: all that a proof rests on."""
        for token in (1, 2):
            self.token.mint(ADMIN, ADMIN.address, token, 1, PROFILE)
        assigned_ms = self.start_ms - 60_000
        for node in (self.node, self.other):
            self.devices.register(ADMIN, node.node, node.public_key, assigned_ms - 600_000)
        self.devices.assign(ADMIN, self.node.node, 1, assigned_ms)
        self.enter(self.model, THRESHOLD)

    def enter(self, model: Model, threshold: int, profile: bytes = PROFILE) -> None:
        """Makes a model the one that a profile is judged with, and executable."""
        self.models.register(ADMIN, model.digest, bytes(32), b"l" * 32, 1000)
        self.models.point(ADMIN, profile, model.kind, model.digest, threshold)
        self.executor.store(ADMIN, blob_of(model))

    def seal(self, **changes: Any) -> Sealed:
        """A segment of the node that watches token 1."""
        model = changes.pop("by", self.model)
        return self.node.seal(model, changes.pop("start_ms", self.start_ms), **changes)

    def raise_(self, sealed: Sealed, token: int = 1) -> Receipt:
        return self.call(BYSTANDER, "raise", token, sealed.for_chain())

    def call(self, who: Signer, function: str, *arguments: Any, value: int = 0) -> Receipt:
        """A transaction to the dispute contract, simulated on the block that would take it."""
        data = self.dispute.encode(function, *arguments)
        return transact(
            self.w3, who, self.dispute.address, data, function, value=value, state="pending"
        )

    # -- the gateway ------------------------------------------------------------------------------

    def anchor(self, logs: Logs, updates: bytes = b"") -> int:
        """Posts the root over the logs; the post's number."""
        seq = self.token.gateway_at(1).next_seq
        self.token.transact(GATEWAY, "post", seq, 2**40, logs.root(), b"\0" * 32, updates)
        return seq

    def flag(self, condition: int, token: int = 1) -> bytes:
        """A packed update."""
        reviews = self.token.status_of(token).reviews
        head = token.to_bytes(8, "big") + bytes([condition, 0, 90, 3])
        return head + bytes(3) + bytes([reviews]) + self.now_s.to_bytes(4, "big")

    # -- the challenger ---------------------------------------------------------------------------

    def commit(
        self, leaf: tuple[Any, ...], salt: bytes = b"s" * 32, who: Signer = BYSTANDER
    ) -> Receipt:
        token, digest = leaf[2][0], leaf_hash(leaf[4])
        made = self.dispute.read("commitmentOf", who.address, leaf[0], token, digest, salt)
        return self.call(who, "commit", made)

    def refute_score(
        self, leaf: tuple[Any, ...], claim: bytes, salt: bytes = b"s" * 32, who: Signer = BYSTANDER
    ) -> Receipt:
        return self.call(who, "refuteScore", leaf, salt, claim)

    def refute_signature(
        self, leaf: tuple[Any, ...], sealed: Sealed, salt: bytes = b"s" * 32, **changes: Any
    ) -> Receipt:
        r, s = sealed.halves
        hints = changes.get("hints", sealed.hints())
        payload = changes.get("payload", sealed.payload)
        arguments = (leaf, salt, payload, r, s, hints)
        return self.call(BYSTANDER, "refuteSignature", *arguments)

    def refute_statement(
        self, leaf: tuple[Any, ...], sealed: Sealed, salt: bytes = b"s" * 32
    ) -> Receipt:
        arguments = (leaf, salt, sealed.key_id, sealed.statement, *sealed.halves)
        return self.call(BYSTANDER, "refuteStatement", *arguments)


def lying(sealed: Sealed, **changes: Any) -> bytes:
    """The entry of a gateway that changes something of what it received."""
    return encode(replace(sealed.entry, **changes))


@contextmanager
def dispute_world(folder: Path) -> Iterator[DisputeWorld]:
    """A chain with everything set up."""
    with deployed_on("anvil", folder) as deployed:
        world = DisputeWorld(deployed.w3, deployed.token, deployed.book)
        world.set_up()
        yield world


def refused(name: str) -> Any:
    return pytest.raises(Reverted, match=rf"\b{name}\b")


def anchored(world: DisputeWorld, entry: bytes, updates: bytes = b"") -> tuple[Any, ...]:
    """The leaf of an entry that the gateway anchors now, in the log of token 1."""
    logs = Logs({1: [encode(world.seal(counter=9).entry), entry], 2: [b"y"]})
    return logs.leaf(1, world.anchor(logs, updates), 1, 1)


def review(world: DisputeWorld, condition: int) -> None:
    seen = world.token.status_of(1).updates
    world.token.review(
        REVIEWER, 1, expected_updates=seen, condition=condition, reason=1, evidence=b"e" * 32
    )
