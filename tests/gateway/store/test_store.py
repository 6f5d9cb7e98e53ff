"""The store: what `write` promises, what `read` cannot do, and when the lock is held."""

import fcntl
import multiprocessing
import os
import signal
import sqlite3
import stat
import threading
import time
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import IntegrityError

from cargoseal.errors import StoreError
from cargoseal.store import Store, migrate, raw_connection
from cargoseal.store.schema import meta, metadata


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "gateway.db"


def put(store: Store, key: str, value: str = "") -> None:
    with store.write() as connection:
        connection.execute(meta.insert().values(key=key, value=value))


def keys(store: Store) -> list[str]:
    with store.read() as connection:
        return [row.key for row in connection.execute(sa.select(meta).order_by(meta.c.key))]


def test_the_migrations_end_in_the_schema_that_the_code_uses(path: Path) -> None:
    with Store(path) as store, store.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_the_migrations_make_the_very_tables_the_metadata_would(path: Path) -> None:
    made = sa.create_engine("sqlite://")
    metadata.create_all(made)
    with Store(path) as store, store.read() as connection, made.connect() as other:
        migrated = {
            name: sorted(
                (str(c["name"]), str(c["type"]), bool(c["nullable"]), c["primary_key"])
                for c in sa.inspect(connection).get_columns(name)
            )
            for name in metadata.tables
        }
        direct = {
            name: sorted(
                (str(c["name"]), str(c["type"]), bool(c["nullable"]), c["primary_key"])
                for c in sa.inspect(other).get_columns(name)
            )
            for name in metadata.tables
        }
        assert migrated == direct
        for name in metadata.tables:
            indexes = sa.inspect(connection).get_indexes(name)
            assert sorted(str(i["name"]) for i in indexes) == sorted(
                str(i["name"]) for i in sa.inspect(other).get_indexes(name)
            )


def test_the_head_named_in_the_code_is_the_newest_revision() -> None:
    script = ScriptDirectory(str(migrate.MIGRATIONS))
    assert script.get_current_head() == migrate.HEAD
    assert {revision.revision for revision in script.walk_revisions()} == migrate.KNOWN


def test_a_commit_is_durable_and_a_raise_undoes_the_whole_block(path: Path) -> None:
    with Store(path) as store:
        put(store, "kept")
        with pytest.raises(RuntimeError), store.write() as connection:
            connection.execute(meta.insert().values(key="lost", value=""))
            raise RuntimeError
        assert keys(store) == ["kept"]
    with Store(path) as again:
        assert keys(again) == ["kept"]
        assert again.integrity() == "ok"


def test_every_connection_syncs_fully_and_uses_the_write_ahead_log(path: Path) -> None:
    with Store(path) as store:
        with store.write() as connection:
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        with store.read() as connection:
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2


def test_reading_cannot_write(path: Path) -> None:
    with Store(path) as store:
        with pytest.raises(StoreError, match="readonly"), store.read() as connection:
            connection.execute(meta.insert().values(key="no", value=""))
        assert keys(store) == []


def test_a_read_sees_one_state_while_others_write(path: Path) -> None:
    with Store(path) as store:
        put(store, "a")
        with store.read() as connection:
            count = sa.select(sa.func.count()).select_from(meta)
            before = connection.execute(count).scalar()
            put(store, "b")
            assert connection.execute(count).scalar() == before == 1
        assert keys(store) == ["a", "b"]


def test_an_integrity_error_stays_the_callers_own(path: Path) -> None:
    with Store(path) as store:
        put(store, "a")
        with pytest.raises(IntegrityError):
            put(store, "a")
        put(store, "b")


def test_the_raw_connection_is_inside_the_same_transaction(path: Path) -> None:
    with Store(path) as store:
        with pytest.raises(RuntimeError), store.write() as connection:
            raw = raw_connection(connection)
            raw.executemany("INSERT INTO meta VALUES(?, '')", [("a",), ("b",)])
            raise RuntimeError
        assert keys(store) == []


