"""Key files: what is read, what is refused, and that nothing of a key is ever shown."""

import json
from pathlib import Path

import pytest
from eth_account import Account

from cargoseal.chain.devkeys import dev_key, dev_signer
from cargoseal.chain.keys import PASSWORD_VARIABLE, create_key_file, load_signer
from cargoseal.errors import ConfigError

KEY = dev_key(3)
ADDRESS = dev_signer(3).address


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o600)
    return path


def test_a_development_key_is_64_hex_digits(tmp_path: Path) -> None:
    assert load_signer(written(tmp_path / "k", KEY.hex() + "\n")).address == ADDRESS
    assert load_signer(written(tmp_path / "p", "0x" + KEY.hex())).address == ADDRESS


def test_a_keystore_opens_with_the_password_from_a_file(tmp_path: Path) -> None:
    create_key_file(tmp_path / "store.json", "a long word", KEY)
    password = written(tmp_path / "password", "a long word\n")
    assert load_signer(tmp_path / "store.json", password).address == ADDRESS


def test_a_keystore_opens_with_the_password_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_key_file(tmp_path / "store.json", "a long word", KEY)
    monkeypatch.setenv(PASSWORD_VARIABLE, "a long word")
    assert load_signer(tmp_path / "store.json").address == ADDRESS


def test_a_keystore_of_another_tool_is_read(tmp_path: Path) -> None:
    keystore = Account.encrypt(KEY, "w", kdf="pbkdf2", iterations=10)
    path = written(tmp_path / "store.json", json.dumps(keystore))
    assert load_signer(path, written(tmp_path / "p", "w")).address == ADDRESS


def test_a_new_key_file_is_private_and_never_overwritten(tmp_path: Path) -> None:
    made = create_key_file(tmp_path / "new", None)
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o600
    assert load_signer(tmp_path / "new").address == made.address
    with pytest.raises(ConfigError, match="expected to create this file"):
        create_key_file(tmp_path / "new", None)
    assert load_signer(tmp_path / "new").address == made.address


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "expected a V3 keystore or 64 hex digits"),
        (KEY.hex()[:-1], "expected a V3 keystore or 64 hex digits"),
        (KEY.hex() + " " + KEY.hex(), "expected a V3 keystore or 64 hex digits"),
        ("00" * 32, "outside the curve's order"),
        ("ff" * 32, "outside the curve's order"),
        ("{}", "without a `crypto` part"),
        ("[1]", "without a `crypto` part"),
    ],
)
def test_a_file_that_is_no_key_is_refused_by_name(tmp_path: Path, text: str, word: str) -> None:
    path = written(tmp_path / "k", text)
    with pytest.raises(ConfigError) as refused:
        load_signer(path)
    assert word in str(refused.value) and str(path) in str(refused.value)
    assert KEY.hex()[:8] not in str(refused.value)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "k").write_bytes(b"\xff\xfe" * 32)
    (tmp_path / "k").chmod(0o600)
    with pytest.raises(ConfigError, match="expected UTF-8"):
        load_signer(tmp_path / "k")


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere"):
        load_signer(tmp_path / "nowhere")


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "k", KEY.hex())
    path.chmod(0o640)
    with pytest.raises(ConfigError, match="mode 0640"):
        load_signer(path)


def test_a_wrong_password_is_told_without_showing_it(tmp_path: Path) -> None:
    create_key_file(tmp_path / "store.json", "right word", KEY)
    password = written(tmp_path / "password", "wrong word")
    with pytest.raises(ConfigError, match="does not open it") as refused:
        load_signer(tmp_path / "store.json", password)
    assert "wrong word" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_a_keystore_without_a_password_says_where_one_can_come_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(PASSWORD_VARIABLE, raising=False)
    create_key_file(tmp_path / "store.json", "w", KEY)
    with pytest.raises(ConfigError, match=PASSWORD_VARIABLE):
        load_signer(tmp_path / "store.json")


def test_a_broken_keystore_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "k", '{"crypto": {"kdf": "none"}, "version": 3}')
    with pytest.raises(ConfigError, match="expected a keystore"):
        load_signer(path, written(tmp_path / "p", "w"))


def test_a_signer_shows_its_address_and_nothing_else() -> None:
    signer = dev_signer(3)
    assert repr(signer) == f"Signer({ADDRESS})"
    assert KEY.hex() not in repr(vars(signer))
