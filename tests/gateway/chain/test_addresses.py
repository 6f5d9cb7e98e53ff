"""The address book."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from cargoseal.chain.addresses import Addresses, read_addresses, write_entry
from cargoseal.errors import ConfigError

ONE = "0x" + "11" * 20
ENTRY = Addresses("demo", 3, *[ONE] * 8)


def test_entries_of_several_chains_stand_side_by_side(tmp_path: Path) -> None:
    book = tmp_path / "deeper" / "addresses.json"
    write_entry(book, 1, ENTRY)
    write_entry(book, 2, asdict(ENTRY) | {"deployment": "other"})
    assert read_addresses(book, 1) == ENTRY
    assert read_addresses(book, 2).deployment == "other"
    assert read_addresses(book, 1).token_bytes == b"\x11" * 20
    assert [path.name for path in book.parent.iterdir()] == ["addresses.json"]


def test_a_chain_without_an_entry_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="chain 5"):
        read_addresses(tmp_path / "none.json", 5)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"token": None}, "1.token"),
        ({"token": "0x12"}, "1.token"),
        ({"block": None}, "1.block"),
        ({"deployment": 5}, "1.deployment"),
    ],
)
def test_a_wrong_entry_is_named_by_its_place(
    tmp_path: Path, change: dict[str, object], place: str
) -> None:
    book = tmp_path / "addresses.json"
    book.write_text(json.dumps({"1": asdict(ENTRY) | change}))
    with pytest.raises(ConfigError, match=place):
        read_addresses(book, 1)


@pytest.mark.parametrize("text", ["", "{", "[]", "5"])
def test_a_book_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    book = tmp_path / "addresses.json"
    book.write_text(text)
    with pytest.raises(ConfigError, match=r"addresses\.json: expected"):
        read_addresses(book, 1)
