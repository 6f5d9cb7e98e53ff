"""The gateway's store: one SQLite file that every process of the gateway opens for itself.

Rules
1. Every change happens inside `write()`: one transaction, begun IMMEDIATE, durable (WAL with
   synchronous=FULL) when the `with` block has been left, and undone as a whole if it raises.
2. Writing, checkpointing, opening and closing happen under the store's lock (see lock.py).
3. A connection from `read()` cannot write. It sees one state from its first query to its last.
4. A store does not cross a fork: open it in the process that uses it.
5. Errors of the disk or the database leave as StoreError; an IntegrityError is the caller's own.
"""

import atexit
import os
import sqlite3
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.pool import QueuePool

from cargoseal.errors import StoreError
from cargoseal.store.lock import StoreLock
from cargoseal.store.migrate import upgrade

READ_CONNECTIONS = 8
BUSY_TIMEOUT_S = 30.0
WAL_LIMIT_BYTES = 64 * 1024 * 1024

_open_stores: "weakref.WeakSet[Store]" = weakref.WeakSet()


@atexit.register
def _close_open_stores() -> None:
    """The last connection of a process checkpoints on close: that needs the lock (rule 2)."""
    for store in list(_open_stores):
        store.close()


class Store:
    """An open store. Raises StoreError when the file cannot be used.

    With `create=False` a missing file is an error instead of a new, empty store.
    """

    def __init__(self, path: Path | str, *, create: bool = True) -> None:
        self.path = Path(path)
        if not create and not self.path.is_file():
            raise StoreError(
                f"{self.path}: expected a gateway's database, got no such file; start the gateway "
                "once, or name its data_dir"
            )
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._lock = StoreLock(self.path.with_name(self.path.name + ".lock"))
        except OSError as error:
            raise StoreError(f"{self.path}: expected a writable folder, got: {error}") from error
        self._closed = False
        self._writer = self._engine(connections=1, begin="BEGIN IMMEDIATE", writes=True)
        self._reader = self._engine(connections=READ_CONNECTIONS, begin="BEGIN", writes=False)
        _open_stores.add(self)
        try:
            with self._lock, _as_store_error(self.path), self._writer.connect() as connection:
                upgrade(connection)
        except BaseException:
            self.close()
            raise

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A transaction that may change the store: durable once the block is left.

        The lock is held until then, so the block must be short and must not wait for anything.
        """
        if self._closed:
            raise StoreError(f"{self.path}: expected an open store, got a closed one")
        with self._lock, _as_store_error(self.path), self._writer.connect() as connection:
            with connection.begin():
                yield connection

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """One consistent state of the store; never waits for a writer."""
        with _as_store_error(self.path), self._reader.connect() as connection:
            with connection.begin():
                yield connection

    def checkpoint(self) -> None:
        """Moves the whole write-ahead log into the database file and empties it."""
        with self._lock, _as_store_error(self.path), self._writer.connect() as connection:
            raw_connection(connection).execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def integrity(self) -> str:
        """What SQLite says of the file: "ok", or the first thing that is wrong."""
        with self.read() as connection:
            return str(connection.exec_driver_sql("PRAGMA integrity_check").scalar())

    def close(self) -> None:
        """Closes every connection; calling it again does nothing."""
        if self._closed:
            return
        with self._lock:
            self._closed = True
            self._reader.dispose()
            self._writer.dispose()
        self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _engine(self, *, connections: int, begin: str, writes: bool) -> sa.Engine:
        engine = sa.create_engine(
            "sqlite+pysqlite://",
            creator=lambda: self._connect(writes=writes),
            poolclass=QueuePool,
            pool_size=connections,
            max_overflow=0,
            pool_timeout=BUSY_TIMEOUT_S,
        )

        @event.listens_for(engine, "begin")
        def _begin(connection: sa.Connection) -> None:
            connection.exec_driver_sql(begin)

        return engine

    def _connect(self, *, writes: bool) -> sqlite3.Connection:
        if self._closed:
            raise StoreError(f"{self.path}: expected an open store, got a closed one")
        with self._lock:
            connection = sqlite3.connect(
                self.path,
                timeout=BUSY_TIMEOUT_S,
                isolation_level=None,  # transactions begin where rule 1 says, nowhere else
                check_same_thread=False,  # the pool hands a connection to one thread at a time
            )
            if writes:
                os.chmod(self.path, 0o600)  # it holds the nodes' receipt keys
                connection.execute("PRAGMA journal_mode=WAL")
                connection.execute(f"PRAGMA journal_size_limit={WAL_LIMIT_BYTES}")
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA foreign_keys=ON")
            if not writes:
                connection.execute("PRAGMA query_only=ON")
            return connection


def raw_connection(connection: sa.Connection) -> sqlite3.Connection:
    """The driver's own connection, inside the same transaction: for the hot inserts."""
    driver: Any = connection.connection.driver_connection
    if not isinstance(driver, sqlite3.Connection):
        raise StoreError(f"expected a SQLite connection, got {type(driver).__name__}")
    return driver


@contextmanager
def _as_store_error(path: Path) -> Iterator[None]:
    try:
        yield
    except (sa.exc.IntegrityError, sqlite3.IntegrityError):
        raise
    except (sa.exc.DBAPIError, sa.exc.TimeoutError, sqlite3.Error) as error:
        raise StoreError(f"{path}: {error}") from error
