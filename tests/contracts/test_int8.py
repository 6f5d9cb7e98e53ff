"""Int8Model in a real EVM: the bits of `cargoseal_score` for any valid blob, and only valid blobs.

The blobs are random ones of every shape, every shipped model and every network or rule that stood
for election (models/contenders), the last two on 10,000 windows and 2,000 hostile inputs each.
"""

import hashlib
import random
from array import array
from collections.abc import Iterator
from pathlib import Path

import pytest
from web3 import Web3
from web3.exceptions import ContractCustomError

from cargoseal import scoring
from cargoseal_score import features, infer
from cargoseal_score.blob import ScoreError, load, pack
from cargoseal_score.model import Feature, Layer, Model
from tests.contracts.evm import Evm, Int8Chain, evm
from tests.score.both import bits, hostile
from tests.shared_data import ROOT

EXTREMES = (-128, -127, -1, 0, 1, 126, 127)


@pytest.fixture(scope="module")
def chain() -> Iterator[Evm]:
    with evm() as started:
        yield started


@pytest.fixture(scope="module")
def models(chain: Evm) -> Int8Chain:
    return Int8Chain(chain)


# ------------------------------------------------------------------------------------ random blobs


def int8(rng: random.Random) -> int:
    return rng.choice(EXTREMES) if rng.randrange(3) == 0 else rng.randrange(-128, 128)


def weights(rng: random.Random, count: int) -> "array[int]":
    style = rng.randrange(4)
    if style == 0:
        return array("b", [rng.choice((-128, 127))] * count)
    if style == 1:
        return array("b", [rng.choice((-128, 127)) for _ in range(count)])
    return array("b", [int8(rng) for _ in range(count)])


def layer(rng: random.Random, inputs: int, outputs: int, zero_in: int, zero_out: int) -> Layer:
    low, high = sorted((int8(rng), int8(rng)))
    if rng.randrange(2):
        low, high = rng.choice(((-128, 127), (zero_out, 127), (-128, -128), (127, 127)))
    made = weights(rng, inputs * outputs)
    biases = array("i")
    for row in range(outputs):
        reach = 255 * sum(abs(w) for w in made[row * inputs : (row + 1) * inputs])
        most = (1 << 24) - 1 - reach
        biases.append(rng.choice((most, -most, 0, rng.randint(-most, most))))
    multipliers = array(
        "I", [rng.choice((1 << 30, (1 << 31) - 1, rng.randrange(1 << 30, 1 << 31)))
              for _ in range(outputs)]
    )  # fmt: skip
    shifts = bytes(rng.choice((0, 1, 31, rng.randrange(32), 8, 10, 12)) for _ in range(outputs))
    return Layer(inputs, outputs, zero_in, zero_out, low, high, made, biases, multipliers, shifts)


def network(rng: random.Random, widths: list[int]) -> bytes:
    """A valid blob with layers of these widths; the last is the first again."""
    zeros = [int8(rng) for _ in widths]
    zeros[-1] = zeros[0]
    layers = []
    for i in range(len(widths) - 1):
        layers.append(layer(rng, widths[i], widths[i + 1], zeros[i], zeros[i + 1]))
    features = [Feature(0, 0, 0, 0, 0, 1) for _ in range(widths[0])]
    return pack(Model(b"", rng.randrange(2), zeros[0], features, layers))


def inputs(rng: random.Random, width: int, count: int) -> list[bytes]:
    rows = [bytes([value & 255]) * width for value in EXTREMES]
    rows += [bytes([128, 127] * width)[:width], bytes([127, 128] * width)[:width]]
    return rows + [rng.randbytes(width) for _ in range(count)]


def same_bits(models: Int8Chain, blob: bytes, rows: list[bytes]) -> None:
    model = load(blob)
    assert models.store(blob) == model.digest
    expected = [infer.score(model, row) for row in rows]
    assert models.scores(model.digest, rows) == expected


@pytest.mark.parametrize("width", [1, 2, 7, 8, 15, 16, 17, 31, 32, 33, 64, 65, 255, 256])
def test_two_layers_of_every_kind_of_width_give_the_same_bits(
    models: Int8Chain, width: int
) -> None:
    rng = random.Random(width)
    for middle in (1, 16, 17, 40):
        if (width + 9) * middle + (middle + 9) * width + 16 * width < 24_000:
            blob = network(rng, [width, middle, width])
            same_bits(models, blob, inputs(rng, width, 20))


def test_random_networks_give_the_same_bits(models: Int8Chain) -> None:
    rng = random.Random(1)
    for _ in range(60):
        widths = [rng.choice((rng.randrange(1, 20), rng.randrange(1, 70))) for _ in range(5)]
        count = rng.randrange(1, 5)
        blob = network(rng, [*widths[:count], widths[0]])
        same_bits(models, blob, inputs(rng, widths[0], 30))


def test_baselines_give_the_same_bits(models: Int8Chain) -> None:
    rng = random.Random(2)
    for width in (1, 2, 24, 256):
        for zero in EXTREMES:
            features = [Feature(0, 0, 0, 0, 0, 1) for _ in range(width)]
            same_bits(models, pack(Model(b"", 0, zero, features, [])), inputs(rng, width, 10))


def test_eight_layers_give_the_same_bits(models: Int8Chain) -> None:
    rng = random.Random(3)
    same_bits(models, network(rng, [12, 3, 20, 1, 33, 16, 17, 5, 12]), inputs(rng, 12, 50))


