"""The executing contracts as the gateway reaches them, on the embedded chain and on anvil."""

from collections.abc import Iterator

import pytest
from nacl.signing import SigningKey
from web3 import Web3

from cargoseal import scoring
from cargoseal.chain.artifacts import load_artifact
from cargoseal.chain.backend import start_chain
from cargoseal.chain.contract import transact
from cargoseal.chain.devkeys import dev_signer
from cargoseal.chain.kernels import Ed25519Verifier, Finding, Int8Model
from cargoseal.chain.reverts import Reverted
from cargoseal_score import infer
from tests.gateway.chain.world import need

KEEPER = dev_signer(0)


@pytest.fixture(scope="module", params=["embedded", "anvil"])
def w3(request: pytest.FixtureRequest) -> Iterator[Web3]:
    need(request.param)
    chain = start_chain(request.param)
    try:
        yield chain.web3()
    finally:
        chain.stop()


def deploy(w3: Web3, name: str) -> str:
    receipt = transact(w3, KEEPER, None, load_artifact(name).bytecode, name)
    assert receipt.created is not None
    return receipt.created


@pytest.fixture(scope="module")
def models(w3: Web3) -> Int8Model:
    return Int8Model(w3, deploy(w3, "Int8Model"))


def test_a_shipped_model_gives_its_score_on_chain(models: Int8Model) -> None:
    for one in scoring.shipped_models():
        assert models.code_of(one.model.digest) is None
        assert models.store(KEEPER, one.blob) is not None
        assert models.store(KEEPER, one.blob) is None
        address = models.code_of(one.model.digest)
        assert address is not None
        assert bytes(models.w3.eth.get_code(Web3.to_checksum_address(address))) == one.blob
        for value in (0, 127, 128):
            row = bytes([value]) * one.model.inputs
            assert models.score(one.model.digest, row) == infer.score(one.model, row)


def test_a_blob_that_no_node_loads_is_refused_by_name(models: Int8Model) -> None:
    with pytest.raises(Reverted, match="NotABlob"):
        models.store(KEEPER, b"\x00 something else")
    with pytest.raises(Reverted, match="NotStored"):
        models.score(bytes(32), b"")


def test_a_signature_is_examined_on_chain(w3: Web3) -> None:
    verifier = Ed25519Verifier(w3, deploy(w3, "Ed25519Verifier"))
    key = SigningKey(b"\x09" * 32)
    public, signature = bytes(key.verify_key), bytes(key.sign(b"message").signature)
    assert verifier.examine(b"message", public, signature) is Finding.VALID
    assert verifier.examine(b"massage", public, signature) is Finding.INVALID
    assert verifier.examine(b"message", public, bytes(64)) is Finding.INVALID
    assert verifier.examine(b"message", bytes(32), signature) is Finding.INVALID
