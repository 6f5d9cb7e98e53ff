"""The seal: a COSE_Sign1 (RFC 9052) over the SHA-256 of a statement, as a hash envelope (RFC 9995).

Rules
1. Its protected header is always the same bytes, so that its size never changes and two SHA-512
   blocks hold what is signed (R, public key and Sig_structure: at most 239 bytes).
2. The chain: a statement's `previous` is the SHA-256 of the whole seal made before it.
3. Decoding checks the shape. Whoever decodes must still check the signature over `signed_bytes`,
   and that `payload` is the statement's SHA-256 and `node` the one that the statement names.
"""

import hashlib

from cargoseal_wire import cbor, fields
from cargoseal_wire.constants import DIGEST_BYTES, NODE_BYTES, SIGNATURE_BYTES
from cargoseal_wire.errors import WireError, describe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

CONTENT_TYPE = "application/vnd.cargoseal.statement+cbor"
COSE_SIGN1 = 18
EDDSA = -8
SHA_256 = -16
# alg, payload-hash-alg, preimage-content-type
PROTECTED = cbor.encode({1: EDDSA, 258: SHA_256, 259: CONTENT_TYPE})
_KEY_ID = 4


class Seal:
    """A seal's fields: node of 8 bytes, payload of 32, signature of 64, protected header."""

    def __init__(
        self, node: bytes, payload: bytes, signature: bytes, protected: bytes = PROTECTED
    ) -> None:
        self.node = node
        self.payload = payload
        self.signature = signature
        self.protected = protected

    def encode(self) -> bytes:
        fields.bstr(self.node, NODE_BYTES, "seal.node")
        fields.bstr(self.payload, DIGEST_BYTES, "seal.payload")
        fields.bstr(self.signature, SIGNATURE_BYTES, "seal.signature")
        if self.protected == PROTECTED:
            return b"".join(
                (_TO_NODE, self.node, _TO_PAYLOAD, self.payload, _TO_SIGNATURE, self.signature)
            )
        return _encoded(self.protected, self.node, self.payload, self.signature)


def _encoded(protected: bytes, node: bytes, payload: bytes, signature: bytes) -> bytes:
    items = [protected, {_KEY_ID: node}, payload, signature]
    return cbor.encode(cbor.Tag(COSE_SIGN1, items))


# With our header every seal is the same but for node, payload and signature.
_BLANK = _encoded(PROTECTED, bytes(NODE_BYTES), bytes(DIGEST_BYTES), bytes(SIGNATURE_BYTES))
_TO_SIGNATURE = cbor.head(2, SIGNATURE_BYTES)
_TO_PAYLOAD = cbor.head(2, DIGEST_BYTES)
_TO_NODE = _BLANK[
    : -(NODE_BYTES + len(_TO_PAYLOAD) + DIGEST_BYTES + len(_TO_SIGNATURE) + SIGNATURE_BYTES)
]
SEAL_BYTES = len(Seal(bytes(NODE_BYTES), bytes(DIGEST_BYTES), bytes(SIGNATURE_BYTES)).encode())


def seal_statement(statement: bytes, node_id: bytes, sign: "Callable[[bytes], bytes]") -> bytes:
    """The seal of an encoded statement; `sign` gives the 64-byte Ed25519 signature of a message."""
    payload = hashlib.sha256(statement).digest()
    return Seal(node_id, payload, sign(_signed(PROTECTED, payload))).encode()


def signed_bytes(seal: Seal) -> bytes:
    """What the seal's signature signs: the Sig_structure of RFC 9052 section 4.4."""
    return _signed(seal.protected, seal.payload)


def decode_seal(data: bytes) -> Seal:
    """The seal in `data`, with exactly our protected header, else WireError."""
    value = fields.decode_within(data, SEAL_BYTES, "seal")
    if not isinstance(value, cbor.Tag) or value.tag != COSE_SIGN1:
        raise WireError("seal", "tag 18 (COSE_Sign1)", describe(value))
    items = fields.array(value.value, 4, "seal")
    if items[0] != PROTECTED:
        raise WireError("seal.protected", "EdDSA, SHA-256, " + CONTENT_TYPE, describe(items[0]))
    unprotected = items[1]
    if not isinstance(unprotected, dict) or list(unprotected) != [_KEY_ID]:
        raise WireError("seal.unprotected", "a map of key id 4 only", describe(unprotected))
    return Seal(
        fields.bstr(unprotected[_KEY_ID], NODE_BYTES, "seal.node"),
        fields.bstr(items[2], DIGEST_BYTES, "seal.payload"),
        fields.bstr(items[3], SIGNATURE_BYTES, "seal.signature"),
    )


def seal_digest(seal: bytes) -> bytes:
    """What the next statement names as `previous`: SHA-256 of the seal's bytes."""
    return hashlib.sha256(seal).digest()


def _signed(protected: bytes, payload: bytes) -> bytes:
    if protected == PROTECTED and len(payload) == DIGEST_BYTES:
        return _TO_SIGN + payload
    return cbor.encode(["Signature1", protected, b"", payload])


_TO_SIGN = cbor.encode(["Signature1", PROTECTED, b"", bytes(DIGEST_BYTES)])[:-DIGEST_BYTES]
