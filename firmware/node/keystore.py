"""The device key: made on the node, kept in NVS, never sent and never printed.

Rules
1. The seed is made once, by SHA-256 over random bytes of this chip and entropy that the enrolling
   host sent: the ESP32's generator is only truly random while its radio is on, so either of the
   two must be good. `origin` says whether the host's part was there.
2. A stored seed is never replaced here; a node that shall get another key has its NVS erased.
3. Stock MicroPython builds neither encrypt NVS nor boot signed images: who holds the board can read
   the seed. The gateway therefore asks other nodes for corroboration.
"""

import hashlib

from node.ed25519 import SigningKey

TYPE_CHECKING = False
if TYPE_CHECKING:
    from node.parts import Nvs, Random

SEED_BYTES = 32
FROM_CHIP = b"chip"
FROM_CHIP_AND_HOST = b"chip and host"
_SEED = "seed"
_ORIGIN = "seed_origin"


def open_key(nvs: "Nvs", random: "Random", host_entropy: bytes = b"") -> SigningKey:
    """The node's key, made at the first call; call it with the radio on. OSError when NVS
    fails, ValueError when what it holds is no seed: neither is a reason for another key."""
    seed = nvs.get(_SEED)
    if seed is None:
        seed = hashlib.sha256(random(SEED_BYTES) + random(SEED_BYTES) + host_entropy).digest()
        nvs.put(_ORIGIN, FROM_CHIP_AND_HOST if host_entropy else FROM_CHIP)
        nvs.put(_SEED, seed)
    return SigningKey(seed)


def origin(nvs: "Nvs") -> bytes:
    """Where the seed's randomness came from; empty before there is one."""
    return nvs.get(_ORIGIN) or b""
