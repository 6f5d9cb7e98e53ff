"""What a deployment puts on chain so that anybody can prove something with it."""

import hashlib
from collections.abc import Iterator

import pytest

from cargoseal.chain.addresses import Addresses, read_addresses
from cargoseal.chain.delays import set_delay
from cargoseal.chain.deploy import manager_of
from cargoseal.chain.kernels import Int8Model
from cargoseal.chain.registries import ModelRegistry
from cargoseal.enrolment import register_models
from cargoseal.model.shelf import Shelf
from cargoseal.policy.profile import Profile, load_profile, parse_profile
from cargoseal.provable import make_provable, single_window_threshold
from cargoseal_score.blob import load
from tests.gateway.chain.world import ADMIN, CHAIN_ID, World, deployed_on

SHELF = Shelf(None)
VACCINE = load_profile("vaccine-2-8")


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("provable")
    with deployed_on("anvil", folder) as chain, chain.world(folder) as world:
        yield world


@pytest.fixture
def world(deployed: World) -> Iterator[World]:
    before = deployed.rpc("evm_snapshot")
    register_models(ModelRegistry(deployed.w3, addresses(deployed).models), ADMIN)
    yield deployed
    assert deployed.rpc("evm_revert", before) is True


def addresses(world: World) -> Addresses:
    return read_addresses(world.book, CHAIN_ID)


def test_every_model_is_kept_as_code_and_every_profile_points(world: World) -> None:
    found = addresses(world)
    assert make_provable(world.w3, ADMIN, found, [VACCINE], SHELF) == []
    executor, models = Int8Model(world.w3, found.executor), ModelRegistry(world.w3, found.models)
    for digest, blob in SHELF.blobs().items():
        code = executor.code_of(digest)
        assert code is not None
        assert hashlib.sha256(bytes(world.w3.eth.get_code(code))).digest() == digest  # type: ignore[arg-type]
        assert hashlib.sha256(blob).digest() == digest
    for chosen in SHELF.chosen().values():
        model = load(chosen.blob)
        pointer = models.pointer_now(VACCINE.digest, model.kind)
        assert pointer is not None
        assert pointer.model == model.digest
        assert pointer.threshold == single_window_threshold(VACCINE, model.kind)


def test_doing_it_again_sends_nothing(world: World) -> None:
    make_provable(world.w3, ADMIN, addresses(world), [VACCINE], SHELF)
    before = world.w3.eth.block_number
    make_provable(world.w3, ADMIN, addresses(world), [VACCINE], SHELF)
    assert world.w3.eth.block_number == before


def test_with_a_delay_the_pointers_are_scheduled(world: World) -> None:
    set_delay(manager_of(world.w3, addresses(world)), ADMIN, 3600)
    waiting = make_provable(world.w3, ADMIN, addresses(world), [VACCINE], SHELF)
    assert len(waiting) == len(SHELF.chosen())
    assert "ModelRegistry.point can be done from" in str(waiting[0])


def with_rule(table: str) -> Profile:
    text = 'schema = 1\nname = "p"\nversion = 1\ntitle = "t"\n[gap]\nhold_minutes = 2\n'
    return parse_profile(text + "[silence]\nminutes = 30\n" + table)


@pytest.mark.parametrize(
    ("table", "climate", "handling"),
    [
        ("", 0, 0),
        ("[anomaly]\nthreshold = 70\nwindows = 1\nof = 4\n", 70, 0),
        ("[anomaly]\nthreshold = 70\nwindows = 2\nof = 4\n", 0, 0),
        ("[handling]\nthreshold = 90\n", 0, 90),
        ("[handling]\nthreshold = 90\ncount = 2\n", 0, 0),
    ],
)
def test_one_window_counts_where_the_profiles_rule_asks_for_one(
    table: str, climate: int, handling: int
) -> None:
    profile = with_rule(table)
    assert single_window_threshold(profile, 0) == climate
    assert single_window_threshold(profile, 1) == handling
