"""Which token contract a command reads: the configured one, or one that the caller names."""

from typing import TYPE_CHECKING, Annotated

import typer

from cargoseal.cli.session import Session
from cargoseal.errors import UsageError

if TYPE_CHECKING:
    from cargoseal.chain.token import TokenContract

Rpc = Annotated[
    str, typer.Option(help="JSON-RPC address of a chain node you trust; then no configuration.")
]
At = Annotated[str, typer.Option(help="With --rpc: the token contract's address.")]


def token_contract(current: Session, rpc: str, contract: str) -> "TokenContract":
    """Raises UsageError for half a statement, ConfigError or ChainError for what is configured."""
    from web3 import Web3

    from cargoseal.chain.backend import connect
    from cargoseal.chain.client import open_client
    from cargoseal.chain.token import TokenContract

    if bool(rpc) != bool(contract):
        raise UsageError("expected --rpc and --contract together")
    if not rpc:
        return open_client(current.config).token
    if not Web3.is_address(contract):
        raise UsageError(f"--contract: expected an address, got {contract!r}")
    return TokenContract(connect(rpc), contract)
