"""Chains, deployment and the contracts' clients, on anvil and on the embedded chain."""

import hashlib
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cargoseal.chain.addresses import read_addresses
from cargoseal.chain.anvil import anvil_command
from cargoseal.chain.backend import connect, ensure_chain, free_port, open_chain
from cargoseal.chain.client import open_client
from cargoseal.chain.contract import present_fee, receipt_of, transact
from cargoseal.chain.deploy import Roles, deploy
from cargoseal.chain.devkeys import dev_key, dev_signer
from cargoseal.chain.keys import create_key_file
from cargoseal.chain.registries import DeviceRegistry, ModelRegistry
from cargoseal.chain.reverts import Reverted
from cargoseal.chain.token import TokenContract
from cargoseal.config import ChainConfig, Config
from cargoseal.errors import ChainError, ConfigError, UsageError
from tests.gateway.chain.world import (
    ADMIN,
    CHAIN_ID,
    FLAGGED,
    GATEWAY,
    PROFILE,
    REVIEWER,
    Deployed,
    World,
    deployed_on,
    need,
)


@pytest.fixture(scope="module", params=["anvil", "embedded"])
def deployed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployed]:
    with deployed_on(request.param, tmp_path_factory.mktemp(request.param)) as made:
        yield made


@pytest.fixture
def world(deployed: Deployed, tmp_path: Path) -> Iterator[World]:
    with deployed.world(tmp_path) as made:
        yield made


def client_config(world: World, folder: Path) -> Config:
    create_key_file(folder / "admin.key", None, dev_key(0))
    create_key_file(folder / "reviewer.key", None, dev_key(2))
    return Config(
        deployment="test",
        data_dir=folder,
        chain=ChainConfig(
            url=world.chain.url,
            addresses=world.book,
            key_file=folder / "admin.key",
            reviewer_key_file=folder / "reviewer.key",
        ),
    )


# -- chains ------------------------------------------------------------------------------------


def test_nothing_at_an_address_is_told() -> None:
    with pytest.raises(ChainError, match="no usable answer"):
        open_chain(f"http://127.0.0.1:{free_port()}", 1)


def test_an_api_key_in_an_address_is_never_told(world: World) -> None:
    port = free_port()
    addresses = (
        f"http://127.0.0.1:{port}/v3/KEY?k=KEY",
        f"http://127.0.0.1:{port}/v3/ KEY",
        f"http://me:KEY@127.0.0.1:{port}/",
        "http://me:KEY@127.0.0.1/",
        "http://[::1/KEY",
    )
    for address in addresses:
        with pytest.raises(ChainError) as caught:
            open_chain(address, 1)
        assert "KEY" not in str(caught.value)
    with pytest.raises(ChainError) as caught:
        open_chain(f"{world.chain.url}/KEY", 5)
    assert "KEY" not in str(caught.value) and "127.0.0.1" in str(caught.value)


def test_another_chain_is_refused(world: World) -> None:
    with pytest.raises(ChainError, match="expected chain id 5, got 31337"):
        open_chain(world.chain.url, 5)


def test_something_that_speaks_no_json_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def babble() -> None:
            connection, _ = server.accept()
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
            connection.close()

        threading.Thread(target=babble, daemon=True).start()
        with pytest.raises(ChainError, match="no usable answer"):
            open_chain(f"http://127.0.0.1:{port}", 1)


def test_a_running_chain_is_found_and_left_alone(world: World) -> None:
    found = ensure_chain("embedded", world.chain.url, CHAIN_ID)
    assert found.process is None
    found.stop()
    assert open_chain(world.chain.url, CHAIN_ID).eth.chain_id == CHAIN_ID


def test_a_chain_of_one_s_own_is_never_started_for_kind_rpc() -> None:
    with pytest.raises(ChainError, match="no usable answer"):
        ensure_chain("rpc", f"http://127.0.0.1:{free_port()}", CHAIN_ID)


def test_anvil_is_asked_for_at_the_level_the_contracts_are_compiled_for() -> None:
    need("anvil")
    command = anvil_command(8545, 31337)
    assert command[command.index("--hardfork") + 1] == "prague"
    assert command[command.index("--host") + 1] == "127.0.0.1"


