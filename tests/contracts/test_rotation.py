"""A node's key is replaced on a real chain: by an issuer, with the old key's signature, or not."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from nacl.signing import SigningKey

from cargoseal.chain.addresses import read_addresses
from cargoseal.chain.registries import DeviceRegistry
from cargoseal.chain.reverts import Reverted
from cargoseal_wire.identity import node_id
from tests.contracts import p256
from tests.gateway.chain.world import ADMIN, CHAIN_ID, GATEWAY, deployed_on

OLD, NEW, OTHER = (SigningKey(bytes([seed]) * 32) for seed in (1, 2, 3))
FROM_MS, AT_MS = 1_000_000_000, 2_000_000_000


def public(key: SigningKey) -> bytes:
    return bytes(key.verify_key)


def name(key: SigningKey) -> bytes:
    return node_id(public(key))


class Rotations:
    """The registry, with the old node at work on shipment 5."""

    def __init__(self, w3: Any, book: Path) -> None:
        self.w3 = w3
        self.devices = DeviceRegistry(w3, read_addresses(book, CHAIN_ID).devices)
        self.devices.register(ADMIN, name(OLD), public(OLD), FROM_MS)
        self.devices.assign(ADMIN, name(OLD), 5, FROM_MS)

    def signed(self, by: SigningKey, at_ms: int = AT_MS, key: SigningKey = NEW) -> bytes:
        message = self.devices.rotation_message(name(OLD), public(key), at_ms)
        return bytes(by.sign(message).signature)

    def rotate(self, signature: bytes, at_ms: int = AT_MS, key: SigningKey = NEW) -> None:
        self.devices.rotate(ADMIN, name(OLD), public(key), signature, at_ms)


@pytest.fixture(scope="module", params=["prague", "osaka"])
def chain(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Iterator[tuple[str, Any]]:
    folder = tmp_path_factory.mktemp("rotation")
    with deployed_on("anvil", folder, ("--hardfork", request.param)) as deployed:
        yield request.param, Rotations(deployed.w3, deployed.book)


@pytest.fixture
def rotations(chain: tuple[str, Rotations]) -> Iterator[Rotations]:
    world = chain[1]
    before = world.w3.provider.make_request("evm_snapshot", [])["result"]
    yield world
    assert world.w3.provider.make_request("evm_revert", [before])["result"] is True


def refused(error: str) -> Any:
    return pytest.raises(Reverted, match=rf"\b{error}\b")


def test_the_new_node_goes_on_where_the_old_one_stops(rotations: Rotations) -> None:
    rotations.rotate(rotations.signed(OLD))
    devices = rotations.devices
    old, new = devices.device_of(name(OLD)), devices.device_of(name(NEW))
    assert old is not None and new is not None
    assert (old.revoked_s, old.token) == (AT_MS // 1000, 0)
    assert (new.revoked_s, new.token, new.public_key) == (0, 5, public(NEW))
    assert devices.assignment_at(name(OLD), AT_MS - 1000) == 5
    assert devices.assignment_at(name(OLD), AT_MS) == 0
    assert devices.assignment_at(name(NEW), AT_MS) == 5
    told = devices.events("Rotated", 0, "latest")[0]["args"]
    assert (bytes(told["node"]), bytes(told["next"])) == (name(OLD), name(NEW))


def test_what_the_old_key_sealed_before_stays_valid(rotations: Rotations) -> None:
    rotations.rotate(rotations.signed(OLD))
    assert rotations.devices.read("isValidAt", name(OLD), AT_MS // 1000 - 1)
    assert not rotations.devices.read("isValidAt", name(OLD), AT_MS // 1000)


def test_a_node_that_watches_nothing_is_rotated_too(rotations: Rotations) -> None:
    rotations.devices.release(ADMIN, name(OLD), FROM_MS + 5000)
    rotations.rotate(rotations.signed(OLD))
    new = rotations.devices.device_of(name(NEW))
    assert new is not None and new.token == 0


def test_an_issuer_without_the_old_key_cannot(rotations: Rotations) -> None:
    for signature in (rotations.signed(NEW), rotations.signed(OTHER), bytes(64)):
        with refused("NotSignedByOldKey"):
            rotations.rotate(signature)


def test_a_thief_of_the_old_key_without_the_role_cannot(rotations: Rotations) -> None:
    with refused("AccessManagedUnauthorized"):
        rotations.devices.rotate(GATEWAY, name(OLD), public(NEW), rotations.signed(OLD), AT_MS)


def test_a_signature_of_another_time_or_key_is_refused(rotations: Rotations) -> None:
    with refused("NotSignedByOldKey"):
        rotations.rotate(rotations.signed(OLD, AT_MS + 1000))
    with refused("NotSignedByOldKey"):
        rotations.rotate(rotations.signed(OLD, key=OTHER))


def test_a_signature_for_another_registry_is_refused(rotations: Rotations) -> None:
    message = rotations.devices.rotation_message(name(OLD), public(NEW), AT_MS)
    address = bytes.fromhex(rotations.devices.address[2:])
    assert address in message
    elsewhere = message.replace(address, bytes(20))
    with refused("NotSignedByOldKey"):
        rotations.rotate(bytes(OLD.sign(elsewhere).signature))


def test_a_revoked_key_signs_nothing_any_more(rotations: Rotations) -> None:
    rotations.devices.revoke(ADMIN, name(OLD), AT_MS + 5000)
    with refused("RevokedNode"):
        rotations.rotate(rotations.signed(OLD))


def test_a_rotation_happens_once(rotations: Rotations) -> None:
    signature = rotations.signed(OLD)
    rotations.rotate(signature)
    with refused("RevokedNode"):
        rotations.rotate(signature)


def test_a_key_that_is_registered_already_is_no_new_one(rotations: Rotations) -> None:
    rotations.devices.register(ADMIN, name(NEW), public(NEW), FROM_MS)
    with refused("AlreadyRegistered"):
        rotations.rotate(rotations.signed(OLD))


def test_a_rotation_before_the_assignment_is_refused(rotations: Rotations) -> None:
    with refused("BadTime"):
        rotations.rotate(rotations.signed(OLD, FROM_MS), FROM_MS)


# -- P-256 --------------------------------------------------------------------------------------


def p256_node(rotations: Rotations, secret: int) -> tuple[bytes, bytes]:
    """(id, key) of a node registered with a key on P-256."""
    key = p256.public_key(secret)
    node = hashlib.sha256(key).digest()[:8]
    rotations.devices.transact(ADMIN, "registerMany", [(node, 2, 1, key, (0, 0, 0))])
    return node, key


def test_a_p256_key_signs_where_the_chain_can_check_it(
    chain: tuple[str, Rotations], rotations: Rotations
) -> None:
    node, _ = p256_node(rotations, 12345)
    message = rotations.devices.rotation_message(node, public(NEW), AT_MS)
    good, bad = p256.sign(12345, message), p256.sign(54321, message)
    if chain[0] == "prague":
        with refused("P256NotOnThisChain"):
            rotations.devices.rotate(ADMIN, node, public(NEW), good, AT_MS)
        return
    with refused("NotSignedByOldKey"):
        rotations.devices.rotate(ADMIN, node, public(NEW), bad, AT_MS)
    rotations.devices.rotate(ADMIN, node, public(NEW), good, AT_MS)
    assert rotations.devices.device_of(name(NEW)) is not None


# -- bulk ---------------------------------------------------------------------------------------


def test_many_nodes_are_assigned_released_and_revoked_at_once(rotations: Rotations) -> None:
    devices = rotations.devices
    for key in (NEW, OTHER):
        devices.register(ADMIN, name(key), public(key), FROM_MS)
    devices.assign_many(ADMIN, [(name(key), 6, FROM_MS) for key in (NEW, OTHER)])
    assert [devices.assignment_at(name(key), FROM_MS) for key in (NEW, OTHER)] == [6, 6]
    devices.release_many(ADMIN, [(name(key), AT_MS) for key in (NEW, OTHER)])
    assert [devices.assignment_at(name(key), AT_MS) for key in (NEW, OTHER)] == [0, 0]
    devices.revoke_many(ADMIN, [(name(key), AT_MS) for key in (NEW, OTHER)])
    found = [devices.device_of(name(key)) for key in (NEW, OTHER)]
    assert [device and device.revoked_s for device in found] == [AT_MS // 1000] * 2


def test_one_refusal_undoes_the_whole_list(rotations: Rotations) -> None:
    devices = rotations.devices
    devices.register(ADMIN, name(NEW), public(NEW), FROM_MS)
    with refused("AlreadyAssigned"):
        devices.assign_many(ADMIN, [(name(NEW), 6, FROM_MS), (name(OLD), 6, FROM_MS)])
    assert devices.assignment_at(name(NEW), FROM_MS) == 0
