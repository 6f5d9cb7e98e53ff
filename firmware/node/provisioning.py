"""What a node does at its provisioning, when a host asks over the serial console.

The host (tools/provision.py) sends random bytes and a challenge; the node makes its key, and
answers with the public key, where the key's randomness came from, and a signature over the
challenge. The private key is never printed. Then the host enrols the public key, and sends the
settings.

Rules
1. The key is made with the radio on, whose noise feeds the chip's generator, and mixed with the
   host's bytes: either of the two makes it good, and `origin` says which took part.
2. A node that has a key keeps it: provisioning again shows the same one.
3. Settings are checked before they are written, and written beside the old ones and renamed: after
   a cut there are the old ones or the new ones.
4. In production nothing here answers (cargoseal_boot.console).
"""

import binascii
import json

from cargoseal_boot.console import PRODUCTION, is_production
from cargoseal_wire.identity import node_id
from cargoseal_wire.possession import CHALLENGE_BYTES, possession_message
from node import keystore
from node.board import Board
from node.config import Config
from node.scorer import Scorer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cargoseal_boot.console import Storage
    from node.parts import Random

LEAST_ENTROPY_BYTES = 32


class ProvisioningError(Exception):
    """The host asked for something that cannot be."""


def begin(nvs: "Storage", random: "Random", entropy: str, challenge: str) -> dict:
    """Makes or shows the key; `entropy` and `challenge` in hexadecimal. ProvisioningError as in
    rule 4 and for too little of either."""
    _check_open(nvs)
    mixed, asked = _bytes(entropy, "entropy"), _bytes(challenge, "challenge")
    if len(mixed) < LEAST_ENTROPY_BYTES or len(asked) != CHALLENGE_BYTES:
        raise ProvisioningError("expected 32 bytes of entropy and of challenge")
    key = keystore.open_key(nvs, random, mixed)
    blind = int.from_bytes(random(31), "little") + 1
    return {
        "node": _hex(node_id(key.public_key)),
        "public_key": _hex(key.public_key),
        "origin": keystore.origin(nvs).decode(),
        "proof": _hex(key.sign(possession_message(asked, key.public_key), blind)),
    }


def check(board: str, settings: str) -> None:
    """ConfigError or ScoreError for a board, settings or models that this firmware would not start
    with; ValueError for what is no JSON."""
    Board(_object(board))
    Scorer(Config(_object(settings)).models)


def shut(nvs: "Storage") -> None:
    """From the next start on the node is in production."""
    nvs.put(PRODUCTION, b"1")


def _check_open(nvs: "Storage") -> None:
    if is_production(nvs):
        raise ProvisioningError("in production: hold the board's button at its start")


def _object(text: str) -> dict:
    value = json.loads(text)
    if not isinstance(value, dict):
        raise ProvisioningError("expected a JSON object")
    return value


def _bytes(text: str, what: str) -> bytes:
    try:
        return binascii.unhexlify(text)
    except ValueError:
        raise ProvisioningError(what + ": expected hexadecimal digits") from None


def _hex(data: bytes) -> str:
    return binascii.hexlify(data).decode()
