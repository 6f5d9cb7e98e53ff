"""The dispute contract: proofs, commitments and bonds, as clients of the chain reach it.

Rules
1. Only one address has to be known: the token's. It names the contract whose proofs count, and that
   one names the registries and the executing contracts that it asks.
2. A refutation is two transactions, the commitment in an earlier block; both are simulated first,
   the second on the state of the next block.
"""

from collections.abc import Sequence

from web3 import Web3

from cargoseal.chain.artifacts import load_artifact
from cargoseal.chain.contract import Contract, Receipt, State, transact
from cargoseal.chain.keys import Signer
from cargoseal.chain.token import TokenContract
from cargoseal.errors import UsageError

_ZERO = "0x" + 40 * "0"


class DisputeContract(Contract):
    """The dispute contract at an address."""

    def __init__(self, w3: Web3, address: str) -> None:
        super().__init__(w3, address, load_artifact("Dispute").abi, "Dispute")

    def neighbour(self, name: str) -> str:
        """The address of one that it asks: token, devices, models, verifier or executor."""
        return str(self.read(name))

    def audience(self) -> bytes:
        return bytes(self.read("audience"))

    def kept_anchor(self, gateway: int, seq: int) -> bytes | None:
        root = bytes(self.read("keptAnchor", gateway, seq))
        return root if any(root) else None

    def is_refuted(self, gateway: int, token: int, leaf: bytes) -> bool:
        return bool(self.read("isRefuted", gateway, token, leaf))

    def commitment_of(
        self, challenger: str, gateway: int, token: int, leaf: bytes, salt: bytes
    ) -> bytes:
        """What binds a proof to its challenger. The leaf's hash and the salt have 32 bytes."""
        account = Web3.to_checksum_address(challenger)
        return bytes(self.read("commitmentOf", account, gateway, token, leaf, salt))

    def bond_of(self, gateway: int) -> tuple[str, int, int]:
        """(owner, wei, Unix seconds until which it is locked)."""
        owner, amount, until_s = self.read("bondOf", gateway)
        return str(owner), int(amount), int(until_s)

    def owed_to(self, account: str) -> int:
        """Wei that the account may collect."""
        return int(self.read("owedTo", Web3.to_checksum_address(account)))

    def send(
        self,
        signer: Signer,
        function: str,
        arguments: Sequence[object] = (),
        *,
        value: int = 0,
        state: State = "latest",
    ) -> Receipt:
        """Simulates on a state, sends and waits. Raises Reverted or ChainError."""
        data, where = self.encode(function, *arguments), f"{self.name}.{function}"
        return transact(self.w3, signer, self.address, data, where, value=value, state=state)


def dispute_of(token: TokenContract) -> DisputeContract:
    """The one whose proofs count for this token contract. Raises UsageError when it has none."""
    address = str(token.read("dispute"))
    if address == _ZERO:
        raise UsageError(
            f"expected a dispute contract of {token.address}, got none: as long as its "
            "administrators name none, nothing can be proved to it"
        )
    return DisputeContract(token.w3, address)
