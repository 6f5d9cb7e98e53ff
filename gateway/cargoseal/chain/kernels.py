"""The two contracts that execute what nodes did: a signature's examination, a model's score.

Rules
1. Both have no owner and no roles. One of each on a chain serves every deployment.
2. A model is stored once, by anybody; the contract names it by the SHA-256 that it computes itself.
"""

import enum
import hashlib

from web3 import Web3

from cargoseal.chain.artifacts import load_artifact
from cargoseal.chain.contract import Contract, Receipt
from cargoseal.chain.ed25519_hints import signature_hints
from cargoseal.chain.keys import Signer


class Finding(enum.IntEnum):
    """What an examination has shown; `types/Finding.sol`."""

    UNPROVEN = 0
    VALID = 1
    INVALID = 2


class Ed25519Verifier(Contract):
    """The examiner of Ed25519 signatures at an address."""

    def __init__(self, w3: Web3, address: str) -> None:
        super().__init__(w3, address, load_artifact("Ed25519Verifier").abi, "Ed25519Verifier")

    def examine(self, message: bytes, public_key: bytes, signature: bytes) -> Finding:
        """With hints made here, so always VALID or INVALID. Costs nothing: a call."""
        hints = signature_hints(message, public_key, signature)
        r, s = signature[:32], signature[32:]
        return Finding(self.read("examine", message, public_key, r, s, hints))


class Int8Model(Contract):
    """The store of models as code at an address. A model's name is the SHA-256 of its blob."""

    def __init__(self, w3: Web3, address: str) -> None:
        super().__init__(w3, address, load_artifact("Int8Model").abi, "Int8Model")

    def code_of(self, model: bytes) -> str | None:
        """The address whose code is the blob; None when it is not stored."""
        address = str(self.read("codeOf", model))
        return None if int(address, 16) == 0 else address

    def store(self, signer: Signer, blob: bytes) -> Receipt | None:
        """None when it is stored already. Reverted for a blob that no node would load."""
        if self.code_of(hashlib.sha256(blob).digest()) is not None:
            return None
        return self.transact(signer, "store", blob)

    def score(self, model: bytes, model_input: bytes) -> int:
        """What the chain says the score is. Reverted when the model is not stored."""
        return int(self.read("score", model, model_input))
