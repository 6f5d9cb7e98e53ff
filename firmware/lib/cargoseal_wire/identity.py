"""Who a node is and which deployment it speaks to.

A seal names an audience, so that it cannot be replayed into another chain, contract or deployment.
"""

import hashlib

from cargoseal_wire import cbor, fields
from cargoseal_wire.constants import NODE_BYTES

KEY_BYTES = 32
CONTRACT_BYTES = 20
MAX_DEPLOYMENT_BYTES = 64


def node_id(public_key: bytes) -> bytes:
    """The 8-byte name of a node: the start of SHA-256 over its 32-byte Ed25519 public key."""
    fields.bstr(public_key, KEY_BYTES, "public key")
    return hashlib.sha256(public_key).digest()[:NODE_BYTES]


def audience(chain_id: int, contract: bytes, deployment: str) -> bytes:
    """The 32-byte name of a deployment: chain id, token contract (20 bytes), and a text."""
    fields.uint(chain_id, 2**64, "chain id")
    fields.bstr(contract, CONTRACT_BYTES, "contract")
    fields.bstr_up_to(deployment.encode("utf-8"), MAX_DEPLOYMENT_BYTES, "deployment")
    return hashlib.sha256(cbor.encode(["cargoseal", chain_id, contract, deployment])).digest()
