"""The device key is made once, from both sources of randomness."""

import hashlib

from node import keystore

from tests.node.both.world import Dice, MemoryNvs


def test_a_key_is_made_once_and_found_again():
    nvs = MemoryNvs()
    first = keystore.open_key(nvs, Dice(1), b"from the host")
    again = keystore.open_key(nvs, Dice(2), b"other")
    assert first.public_key == again.public_key
    assert keystore.origin(nvs) == keystore.FROM_CHIP_AND_HOST


def test_the_hosts_entropy_counts_and_its_absence_is_said():
    nvs = MemoryNvs()
    dice = Dice(1)
    keystore.open_key(nvs, Dice(1), b"host")
    assert nvs.values["seed"] == hashlib.sha256(dice(32) + dice(32) + b"host").digest()
    alone = MemoryNvs()
    keystore.open_key(alone, Dice(1))
    assert alone.values["seed"] != nvs.values["seed"]
    assert keystore.origin(alone) == keystore.FROM_CHIP
    assert keystore.origin(MemoryNvs()) == b""
