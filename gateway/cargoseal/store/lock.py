"""One lock for all processes and threads that write to, checkpoint, open or close a store.

Rules
1. SQLite before 3.51.3 (Debian 12 ships 3.40.1) can corrupt a WAL database when one connection
   writes while another checkpoints and resets the log. Closing a database checkpoints, and so does
   a commit. Hence each of these happens with this lock held, in every process.
2. The lock is an flock on a file of its own, so the kernel frees it when its holder is killed.
3. Within a process it may be taken again by the thread that has it.
"""

import fcntl
import os
import threading
from pathlib import Path
from types import TracebackType
from typing import Self


class StoreLock:
    """A re-entrant lock across threads (RLock) and processes (flock)."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._threads = threading.RLock()
        self._depth = 0  # guarded by _threads

    def __enter__(self) -> Self:
        self._threads.acquire()
        if self._depth == 0:
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX)
            except BaseException:
                self._threads.release()
                raise
        self._depth += 1
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._depth -= 1
        if self._depth == 0:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        self._threads.release()

    def close(self) -> None:
        """Gives the file back; the lock must not be held."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
