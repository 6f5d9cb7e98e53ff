"""Takes a release: checks who signed it and whether it fits, writes its files beside what runs,
tests them, and puts them on trial.

Rules
1. Nothing is written for a release that is not signed by the release key, is not newer than all of
   its component before, or does not fit this node; `Refused` says which.
2. Files come in the manifest's order as one stream of bytes, from wherever. What a power cut left
   is kept when its digest is right; else that file begins anew.
3. Every file is read back from flash and its SHA-256 compared before anything is decided.
4. A model or a configuration is tried out in RAM first (selftest). An application tests itself at
   its first start, before it is given the node: cargoseal_boot.
5. What runs is never written to.
"""

import hashlib

from cargoseal_boot.slots import folder_path
from cargoseal_wire import release as rel
from cargoseal_wire.errors import WireError
from node.ed25519_verify import verify
from node.update import selftest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cargoseal_boot.slots import Slots
    from cargoseal_wire.release import FileEntry, Manifest
    from node.parts import Flash
    from node.update.selftest import Running

MOST_SPOILT = 3  # files that came wrong before a release is refused: somebody may have lied
_PIECE = 512


class Refused(Exception):  # noqa: N818  an answer, not a fault
    """A release that this node does not take; the text says why."""


class Later(Refused):
    """Not now, but when what is on trial has proved itself."""


class Installed(Exception):  # noqa: N818  an answer, not a fault
    """The release runs already, or is on trial: `total` bytes of files are there."""

    def __init__(self, total: int) -> None:
        self.total = total
        super().__init__("runs already")


