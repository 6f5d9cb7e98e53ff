"""What tools/provision.py calls over the serial console, on a board."""

import os

import network

from cargoseal_boot.nvs import BoardNvs
from node import provisioning


def begin(entropy: str, challenge: str) -> dict:
    """The key, made with the radio on. ProvisioningError in production."""
    network.WLAN(network.STA_IF).active(True)  # its noise feeds the random generator
    return provisioning.begin(BoardNvs(), _random, entropy, challenge)


def check(board: str, settings: str) -> bool:
    """True, or the error that the node would not start with."""
    provisioning.check(board, settings)
    return True


def shut() -> bool:
    """From the next start on the console is shut."""
    provisioning.shut(BoardNvs())
    return True


def _random(size: int) -> bytes:
    return os.urandom(size)