def test_both_kinds_answer_like_a_node(world: World) -> None:
    eth = world.w3.eth
    block = eth.get_block("latest")
    assert eth.get_block(block["number"])["hash"] == block["hash"]
    assert eth.get_block(block["hash"])["number"] == block["number"]
    assert eth.get_balance(ADMIN.address) > 10**18  # type: ignore[arg-type]
    with pytest.raises(ChainError, match="nonce too low"):
        _send_with_nonce(world, 0)
    sent = transact(world.w3, ADMIN, GATEWAY.address, b"", "a transfer")
    assert eth.get_transaction("0x" + sent.hash.hex())["nonce"] > 0  # type: ignore[arg-type]
    assert sent.gas_used == 21_000
    assert receipt_of(world.w3, b"\x01" * 32) is None
    assert present_fee(world.w3)[2].highest > 0


def _send_with_nonce(world: World, nonce: int) -> None:
    from cargoseal.chain.contract import link_errors

    fields = {"nonce": nonce, "to": GATEWAY.address, "value": 1, "gas": 21_000, "data": "0x"}
    fields |= {"chainId": CHAIN_ID, "maxFeePerGas": 10**11, "maxPriorityFeePerGas": 10**9}
    with link_errors("send"):
        world.w3.eth.send_raw_transaction(ADMIN.sign(fields).raw)


def test_a_method_that_is_not_there_is_an_error_and_the_next_is_served(world: World) -> None:
    answer = world.w3.provider.make_request("eth_nothing", [])  # type: ignore[arg-type]
    assert "error" in answer
    assert world.w3.eth.chain_id == CHAIN_ID


def test_time_moves_on_when_asked_to(world: World) -> None:
    before = world.w3.eth.get_block("latest")["timestamp"]
    world.rpc("evm_increaseTime", 5000)
    world.mine()
    # blocks made within one second stand up to as many seconds ahead of real time
    assert world.w3.eth.get_block("latest")["timestamp"] >= before + 4900


# -- deployment --------------------------------------------------------------------------------


def test_deploying_again_changes_nothing(world: World) -> None:
    before, block = world.book.read_text(), world.w3.eth.block_number
    deploy(world.w3, ADMIN, "test", world.book, Roles(GATEWAY.address, None, REVIEWER.address))
    assert (world.book.read_text(), world.w3.eth.block_number) == (before, block)


def test_a_deployment_that_was_cut_off_goes_on_where_it_stopped(
    world: World, tmp_path: Path
) -> None:
    entry = json.loads(world.book.read_text())
    for name in ("devices", "models"):
        del entry[str(CHAIN_ID)][name]
    book = tmp_path / "half.json"
    book.write_text(json.dumps(entry))
    addresses = deploy(
        world.w3, ADMIN, "test", book, Roles(GATEWAY.address, None, REVIEWER.address)
    )
    assert addresses.token == world.token.address
    assert addresses.devices != read_addresses(world.book, CHAIN_ID).devices


def test_a_book_of_a_chain_that_was_wiped_is_written_anew(world: World, tmp_path: Path) -> None:
    entry = json.loads(world.book.read_text())[str(CHAIN_ID)]
    stale = {name: "0x" + "77" * 20 if str(v).startswith("0x") else v for name, v in entry.items()}
    book = tmp_path / "stale.json"
    book.write_text(json.dumps({str(CHAIN_ID): stale}))
    addresses = deploy(world.w3, ADMIN, "test", book)
    assert addresses.token not in (world.token.address, "0x" + "77" * 20)


def test_the_contracts_of_another_deployment_are_refused(world: World, tmp_path: Path) -> None:
    book = tmp_path / "book.json"
    book.write_text(world.book.read_text())
    with pytest.raises(ConfigError, match="deployment 'other', got that of 'test'"):
        deploy(world.w3, ADMIN, "other", book)


def book_with(world: World, tmp_path: Path, **changes: str) -> Path:
    entry = json.loads(world.book.read_text())
    entry[str(CHAIN_ID)] |= changes
    book = tmp_path / "changed.json"
    book.write_text(json.dumps(entry))
    return book


@pytest.mark.parametrize("name", ["manager", "token", "devices", "models"])
def test_other_code_in_place_of_the_core_is_an_error(
    world: World, tmp_path: Path, name: str
) -> None:
    other = read_addresses(world.book, CHAIN_ID).renderer
    book, before = book_with(world, tmp_path, **{name: other}), world.w3.eth.block_number
    with pytest.raises(ConfigError, match=rf"{CHAIN_ID}\.{name}: expected the \w+ that this"):
        deploy(world.w3, ADMIN, "test", book, Roles(GATEWAY.address, None, REVIEWER.address))
    assert world.w3.eth.block_number == before


