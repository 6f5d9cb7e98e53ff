"""A release as a file: what comes back, who signed it, what is refused."""

from pathlib import Path

import pytest
from nacl.signing import SigningKey

from cargoseal.errors import ConfigError, InputError, UsageError
from cargoseal.release import contents, keys
from cargoseal.release.parcel import Parcel, read
from cargoseal_wire.release import FIXED_SETTINGS
from tests.gateway.release.conftest import KEY
from tests.node.both.updates import model_files


def test_a_release_comes_back_from_its_file(models_release: Parcel) -> None:
    back = read(models_release.encode(), "a file")
    assert back.release == models_release.release
    assert back.stream == models_release.stream
    assert [entry.name for entry in back.manifest.files] == ["climate.blob", "climate.golden"]


def test_says_who_signed_it(models_release: Parcel) -> None:
    assert models_release.is_signed_by(bytes(KEY.verify_key))
    assert not models_release.is_signed_by(bytes(SigningKey.generate().verify_key))
    assert not models_release.is_signed_by(bytes(31))


def test_refuses_a_release_with_a_changed_byte_anywhere(models_release: Parcel) -> None:
    data = models_release.encode()
    for at in range(0, len(data), 11):
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        try:
            back = read(changed, "a file")
        except InputError:
            continue
        assert not back.is_signed_by(bytes(KEY.verify_key)), at


def test_refuses_settings_that_only_an_enrolment_sets() -> None:
    for name in FIXED_SETTINGS:
        with pytest.raises(InputError, match=name):
            contents.configuration(f'{{"{name}": 1}}'.encode())
    with pytest.raises(InputError):
        contents.configuration(b"[1]")


def test_refuses_two_models_of_one_kind_and_what_is_no_model() -> None:
    blob = model_files()["climate.blob"]
    with pytest.raises(InputError, match="one model for climate"):
        contents.models([(blob, 1), (blob, 2)])
    with pytest.raises(InputError):
        contents.models([(b"no model", 1)])


def test_refuses_an_application_that_could_not_start_or_test_itself(tmp_path: Path) -> None:
    (tmp_path / "node").mkdir()
    (tmp_path / "node/app.mpy").write_bytes(b"M")
    with pytest.raises(InputError, match="node/selftest"):
        contents.application(tmp_path, "any")


def test_a_key_is_written_for_its_owner_only_and_never_over_a_file(tmp_path: Path) -> None:
    path = tmp_path / "release.key"
    public = keys.make_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert bytes(keys.load_key(path).verify_key) == public
    with pytest.raises(UsageError):
        keys.make_key(path)
    path.chmod(0o640)
    with pytest.raises(ConfigError, match="chmod 600"):
        keys.load_key(path)


def test_a_file_that_is_no_key_is_named_and_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "release.key"
    path.write_text("secret words")
    path.chmod(0o600)
    with pytest.raises(ConfigError) as caught:
        keys.load_key(path)
    assert "secret" not in str(caught.value).replace(str(path), "")
