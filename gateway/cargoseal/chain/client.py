"""What commands and pages do with the chain, from one configuration.

Rules
1. Everything may be repeated: minting what is minted, registering what is registered is no error.
2. The issuer's key mints and registers; without one the gateway's key does, where the deployment
   gave its account that role. A review is signed with the reviewer's key, never with the gateway's.
3. Keys are read only when something has to be signed, so pages run without any.
"""

import functools
from dataclasses import dataclass
from pathlib import Path

from web3 import Web3

from cargoseal.chain.addresses import Addresses, read_addresses
from cargoseal.chain.backend import open_chain
from cargoseal.chain.contract import Receipt
from cargoseal.chain.deploy import GATEWAY_INDEX
from cargoseal.chain.keys import Signer, load_signer
from cargoseal.chain.registries import DeviceRegistry, ModelRegistry
from cargoseal.chain.reverts import Reverted
from cargoseal.chain.token import Status, TokenContract
from cargoseal.config import ChainConfig, Config
from cargoseal.errors import UsageError


@dataclass(frozen=True)
class ChainClient:
    """The deployed contracts, and the keys the configuration names."""

    w3: Web3
    addresses: Addresses
    chain: ChainConfig

    @functools.cached_property
    def token(self) -> TokenContract:
        return TokenContract(self.w3, self.addresses.token)

    @functools.cached_property
    def devices(self) -> DeviceRegistry:
        return DeviceRegistry(self.w3, self.addresses.devices)

    @functools.cached_property
    def models(self) -> ModelRegistry:
        return ModelRegistry(self.w3, self.addresses.models)

    @functools.cached_property
    def signer(self) -> Signer:
        """The issuer's key. Raises UsageError when the configuration names neither."""
        if self.chain.issuer_key_file is None:
            return self.gateway
        return self._load(self.chain.issuer_key_file, "issuer_key_file")

    @functools.cached_property
    def gateway(self) -> Signer:
        """The key the gateway posts with. Raises UsageError when the configuration names none."""
        return self._load(self.chain.key_file, "key_file")

    @functools.cached_property
    def reviewer(self) -> Signer:
        """A reviewer's key. Raises UsageError when the configuration names none."""
        return self._load(self.chain.reviewer_key_file, "reviewer_key_file")

    def _load(self, path: Path | None, name: str) -> Signer:
        if path is None:
            raise UsageError(f"expected chain.{name} in the configuration, got none")
        return load_signer(path, self.chain.key_password_file)

    def gateway_index(self) -> int:
        """Which gateway the configured key posts as. Raises UsageError when it is none."""
        slot = self.token.gateway_of(self.gateway.address)
        if slot is None:
            raise UsageError(
                f"expected {self.gateway.address} to be a gateway of {self.addresses.token}, got "
                "an account that is none"
            )
        return slot.index

    def status_of(self, token: int) -> Status | None:
        """None for a token that was never minted. Raises ChainError."""
        try:
            return self.token.status_of(token)
        except Reverted as refused:
            if refused.revert.name == "UnknownToken":
                return None
            raise

    def is_stale(self, token: int) -> bool:
        return self.token.is_stale(token)

    def ensure_minted(
        self, token: int, profile_digest: bytes, owner: str | None = None
    ) -> bytes | None:
        """The minting transaction's hash; None when the token was there. Raises UsageError when it
        was minted for another profile."""
        there = self.status_of(token)
        if there is None:
            to = owner or self.signer.address
            receipt = self.token.mint(self.signer, to, token, GATEWAY_INDEX, profile_digest)
            return receipt.hash
        if there.profile != profile_digest:
            raise UsageError(
                f"token {token}: expected profile {profile_digest.hex()} on chain, got "
                f"{there.profile.hex()}: take another token number"
            )
        return None

    def ensure_registered(self, node: bytes, public_key: bytes, valid_from_ms: int) -> bytes | None:
        """Registers a node's key on chain; None when it is there."""
        receipt = self.devices.register(self.signer, node, public_key, valid_from_ms)
        return None if receipt is None else receipt.hash

    def review(
        self,
        token: int,
        *,
        condition: int,
        reason: int,
        evidence: bytes,
        expected_updates: int | None = None,
    ) -> Receipt:
        """A person's verdict. Without `expected_updates`, on the state as it is at this moment."""
        if expected_updates is None:
            expected_updates = self.token.status_of(token).updates
        return self.token.review(
            self.reviewer, token, expected_updates=expected_updates, condition=condition,
            reason=reason, evidence=evidence,
        )  # fmt: skip


def open_client(config: Config) -> ChainClient:
    """Connects to the configured chain and reads the address book. Raises ChainError (no answer,
    wrong chain, no contract there) or ConfigError (address book)."""
    chain = config.chain
    addresses = read_addresses(chain.addresses, chain.chain_id)
    return ChainClient(open_chain(chain.url, chain.chain_id), addresses, chain)
