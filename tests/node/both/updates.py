"""Releases and a node's folders to install them in, on either interpreter."""

import hashlib

from node.ed25519 import SigningKey
from node.update.installer import Installer
from node.update.selftest import Running

from cargoseal_boot.slots import Slots
from cargoseal_score import blob, infer
from cargoseal_score.model import Feature, Model
from cargoseal_wire import release as rel
from tests.node.both.world import Budget, MemoryFlash, MemoryNvs

_keys = {}
SETTINGS = {
    "audience": "22" * 32,
    "receipt_key": "11" * 32,
    "broker": {"host": "gateway", "port": 1883},
}


def key(name=b"release"):
    """The release key, or another with a name; made once, since that takes a while."""
    if name not in _keys:
        _keys[name] = SigningKey(hashlib.sha256(name).digest())
    return _keys[name]


def manifest(component, number, files, **changes):
    """A manifest of files {name: bytes}."""
    entries = [
        rel.FileEntry(name, len(data), hashlib.sha256(data).digest())
        for name, data in sorted(files.items())
    ]
    formats = (1, 2) if component == rel.APPLICATION else (0, 0)
    fields = {"arch": rel.ANY_ARCH, "formats": formats, "needs": 0}
    fields.update(changes)
    return rel.Manifest(component, number, files=entries, **fields)


def sealed(made, signer=b"release"):
    return rel.seal_manifest(made.encode(), key(signer).sign)


def stream(files):
    """The bytes that a node is sent."""
    return b"".join(files[name] for name in sorted(files))


def model_files(threshold=400):
    """A release of one small rule, with the scores that it must give."""
    rule = blob.pack(Model(bytes(32), 0, 0, [Feature(0, 0, 0, 8, 0, 256)], []))
    model = blob.load(rule)
    pairs = [(bytes([x]), infer.score(model, bytes([x]))) for x in (0, 1, 127, 128, 255)]
    return {"climate.blob": rule, "climate.golden": rel.encode_golden(threshold, pairs)}


class Board:
    """A node's folders and NVS; `cut` bytes after which the power goes."""

    def __init__(self, cut=None, arch="rv32imc", application=5):
        self.budget = Budget(cut)
        self.nvs = MemoryNvs(self.budget)
        self.folders = {}
        self.arch = arch
        self.application = application
        self.images = None  # what was booted, on a board with two places for an image

    def open(self, path):
        if path not in self.folders:
            self.folders[path] = MemoryFlash(self.budget)
        return self.folders[path]

    def installer(self):
        """After a start: the record is read anew."""
        self.slots = Slots(self.nvs)
        running = Running(self.arch, self.application, [2], SETTINGS)
        boot = None if self.images is None else self._boot
        return Installer(self.slots, key().public_key, running, self.open, boot)

    def _boot(self):
        self.images.append(self.open("/image/a").read("micropython.bin"))

    def power(self, left=None):
        """The power is there again, for so many bytes."""
        self.budget.left = left

    def install(self, component, number, files, chunk=64, **changes):
        """The whole way of one release; Refused when it is."""
        installer = self.installer()
        data = stream(files)
        at = installer.begin(sealed(manifest(component, number, files, **changes)))
        while at < len(data):
            at = installer.add(data[at : at + chunk])
        installer.finish()