# ------------------------------------------------------------------------- models that were made

BLOBS = sorted(
    [
        *(ROOT / "gateway/cargoseal/model/shipped").glob("*/model.blob"),
        *(ROOT / "models/contenders").glob("*/model.blob"),
    ]
)
WINDOWS, VECTORS = 10_000, 2_000


def test_there_are_models_to_compare() -> None:
    digests = {hashlib.sha256(path.read_bytes()).digest() for path in BLOBS}
    assert {one.model.digest for one in scoring.shipped_models()} <= digests
    assert any(load(path.read_bytes()).layers for path in BLOBS)


@pytest.mark.parametrize("path", BLOBS, ids=lambda path: path.parent.name)
def test_a_model_gives_the_same_bits_for_every_window(models: Int8Chain, path: Path) -> None:
    model = load(path.read_bytes())
    channels = bits.channels_of(model)
    rows = [features.extract(model, *hostile.window(i, channels)) for i in range(WINDOWS)]
    rows += [hostile.vector(i, model.inputs) for i in range(VECTORS)]
    same_bits(models, path.read_bytes(), rows)


# ------------------------------------------------------------------------------ what may be stored


def test_a_model_is_named_by_the_sha256_of_its_code(chain: Evm, models: Int8Chain) -> None:
    for one in scoring.shipped_models():
        digest = models.store(one.blob)
        code = bytes(chain.w3.eth.get_code(models.contract.functions.codeOf(digest).call()))
        assert code == one.blob
        assert hashlib.sha256(code).digest() == digest == one.model.digest


def test_storing_a_model_again_changes_nothing(models: Int8Chain) -> None:
    blob = network(random.Random(4), [3, 3])
    code = models.contract.functions.codeOf(models.store(blob)).call()
    assert models.contract.functions.codeOf(models.store(blob)).call() == code


def test_a_stored_model_cannot_be_run_as_a_program(chain: Evm, models: Int8Chain) -> None:
    digest = models.store(network(random.Random(5), [3, 3]))
    code = models.contract.functions.codeOf(digest).call()
    assert chain.execution_gas(code, b"") == 0
    assert chain.answer(code, b"\x01\x02") == b""


def test_stores_what_a_node_would_load_and_nothing_else(chain: Evm, models: Int8Chain) -> None:
    """Every byte outside of the features' records, changed in several ways."""
    rng = random.Random(6)
    blob = network(rng, [3, 5, 3])
    records = range(16, 16 + 16 * 3)
    tried = [blob[:length] for length in range(0, len(blob), 7)] + [blob + b"\0"]
    for place in set(range(len(blob))) - set(records):
        for change in (1, 0x80, 0xFF, rng.randrange(1, 256)):
            tried.append(blob[:place] + bytes([blob[place] ^ change]) + blob[place + 1 :])
    answers = models.would_store(tried)
    accepted = 0
    for one, answer in zip(tried, answers, strict=True):
        try:
            expected = load(one).digest
            accepted += 1
        except ScoreError:
            expected = None
        assert answer == expected, one.hex()
    assert 50 < accepted < len(tried) - 50


def test_a_reach_of_2_to_the_24_is_refused(models: Int8Chain) -> None:
    most = (1 << 24) - 1 - 255 * 127 * 256
    whole, one = array("I", [1 << 30] * 256), array("I", [1 << 30])
    layers = [
        Layer(256, 1, 0, 0, 0, 0, array("b", [127] * 256), array("i", [most]), one, bytes(1)),
        Layer(1, 256, 0, 0, 0, 0, array("b", bytes(256)), array("i", [0] * 256), whole, bytes(256)),
    ]
    features = [Feature(0, 0, 0, 0, 0, 1) for _ in range(256)]
    blob = pack(Model(b"", 0, 0, features, layers))
    place = 16 + 16 * 256 + 8 + 256
    for bias, fits in ((most, True), (-most, True), (most + 1, False), (-most - 1, False)):
        changed = blob[:place] + bias.to_bytes(4, "big", signed=True) + blob[place + 4 :]
        assert (models.would_store([changed]) != [None]) == fits, bias


def error(name: str, types: str) -> str:
    return "0x" + Web3.keccak(text=f"{name}({types})")[:4].hex()


def test_a_model_that_is_not_stored_has_no_score(models: Int8Chain) -> None:
    with pytest.raises(ContractCustomError, match=error("NotStored", "bytes32")):
        models.contract.functions.score(b"\x07" * 32, b"").call()


def test_an_input_of_another_length_has_no_score(models: Int8Chain) -> None:
    digest = models.store(network(random.Random(7), [3, 3]))
    for length in (0, 2, 4, 300):
        with pytest.raises(ContractCustomError, match=error("WrongInput", "uint256,uint256")):
            models.contract.functions.score(digest, bytes(length)).call()


# --------------------------------------------------------------------------------------------- gas


def test_gas_of_a_score_is_within_its_goals(models: Int8Chain) -> None:
    """A thousand multiplications in 30,000 gas, four thousand in 60,000."""
    rng = random.Random(8)
    for widths, goal in (([32, 16, 32], 30_000), ([64, 32, 64], 60_000)):
        digest = models.store(network(rng, widths))
        assert models.gas(digest, rng.randbytes(widths[0])) <= goal
