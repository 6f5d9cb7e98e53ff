"""What a node signs at its provisioning to show that it holds the key it names.

It begins with a text, a segment's seal with a CBOR array: no signature is ever good for the other.
"""

from cargoseal_wire import fields
from cargoseal_wire.constants import DIGEST_BYTES

CHALLENGE_BYTES = 32
_TEXT = b"cargoseal: this node holds the key, v1\n"


def possession_message(challenge: bytes, public_key: bytes) -> bytes:
    """What to sign; `challenge` are 32 random bytes of whoever asks. WireError for other sizes."""
    fields.bstr(challenge, CHALLENGE_BYTES, "possession.challenge")
    fields.bstr(public_key, DIGEST_BYTES, "possession.public_key")
    return _TEXT + challenge + public_key
