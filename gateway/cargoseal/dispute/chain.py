"""The ground of a proof, read from the contracts through a chain node."""

from cargoseal.chain.contract import link_errors
from cargoseal.chain.dispute import DisputeContract, dispute_of
from cargoseal.chain.kernels import Int8Model
from cargoseal.chain.registries import KEY_ED25519, DeviceRegistry, ModelRegistry
from cargoseal.chain.reverts import Reverted
from cargoseal.chain.token import TokenContract
from cargoseal.dispute.ground import Bounds, Sealer


class ChainGround:
    """`Ground` of a deployment. Raises UsageError when its token has no dispute contract."""

    def __init__(self, token: TokenContract) -> None:
        self.token = token
        self.contract: DisputeContract = dispute_of(token)
        at = self.contract.neighbour
        self.devices = DeviceRegistry(token.w3, at("devices"))
        self.models = ModelRegistry(token.w3, at("models"))
        self.executor = Int8Model(token.w3, at("executor"))
        self._audience = self.contract.audience()

    def audience(self) -> bytes:
        return self._audience

    def now_s(self) -> int:
        with link_errors("block"):
            return int(self.token.w3.eth.get_block("latest")["timestamp"])

    def bounds(self) -> Bounds:
        read = self.contract.read
        return Bounds(int(read("FRESH_FOR")), int(read("MAX_CLOCK_ERROR_MS")))

    def sealer_at(self, node: bytes, from_s: int, to_s: int) -> Sealer | None:
        kind, valid_from_s, revoked_s, token, key = self.devices.read(
            "sealerAt", node, from_s, to_s
        )
        if kind == 0:
            return None
        return Sealer(bytes(key), kind == KEY_ED25519, valid_from_s, revoked_s, token)

    def pointer_at(self, token: int, kind: int, time_s: int) -> tuple[bytes, int]:
        profile = self.token.status_of(token).profile
        pointer = self.models.pointer_at(profile, kind, 1000 * time_s)
        return (bytes(32), 0) if pointer is None else (pointer.model, pointer.threshold)

    def root_of(self, gateway: int, seq: int) -> bytes | None:
        kept = self.contract.kept_anchor(gateway, seq)
        if kept is not None:
            return kept
        try:
            return self.token.anchor_of(gateway, seq)
        except Reverted as refused:
            if refused.revert.name == "AnchorNotKept":
                return None
            raise

    def is_refuted(self, gateway: int, token: int, leaf: bytes) -> bool:
        return self.contract.is_refuted(gateway, token, leaf)