class Installer:
    """One release at a time, from its manifest to its trial."""

    def __init__(
        self,
        slots: "Slots",
        release_key: bytes,
        running: "Running",
        open_folder: "Callable[[str], Flash]",
        boot_image: "Callable[[], None] | None" = None,
    ) -> None:
        """`open_folder` gives the flash behind a component's folder; OSError for one that the board
        has no room for. `boot_image` has the board start from a whole image that was written."""
        self._slots = slots
        self._key = release_key
        self._running = running
        self._open = open_folder
        self._boot_image = boot_image
        self._flash: Flash | None = None
        self._written = 0  # of the file that is being written
        self._at = 0  # its place in the manifest
        self._spoilt = 0  # files whose bytes were others
        self.manifest: Manifest | None = None

    def begin(self, data: bytes) -> int:
        """Takes the sealed manifest; gives the offset in the stream of files from which bytes are
        wanted. Takes some seconds on the node. Refused as in rule 1; Installed when it is what
        runs; OSError when flash fails."""
        manifest = self._checked(data)
        component = rel.COMPONENTS[manifest.component]
        slot = self._slots.slots[manifest.component]
        try:
            flash = self._open(folder_path(component, slot.spare()))
        except OSError as error:
            raise Refused(component + ": no room for one: " + str(error)) from None
        wanted = {entry.name: entry for entry in manifest.files}
        for name in flash.names():
            if name not in wanted or not _is_whole(flash, wanted[name]):
                flash.remove(name)
        self.manifest, self._flash = manifest, flash
        self._at, self._written, self._spoilt = 0, 0, 0
        return self._skip_whole()

    def offset(self) -> int:
        """How far the stream of files is."""
        files = [] if self.manifest is None else self.manifest.files
        return sum(entry.size for entry in files[: self._at]) + self._written

    def total(self) -> int:
        """The bytes of all files."""
        return 0 if self.manifest is None else sum(entry.size for entry in self.manifest.files)

    def add(self, data: bytes) -> int:
        """Takes the next bytes of the stream; gives the offset of those wanted after them. Refused
        for bytes beyond the end, or when files came wrong too often: then it is dropped."""
        manifest, flash = self.manifest, self._flash
        if manifest is None or flash is None:
            raise Refused("no release was begun")
        while data:
            if self._at >= len(manifest.files):
                raise self._drop("bytes beyond the end of the release")
            entry = manifest.files[self._at]
            piece = data[: entry.size - self._written]
            flash.append(entry.name, piece)
            self._written += len(piece)
            data = data[len(piece) :]
            if self._written == entry.size:
                if not _is_whole(flash, entry):
                    flash.remove(entry.name)
                    self._written = 0
                    self._spoilt += 1
                    if self._spoilt > MOST_SPOILT:
                        raise self._drop(entry.name + ": another SHA-256 than the manifest says")
                    break  # the caller asks for this file from its beginning
                self._at, self._written = self._at + 1, 0
                before = self.offset()
                if self._skip_whole() != before and data:
                    break  # what follows is here already: the caller asks from there
        return self.offset()

    def finish(self) -> None:
        """Everything is there: tests it and puts it on trial; it runs from the next start on.
        Refused when something is missing or the test fails: then nothing has changed."""
        manifest, flash = self.manifest, self._flash
        if manifest is None or flash is None:
            raise Refused("no release was begun")
        if self.offset() != self.total():
            raise Refused("bytes are missing from " + str(self.offset()))
        for entry in manifest.files:
            if not _is_whole(flash, entry):
                raise self._drop(entry.name + ": another SHA-256 than the manifest says")
        try:
            selftest.check(manifest, flash, self._running)
        except ValueError as error:  # ConfigError, ScoreError, WireError, SelfTestError
            raise self._drop("self-test: " + str(error)) from None
        self._slots.start_trial(manifest.component, manifest.number)
        if manifest.component == rel.IMAGE and self._boot_image is not None:
            try:
                self._boot_image()
            except OSError as error:
                self._slots.give_up(rel.IMAGE)
                raise self._drop("the chip does not take it: " + str(error)) from None
        self.manifest, self._flash = None, None

    def _checked(self, data: bytes) -> "Manifest":
        try:
            encoded, signature = rel.open_release(data)
            manifest = rel.decode_manifest(encoded)
        except WireError as error:
            raise Refused("not a release: " + str(error)) from None
        if not verify(self._key, rel.signed_bytes(encoded), signature):
            raise Refused("not signed by this fleet's release key")
        self._fits(manifest)
        return manifest

    def _fits(self, manifest: "Manifest") -> None:
        name = rel.COMPONENTS[manifest.component]
        slot = self._slots.slots[manifest.component]
        running = self._running
        if manifest.number == slot.number:
            raise Installed(sum(entry.size for entry in manifest.files))
        if slot.trial:
            raise Later(name + " " + str(slot.number) + " is still on trial")
        if manifest.number == slot.highest:
            raise Refused(name + " " + str(manifest.number) + " failed its trial on this node")
        if manifest.number <= slot.highest:
            raise Refused(name + " " + str(manifest.number) + " is not above " + str(slot.highest))
        if manifest.arch not in (rel.ANY_ARCH, running.arch):
            raise Refused("made for " + manifest.arch + ", this chip runs " + running.arch)
        if manifest.needs > running.application:
            raise Refused(
                "needs application " + str(manifest.needs) + ", got " + str(running.application)
            )
        if manifest.component == rel.IMAGE and self._boot_image is None:
            raise Refused("this board starts from one image only")
        if manifest.component == rel.APPLICATION:
            low, high = manifest.formats
            for one in running.formats:
                if not low <= one <= high:
                    raise Refused("does not execute models of format " + str(one))

    def _skip_whole(self) -> int:
        """Passes over files that are there already; gives the offset behind them."""
        manifest, flash = self.manifest, self._flash
        if manifest is not None and flash is not None:
            names = flash.names()
            while self._at < len(manifest.files):
                entry = manifest.files[self._at]
                if entry.size == 0 and entry.name not in names:
                    flash.append(entry.name, b"")
                elif entry.name not in names or not _is_whole(flash, entry):
                    break
                self._at += 1
        return self.offset()

    def _drop(self, why: str) -> Refused:
        """Forgets the release that was begun; its files stay until the next begins."""
        self.manifest, self._flash = None, None
        return Refused(why)


def _is_whole(flash: "Flash", entry: "FileEntry") -> bool:
    """Whether the file on flash is the manifest's."""
    digest = hashlib.sha256()
    at = 0
    while True:
        piece = flash.read_at(entry.name, at, _PIECE)
        if not piece:
            break
        digest.update(piece)
        at += len(piece)
        if at > entry.size:
            return False
    return at == entry.size and digest.digest() == entry.digest
