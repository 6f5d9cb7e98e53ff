"""The accounts that every development chain funds. Their keys are public knowledge.

Rules
1. They are for chains started on this machine; the configuration accepts no key by number.
"""

from eth_account import Account

from cargoseal.chain.anvil import DEV_MNEMONIC
from cargoseal.chain.keys import Signer


def dev_key(index: int) -> bytes:
    """The 32 bytes of the development account number `index`, from 0."""
    Account.enable_unaudited_hdwallet_features()
    account = Account.from_mnemonic(DEV_MNEMONIC, account_path=f"m/44'/60'/0'/0/{index}")
    return bytes(account.key)


def dev_signer(index: int) -> Signer:
    return Signer(Account.from_key(dev_key(index)))
