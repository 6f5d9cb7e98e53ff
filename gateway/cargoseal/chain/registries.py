"""DeviceRegistry and ModelRegistry: which nodes and models count, as anyone can read on chain.

Rules
1. Times handed in are Unix milliseconds, as everywhere in the gateway; the chain keeps seconds.
   A beginning is rounded up and an end down, so the chain claims no more than was said (but for
   the contract's shortest assignment, one second).
2. Registering or revoking what is so already is no error: commands may be repeated.
"""

from dataclasses import dataclass

from web3 import Web3

from cargoseal.chain.artifacts import load_artifact
from cargoseal.chain.contract import Contract, Receipt, link_errors
from cargoseal.chain.ed25519_hints import signature_hints, subgroup_proof
from cargoseal.chain.keys import Signer
from cargoseal_wire.identity import node_id

KEY_ED25519 = 1
_SECOND_MS = 1000


@dataclass(frozen=True)
class Device:
    """A node as the registry knows it. `revoked_s` 0: not revoked; `token` 0: watches nothing."""

    public_key: bytes
    key_type: int
    valid_from_s: int
    revoked_s: int
    token: int


@dataclass(frozen=True)
class RegisteredModel:
    """A model as the registry knows it. `tflite_digest` zeros: a rule that was made from none;
    `retired_s` 0: in use."""

    tflite_digest: bytes
    lineage: bytes
    active_from_s: int
    retired_s: int


@dataclass(frozen=True)
class Pointer:
    """The model that a profile is judged with, and the score from which one window of it is worth a
    flag; 0: none is."""

    model: bytes
    threshold: int