def test_other_code_around_the_core_is_replaced(world: World, tmp_path: Path) -> None:
    known = read_addresses(world.book, CHAIN_ID)
    book = book_with(world, tmp_path, renderer=known.models, verifier=known.models)
    roles = Roles(GATEWAY.address, None, REVIEWER.address)
    made = deploy(world.w3, ADMIN, "test", book, roles)
    assert (made.token, made.devices) == (known.token, known.devices)
    assert known.models not in (made.renderer, made.verifier)
    assert made.dispute != known.dispute  # it asks the new verifier
    assert world.token.dispute() == made.dispute
    assert world.token.read("renderer") == made.renderer
    before = world.w3.eth.block_number
    assert deploy(world.w3, ADMIN, "test", book, roles) == made
    assert world.w3.eth.block_number == before


def test_the_token_believes_the_dispute_contract_of_the_book(world: World) -> None:
    assert world.token.dispute() == read_addresses(world.book, CHAIN_ID).dispute


def test_the_gateway_s_key_is_not_made_a_reviewer(world: World, tmp_path: Path) -> None:
    book = tmp_path / "book.json"
    book.write_text(world.book.read_text())
    with pytest.raises(ChainError, match="not the gateway"):
        deploy(world.w3, ADMIN, "test", book, Roles(GATEWAY.address, None, GATEWAY.address))


# -- token -------------------------------------------------------------------------------------


def test_a_minted_token_is_sound_created_and_stale_until_the_first_post(world: World) -> None:
    world.token.mint(ADMIN, ADMIN.address, 7, 1, PROFILE)
    status = world.token.status_of(7)
    assert (status.condition, status.lifecycle, status.health) == (1, 1, 100)
    assert (status.gateway, status.profile, status.updates) == (1, PROFILE, 0)
    assert world.token.is_stale(7)
    assert world.token.owner_of(7) == ADMIN.address
    assert world.token.token_uri(7).startswith("data:application/json")


def test_a_refusal_is_told_by_the_contract_s_own_error(world: World) -> None:
    with pytest.raises(Reverted) as refused:
        world.token.mint(GATEWAY, GATEWAY.address, 7, 1, PROFILE)
    assert refused.value.revert.name == "AccessManagedUnauthorized"
    with pytest.raises(Reverted, match=r"UnknownToken\(tokenId=99\)"):
        world.token.status_of(99)
    with pytest.raises(Reverted, match="AnchorNotKept"):
        world.token.anchor_of(1, 5)


def test_a_review_on_a_state_the_person_did_not_see_is_refused(world: World) -> None:
    world.token.mint(ADMIN, ADMIN.address, 7, 1, PROFILE)
    with pytest.raises(Reverted, match=r"UpdatedSince\(tokenId=7, expected=3, got=0\)"):
        world.token.review(
            REVIEWER, 7, expected_updates=3, condition=FLAGGED, reason=1, evidence=b"e" * 32
        )


def test_people_s_verdicts_are_read_back_from_the_chain(world: World) -> None:
    world.token.mint(ADMIN, ADMIN.address, 7, 1, PROFILE)
    world.token.review(
        REVIEWER, 7, expected_updates=0, condition=FLAGGED, reason=4, evidence=b"e" * 32
    )
    (told,) = world.token.reviewed(0, token=7)
    assert (told.from_condition, told.to_condition, told.reason) == (1, FLAGGED, 4)
    assert (told.reviewer, told.evidence) == (REVIEWER.address, b"e" * 32)
    assert world.token.reviewed(0, token=8) == []


# -- registries --------------------------------------------------------------------------------


def devices_of(world: World) -> DeviceRegistry:
    return DeviceRegistry(world.w3, read_addresses(world.book, CHAIN_ID).devices)


def public_key(index: int) -> tuple[bytes, bytes]:
    """(node id, a valid Ed25519 public key)."""
    from nacl.signing import SigningKey

    key = bytes(SigningKey(bytes([index]) * 32).verify_key)
    return hashlib.sha256(key).digest()[:8], key


