"""Gas of the executing contracts: a seal's signature examined, models of known sizes scored.

Rules
1. Execution only: the transaction's own 21,000 and the calldata are left out, as a dispute pays
   them once for everything.
2. The signature is over a seal's Sig_structure (two blocks of SHA-512), its hints are the helper's.
   The goal of 90,000 was to be reached if it can be; 130,000 is the limit that a test holds.
"""

import hashlib
import random
from array import array
from typing import TYPE_CHECKING, Any

from nacl.signing import SigningKey

from cargoseal.chain.ed25519_hints import signature_hints
from cargoseal_score.blob import pack
from cargoseal_score.model import Feature, Layer, Model
from cargoseal_wire import seal

if TYPE_CHECKING:
    from tests.bench.bench_gas import Bench

GOALS = {
    "examine a seal's signature (call)": 90_000,
    "score 1,024 multiplications (call)": 30_000,
    "score 4,096 multiplications (call)": 60_000,
}


def sealed() -> tuple[bytes, bytes, bytes]:
    """(message, public key, signature) of a seal; always the same."""
    key = SigningKey(hashlib.sha256(b"cargoseal golden examined").digest())
    payload = hashlib.sha256(b"cargoseal golden statement").digest()
    message = seal.signed_bytes(seal.Seal(bytes(8), payload, bytes(64)))
    return message, bytes(key.verify_key), bytes(key.sign(message).signature)


def network(width: int, middle: int) -> bytes:
    """A model with two layers: `width` to `middle` and back; weights of any size."""
    chance = random.Random(width)
    layers = []
    for inputs, outputs in ((width, middle), (middle, width)):
        weights = array("b", [chance.randrange(-128, 128) for _ in range(inputs * outputs)])
        biases = array("i", [chance.randrange(-9999, 9999) for _ in range(outputs)])
        multipliers = array("I", [1 << 30] * outputs)
        shifts = bytes([10] * outputs)
        layers.append(Layer(inputs, outputs, 0, 0, -128, 127, weights, biases, multipliers, shifts))
    features = [Feature(0, 0, 0, 0, 0, 1) for _ in range(width)]
    return pack(Model(b"", 0, 0, features, layers))


def measure_kernels(bench: "Bench", call_gas: Any) -> Any:
    """Adds the rows; `call_gas` gives a read's execution gas. Returns the verifier."""
    verifier = bench.deploy("Ed25519Verifier")
    message, key, signature = sealed()
    hints = signature_hints(message, key, signature)
    examine = verifier.functions.examine
    call = examine(message, key, signature[:32], signature[32:], hints)
    bench.add("examine a seal's signature (call)", call_gas(bench, call))
    executor = bench.deploy("Int8Model")
    for width, middle in ((32, 16), (64, 32)):
        blob = network(width, middle)
        name = f"{2 * width * middle:,} multiplications"
        bench.add(f"store a model of {name}", bench.send(executor.functions.store(blob)))
        row = random.Random(middle).randbytes(width)
        score = executor.functions.score(hashlib.sha256(blob).digest(), row)
        bench.add(f"score {name} (call)", call_gas(bench, score))
    return verifier
