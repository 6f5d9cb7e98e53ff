"""What every function of the registry checks of plain values, and how it tells of a change."""

import sqlalchemy as sa

from cargoseal.errors import UsageError
from cargoseal.store.schema import meta

MAX_TEXT = 500  # characters of a label, a person's name or a comment


def registry_version(connection: sa.Connection) -> int:
    """Raised by one with every change of nodes or assignments."""
    value = connection.execute(
        sa.select(meta.c.value).where(meta.c.key == "registry_version")
    ).scalar()
    return 0 if value is None else int(value)


def raise_registry_version(connection: sa.Connection) -> None:
    connection.exec_driver_sql(
        "INSERT INTO meta(key, value) VALUES('registry_version', '1') "
        "ON CONFLICT(key) DO UPDATE SET value = CAST(value AS INTEGER) + 1"
    )


def check_bytes(what: str, value: bytes, size: int) -> None:
    if len(value) != size:
        raise UsageError(f"expected a {what} of {size} bytes, got {len(value)}")


def check_text(what: str, value: str, *, needed: bool = False) -> None:
    if len(value) > MAX_TEXT or any(ord(character) < 32 for character in value):
        raise UsageError(
            f"expected a {what} of at most {MAX_TEXT} printable characters, got {value[:40]!r}"
        )
    if needed and not value.strip():
        raise UsageError(f"expected a {what}, got none")
