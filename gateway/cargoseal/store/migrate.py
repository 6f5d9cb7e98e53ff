"""Brings a store's schema to the one this version of the code expects.

Rules
1. The steps are Alembic revisions in `migrations/versions`, shipped inside the package; a test
   holds the schema they end in equal to schema.py.
2. A store that a newer version wrote is refused, not guessed at.
3. The caller holds the store's lock. All steps are one transaction: a cut leaves the old schema.
"""

from pathlib import Path

import sqlalchemy as sa

from cargoseal.errors import StoreError

HEAD = "0003"  # the newest revision in migrations/versions
KNOWN = frozenset({"0001", "0002", HEAD})
MIGRATIONS = Path(__file__).parent / "migrations"


def revision_of(connection: sa.Connection) -> str | None:
    """The revision a store is at; None for an empty file. Raises StoreError for a foreign one."""
    names = set(sa.inspect(connection).get_table_names())
    if "alembic_version" not in names:
        if names:
            raise StoreError(
                f"expected a gateway's database, got one with the tables {sorted(names)[:5]}"
            )
        return None
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return None if found is None else str(found)


def upgrade(connection: sa.Connection) -> None:
    """Upgrades the store behind `connection` to HEAD; cheap when it is there already."""
    with connection.begin():
        found = revision_of(connection)
        if found == HEAD:
            return
        if found is not None and found not in KNOWN:
            raise StoreError(
                f"expected a database of revision {HEAD} or older, got {found!r}: it was written "
                "by a newer Cargoseal; install that version"
            )
        # Alembic takes 0.2 s to import, so only a store that needs it pays for it.
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, HEAD)