def _up(time_ms: int) -> int:
    return max(0, -(-time_ms // _SECOND_MS))


def _down(time_ms: int) -> int:
    return max(0, time_ms // _SECOND_MS)


class DeviceRegistry(Contract):
    """The registry of nodes at an address. Node ids are 8 bytes."""

    def __init__(self, w3: Web3, address: str) -> None:
        super().__init__(w3, address, load_artifact("DeviceRegistry").abi, "DeviceRegistry")

    def device_of(self, node: bytes) -> Device | None:
        """None when the node is not registered."""
        raw = self.read("deviceOf", node)
        found = dict(zip(self._device_fields, raw, strict=True))
        if found["keyType"] == 0:
            return None
        return Device(
            bytes(found["publicKey"]),
            found["keyType"],
            found["validFrom"],
            found["revokedAt"],
            found["tokenId"],
        )

    @property
    def _device_fields(self) -> list[str]:
        for item in load_artifact("DeviceRegistry").abi:
            if item.get("name") == "deviceOf":
                return [part["name"] for part in item["outputs"][0]["components"]]
        return []

    def assignment_at(self, node: bytes, time_ms: int) -> int:
        """The token the node watched at a time; 0 when none."""
        return int(self.read("assignmentAt", node, _down(time_ms)))

    def register(
        self, signer: Signer, node: bytes, public_key: bytes, valid_from_ms: int
    ) -> Receipt | None:
        """None when the node is registered already. ChainError for a key outside the subgroup."""
        if self.device_of(node) is not None:
            return None
        since_s = _down(valid_from_ms)
        proof = subgroup_proof(public_key)
        return self.transact(signer, "register", node, public_key, KEY_ED25519, since_s, proof)

    def register_many(
        self, signer: Signer, nodes: list[tuple[bytes, bytes, int]]
    ) -> Receipt | None:
        """(node, public key, valid from in ms) each, all or none; those known are left out."""
        new = [item for item in nodes if self.device_of(item[0]) is None]
        if not new:
            return None
        rows = [self._registration(*item) for item in new]
        return self.transact(signer, "registerMany", rows)

    def _registration(
        self, node: bytes, public_key: bytes, valid_from_ms: int
    ) -> tuple[object, ...]:
        fields = {
            "node": node,
            "keyType": KEY_ED25519,
            "validFrom": _down(valid_from_ms),
            "publicKey": public_key,
            "proof": subgroup_proof(public_key),
        }
        return self._row("registerMany", fields)

    @staticmethod
    def _row(function: str, fields: dict[str, object]) -> tuple[object, ...]:
        """The fields in the order of the struct that a function takes."""
        for item in load_artifact("DeviceRegistry").abi:
            if item.get("name") == function:
                return tuple(fields[part["name"]] for part in item["inputs"][0]["components"])
        raise KeyError(function)

    def rotation_message(self, node: bytes, public_key: bytes, at_ms: int) -> bytes:
        """What a node's key signs to be replaced by an Ed25519 key from a time on."""
        at_s = max(1, _down(at_ms))
        return bytes(self.read("rotationMessage", node, KEY_ED25519, public_key, at_s))

    def rotate(
        self, signer: Signer, node: bytes, public_key: bytes, signature: bytes, at_ms: int
    ) -> Receipt:
        """Replaces a node's key by another, which the old key has signed (`rotation_message`).

        The new node goes on with the old one's shipment, and the old is revoked from that time on.
        Reverted: NotSignedByOldKey, RevokedNode, AlreadyRegistered, and P256NotOnThisChain for an
        old key on P-256 where the chain cannot check it."""
        device = self.device_of(node)
        hints = (0, 0, 0)
        if device is not None and device.key_type == KEY_ED25519:
            message = self.rotation_message(node, public_key, at_ms)
            hints = signature_hints(message, device.public_key, signature)
        next_node = self._registration(node_id(public_key), public_key, at_ms)
        rotation = {"node": node, "time": max(1, _down(at_ms)), "next": next_node, "hints": hints}
        rotation |= {"r": signature[:32], "s": signature[32:]}
        return self.transact(signer, "rotate", self._row("rotate", rotation))

    def assign_many(self, signer: Signer, rows: list[tuple[bytes, int, int]]) -> Receipt:
        """(node, token, from in ms) each, all or none."""
        listed = [(node, token, _up(from_ms)) for node, token, from_ms in rows]
        return self.transact(signer, "assignMany", listed)

    def release_many(self, signer: Signer, rows: list[tuple[bytes, int]]) -> Receipt:
        """(node, time in ms) each, all or none."""
        return self.transact(signer, "releaseMany", [(node, _down(at)) for node, at in rows])

    def revoke_many(self, signer: Signer, rows: list[tuple[bytes, int]]) -> Receipt:
        """(node, time in ms) each, all or none."""
        return self.transact(signer, "revokeMany", [(node, max(1, _down(at))) for node, at in rows])

    def revoke(self, signer: Signer, node: bytes, at_ms: int) -> Receipt | None:
        """None when it is revoked from that time or an earlier one already."""
        device = self.device_of(node)
        at_s = max(1, _down(at_ms))
        if device is not None and 0 < device.revoked_s <= at_s:
            return None
        return self.transact(signer, "revoke", node, at_s)

    def assign(self, signer: Signer, node: bytes, token: int, from_ms: int) -> Receipt | None:
        """None when the node watches that token already."""
        device = self.device_of(node)
        if device is not None and device.token == token:
            return None
        return self.transact(signer, "assign", node, token, _up(from_ms))

    def release(self, signer: Signer, node: bytes, at_ms: int) -> Receipt | None:
        """None when the node watches nothing. An assignment lasts at least a second on chain."""
        device = self.device_of(node)
        if device is not None and device.token == 0:
            return None
        last = self.read("assignmentCount", node) - 1
        since_s = 0 if last < 0 else self.read("assignment", node, last)[1]
        return self.transact(signer, "release", node, max(_down(at_ms), since_s + 1))


class ModelRegistry(Contract):
    """The registry of models at an address. Digests are SHA-256; a .tflite's may be zeros."""

    def __init__(self, w3: Web3, address: str) -> None:
        super().__init__(w3, address, load_artifact("ModelRegistry").abi, "ModelRegistry")

    def is_active(self, blob_digest: bytes) -> bool:
        return bool(self.read("isActive", blob_digest))

    def model_of(self, blob_digest: bytes) -> RegisteredModel | None:
        """None when the model is not registered."""
        tflite, lineage, active_from_s, retired_s = self.read("modelOf", blob_digest)
        if not any(lineage):
            return None
        return RegisteredModel(bytes(tflite), bytes(lineage), active_from_s, retired_s)

    def register(
        self,
        signer: Signer,
        blob_digest: bytes,
        tflite_digest: bytes,
        lineage: bytes,
        active_from_ms: int,
    ) -> Receipt | None:
        """None when the model is registered so already. Reverts (ModelKnown) when it is registered
        with other digests: an entry never changes."""
        there = self.model_of(blob_digest)
        if there is not None and (there.tflite_digest, there.lineage) == (tflite_digest, lineage):
            return None
        since_s = _down(active_from_ms)
        return self.transact(signer, "register", blob_digest, tflite_digest, lineage, since_s)

    def pointer_at(self, profile_digest: bytes, kind: int, at_ms: int) -> Pointer | None:
        """What a profile points at for windows of a kind that were sealed at a time; None when
        nothing is set, or the model was not in use then."""
        digest, threshold = self.read("pointerAt", profile_digest, kind, _down(at_ms))
        return Pointer(bytes(digest), threshold) if any(digest) else None

    def pointer_now(self, profile_digest: bytes, kind: int) -> Pointer | None:
        """The same for windows that are sealed at this moment, by the chain's clock."""
        with link_errors("time"):
            now_s = int(self.w3.eth.get_block("latest")["timestamp"])
        return self.pointer_at(profile_digest, kind, now_s * _SECOND_MS)

    def current_of(self, profile_digest: bytes, kind: int) -> bytes | None:
        """The model of a kind that a profile is judged with now; None when none is set, or it was
        retired."""
        found = bytes(self.read("currentOf", profile_digest, kind))
        return found if any(found) else None

    def point(
        self, signer: Signer, profile_digest: bytes, kind: int, blob_digest: bytes, threshold: int
    ) -> Receipt:
        """Points a profile at a model and the score from which one window of it is worth a flag
        (0: none is); tokens stay as they are. Reverted (ModelNotActive) for a model that is not in
        use."""
        return self.transact(signer, "point", profile_digest, kind, blob_digest, threshold)

    def retire(self, signer: Signer, blob_digest: bytes, at_ms: int) -> Receipt:
        return self.transact(signer, "retire", blob_digest, _down(at_ms))