def test_only_the_owner_may_read_the_file_since_it_holds_receipt_keys(path: Path) -> None:
    with Store(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_missing_store_is_not_created_by_who_only_reads(path: Path) -> None:
    with pytest.raises(StoreError, match="no such file"):
        Store(path, create=False)
    assert not path.exists()


def test_refuses_a_file_that_is_no_database(path: Path) -> None:
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(StoreError, match="not a database"):
        Store(path)


def test_refuses_a_database_of_something_else(path: Path) -> None:
    sqlite3.connect(path).executescript("CREATE TABLE songs(name)")
    with pytest.raises(StoreError, match="songs"):
        Store(path)


def test_refuses_a_database_that_a_newer_version_wrote(path: Path) -> None:
    with Store(path) as store, store.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match=r"9999.*newer"):
        Store(path)


def test_a_closed_store_says_so(path: Path) -> None:
    store = Store(path)
    store.close()
    store.close()
    with pytest.raises(StoreError, match="closed"):
        keys(store)


def lock_is_free(path: Path) -> bool:
    descriptor = os.open(f"{path}.lock", os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def test_the_lock_is_held_from_begin_to_commit_and_not_after(path: Path) -> None:
    with Store(path) as store:
        with store.write() as connection:
            assert not lock_is_free(path)
            connection.execute(meta.insert().values(key="a", value=""))
            assert not lock_is_free(path)
        assert lock_is_free(path)
        with store.read():
            assert lock_is_free(path)


@pytest.mark.parametrize("act", ["open", "write", "checkpoint", "close", "first read"])
def test_waits_for_the_lock_before_it_may_touch_the_log(path: Path, act: str) -> None:
    store = Store(path)
    acts = {
        "open": lambda: Store(path).close(),
        "write": lambda: put(store, "a"),
        "checkpoint": store.checkpoint,
        "close": store.close,
        "first read": lambda: keys(store),
    }
    descriptor = os.open(f"{path}.lock", os.O_RDWR)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    worker = threading.Thread(target=acts[act])
    worker.start()
    worker.join(0.2)
    assert worker.is_alive()
    os.close(descriptor)
    worker.join(10)
    assert not worker.is_alive()
    store.close()


def _write_many(path: str, name: str, count: int) -> None:
    with Store(path) as store:
        for number in range(count):
            put(store, f"{name}-{number}")
            if number % 7 == 0:
                store.checkpoint()


def test_processes_and_threads_that_write_and_checkpoint_together_lose_nothing(path: Path) -> None:
    Store(path).close()
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_write_many, args=(str(path), f"p{i}", 40)) for i in range(3)]
    for worker in workers:
        worker.start()
    with Store(path) as store:
        threads = [
            threading.Thread(target=lambda i=i: [put(store, f"t{i}-{n}") for n in range(40)])
            for i in range(3)
        ]
        for thread in threads:
            thread.start()
        for job in (*threads, *workers):
            job.join(60)
        assert [worker.exitcode for worker in workers] == [0, 0, 0]
        assert len(keys(store)) == 6 * 40
        assert store.integrity() == "ok"


def _write_until_killed(path: str) -> None:
    with Store(path) as store:
        number = 0
        while True:
            put(store, f"{number:08}")
            number += 1
            print(number, flush=True)


def test_a_killed_writer_leaves_the_lock_free_and_a_sound_store(path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    worker = context.Process(target=_write_until_killed, args=(str(path),))
    worker.start()
    deadline = time.monotonic() + 20
    with Store(path) as store:
        while len(keys(store)) < 20 and time.monotonic() < deadline:
            time.sleep(0.01)
        os.kill(worker.pid or 0, signal.SIGKILL)
        worker.join()
        found = keys(store)
        assert found == [f"{n:08}" for n in range(len(found))]
        put(store, "z")
        assert store.integrity() == "ok"
