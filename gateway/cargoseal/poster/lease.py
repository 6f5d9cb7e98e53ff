"""One poster per store: a lock on a file, which the operating system frees when its holder dies.

Rules
1. Without the lease nothing is frozen, signed or sent; a second poster waits for it.
2. Should two run nevertheless (a copied store, a file system without locks), the contract's
   sequence keeps every verdict single: the lease saves fees, it is not what makes posting safe.
"""

import fcntl
import os
from pathlib import Path


class Lease:
    """The lock file of a store's poster."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def acquire(self) -> bool:
        """Takes the lease, or says False at once when another process has it."""
        if self._descriptor is not None:
            return True
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