def test_a_node_is_registered_assigned_released_and_revoked(world: World) -> None:
    devices = devices_of(world)
    node, key = public_key(1)
    assert devices.device_of(node) is None
    assert devices.register(ADMIN, node, key, 1_000_000) is not None
    assert devices.register(ADMIN, node, key, 1_000_000) is None
    found = devices.device_of(node)
    assert found is not None
    assert (found.public_key, found.valid_from_s, found.revoked_s) == (key, 1000, 0)
    devices.assign(ADMIN, node, 7, 2_000_500)
    assert devices.assign(ADMIN, node, 7, 2_000_500) is None
    assert [devices.assignment_at(node, ms) for ms in (2_000_500, 2_001_000)] == [0, 7]
    assert devices.release(ADMIN, node, 3_000_000) is not None
    assert devices.release(ADMIN, node, 3_000_000) is None
    assert devices.assignment_at(node, 3_000_000) == 0
    assert devices.revoke(ADMIN, node, 4_000_000) is not None
    assert devices.revoke(ADMIN, node, 5_000_000) is None


def test_many_nodes_are_registered_at_once_and_known_ones_left_out(world: World) -> None:
    devices = devices_of(world)
    rows = [(*public_key(index), 1000) for index in range(2, 6)]
    devices.register(ADMIN, rows[0][0], rows[0][1], 1000)
    assert devices.register_many(ADMIN, rows) is not None
    assert devices.register_many(ADMIN, rows) is None
    found = [devices.device_of(row[0]) for row in rows]
    assert [device.public_key for device in found if device] == [row[1] for row in rows]


def test_a_model_is_registered_and_retired(world: World) -> None:
    models = ModelRegistry(world.w3, read_addresses(world.book, CHAIN_ID).models)
    digest = b"\x42" * 32
    assert models.register(ADMIN, digest, b"\x43" * 32, b"\x44" * 32, 1000) is not None
    assert models.is_active(digest)
    assert models.register(ADMIN, digest, b"\x43" * 32, b"\x44" * 32, 1000) is None
    models.retire(ADMIN, digest, 2_000_000)
    assert not models.is_active(digest)


# -- the configured client ---------------------------------------------------------------------


def test_the_client_mints_once_and_tells_a_different_profile(world: World, tmp_path: Path) -> None:
    client = open_client(client_config(world, tmp_path))
    assert client.status_of(7) is None
    assert client.ensure_minted(7, PROFILE) is not None
    assert client.ensure_minted(7, PROFILE) is None
    with pytest.raises(UsageError, match="another token number"):
        client.ensure_minted(7, b"\x22" * 32)
    client.review(7, condition=FLAGGED, reason=1, evidence=b"e" * 32)
    status = client.status_of(7)
    assert status is not None and status.condition == FLAGGED
    node, key = public_key(9)
    assert client.ensure_registered(node, key, 1000) is not None
    assert client.ensure_registered(node, key, 1000) is None


def test_the_client_reads_without_any_key_and_says_which_is_missing(
    world: World, tmp_path: Path
) -> None:
    chain = ChainConfig(url=world.chain.url, addresses=world.book)
    client = open_client(Config(deployment="test", data_dir=tmp_path, chain=chain))
    assert client.status_of(7) is None
    with pytest.raises(UsageError, match=r"chain\.key_file"):
        client.ensure_minted(7, PROFILE)
    with pytest.raises(UsageError, match=r"chain\.reviewer_key_file"):
        client.review(7, condition=2, reason=1, evidence=b"e" * 32, expected_updates=0)


def test_a_key_that_is_no_gateway_is_told(world: World, tmp_path: Path) -> None:
    client = open_client(client_config(world, tmp_path))
    with pytest.raises(UsageError, match="an account that is none"):
        client.gateway_index()
    assert world.token.gateway_of(GATEWAY.address) is not None


def test_two_commands_with_one_key_at_once_both_get_through(world: World) -> None:
    failures: list[BaseException] = []

    def mint(first: int) -> None:
        from cargoseal.chain.token import TokenContract

        token = TokenContract(connect(world.chain.url), world.token.address)
        try:
            for number in range(first, first + 4):
                token.mint(dev_signer(0), ADMIN.address, number, 1, PROFILE)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=mint, args=(first,)) for first in (10, 20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert all(world.token.exists(number) for number in (10, 11, 12, 13, 20, 21, 22, 23))


def test_an_error_never_tells_the_key_in_a_nodes_address() -> None:
    token = TokenContract(connect("http://user:pass@127.0.0.1:9/v3/SECRET", 1.0), "0x" + "11" * 20)
    with pytest.raises(ChainError) as caught:
        token.status_of(1)
    told = str(caught.value)
    assert "SECRET" not in told and "pass" not in told
