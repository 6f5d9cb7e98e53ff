"""What an application shows at its first start before the node is given to it (cargoseal_boot).

Published vectors for what has any (RFC 8032), a model with a known score for the kernels, and a
whole segment that is sealed here, decoded and verified. The chip's machine code takes part where it
loads.
"""

import hashlib
from array import array

from cargoseal_score import infer
from cargoseal_score.model import Feature, Layer, Model
from cargoseal_wire.constants import CLIMATE, NO_SEGMENT, TEMPERATURE
from cargoseal_wire.seal import decode_seal, signed_bytes
from cargoseal_wire.segment import decode_segment
from cargoseal_wire.statement import decode_statement
from node.alarms import Alarms
from node.config import ALARMS
from node.ed25519 import SigningKey
from node.ed25519_verify import verify
from node.reading import Reading
from node.sampler import Sampler
from node.scorer import Scorer
from node.sealer import Sealer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from node.window import Window

# RFC 8032, 7.1, test 2
_SEED = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"
_PUBLIC = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
_SIGNED = (
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
)
_SCORE = 256614  # of the layer in _check_score


class SelfTestFailed(Exception):  # noqa: N818  an answer of the test
    """What did not give what it must."""


def run() -> None:
    """SelfTestFailed, or whatever a broken application raises."""
    key = SigningKey(bytes.fromhex(_SEED))
    _expect("public key", bytes.fromhex(_PUBLIC), key.public_key)
    _expect("signature", bytes.fromhex(_SIGNED), key.sign(b"\x72", 5))
    _check_score()
    _check_segment(key)


def _check_score() -> None:
    """Nine inputs, so that the kernels' unrolled part and its rest both run."""
    features = [Feature(TEMPERATURE, 0, 0, 0, 0, 1) for _ in range(9)]
    weights = array("b", [7 * at % 255 - 127 for at in range(81)])
    biases = array("i", [1000 * at - 4000 for at in range(9)])
    scales = array("I", [(1 << 30) + 12345678 * at for at in range(9)])
    layer = Layer(9, 9, 3, -4, -128, 127, weights, biases, scales, bytes(range(4, 13)))
    model = Model(bytes(32), CLIMATE, 3, features, [layer])
    _expect("score", _SCORE, infer.score(model, bytes(range(120, 129))))


def _check_segment(key: SigningKey) -> None:
    """A window of three readings on its whole way into a segment and out again."""
    sealer = Sealer(key, bytes(32), bytes(8), Scorer([]), _zeros, 1, 2)
    sealed = sealer.seal(_window(), 7, NO_SEGMENT, 3, 0, 0)
    segment = decode_segment(sealed.data)
    seal, statement = decode_seal(segment.seal), decode_statement(segment.statement)
    _expect("payload", hashlib.sha256(segment.statement).digest(), seal.payload)
    _expect("counter", 7, statement.counter)
    _expect("release", (1, 2), (statement.application, statement.configuration))
    _expect("seal", True, verify(key.public_key, signed_bytes(seal), seal.signature))


def _window() -> "Window":
    sampler = Sampler(Alarms(ALARMS), 3, 3600000)
    closed: list[Window] = []
    for minute in range(3):
        closed += sampler.add(Reading(60000 * minute, {TEMPERATURE: 500 + minute}))
    return closed[0]


def _zeros(size: int) -> bytes:
    return bytes(size)


def _expect(what: str, expected: object, got: object) -> None:
    if got != expected:
        raise SelfTestFailed(what + ": expected " + str(expected) + ", got " + str(got))
