"""A configuration is read as a whole: unknown keys and unsafe combinations are refused by name."""

from pathlib import Path

import pytest
from pydantic import BaseModel

from cargoseal.chain.deploy import Limits
from cargoseal.config import MAX_HEARTBEAT_S, Config, load_config, parse_config
from cargoseal.errors import ConfigError
from cargoseal.urls import shown

SMALLEST = 'deployment = "site-1"\ndata_dir = "data"\n'


def parse(extra: str = "") -> Config:
    return parse_config(SMALLEST + extra, Path("/etc/cargoseal/cargoseal.toml"))


def refused(extra: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse(extra)
    return str(caught.value)


def test_the_smallest_configuration_has_safe_defaults() -> None:
    config = parse()
    assert config.ingest.host == config.web.host == "127.0.0.1"
    assert config.database == Path("/etc/cargoseal/data/gateway.db")
    assert config.web.show_locations is False


def test_relative_paths_start_at_the_configuration_file() -> None:
    config = parse('[chain]\nkey_file = "keys/gateway.key"\n')
    assert config.chain.key_file == Path("/etc/cargoseal/keys/gateway.key")
    assert config.chain.addresses == Path("/etc/cargoseal/addresses.json")


def test_an_unknown_key_is_refused_with_its_place() -> None:
    message = refused("[poster]\nheartbeat = 5\n")
    assert "cargoseal.toml: poster.heartbeat: expected a known key" in message
    assert "see the settings in README.md" in message


def test_a_wrong_type_is_refused_with_place_and_value() -> None:
    assert "ingest.port" in refused('[ingest]\nport = "many"\n')
    assert "'many'" in refused('[ingest]\nport = "many"\n')


def test_every_wrong_key_is_named_not_only_the_first() -> None:
    message = refused("[ingest]\nport = -1\nbatch = 0\n")
    assert "ingest.port" in message and "ingest.batch" in message


def test_text_that_is_not_toml_is_refused_with_its_line() -> None:
    assert "line 3" in refused("= 5\n")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.toml: expected a readable"):
        load_config(tmp_path / "absent.toml")


def test_a_value_where_a_section_belongs_is_refused_by_name() -> None:
    assert "cargoseal.toml: chain: " in refused("chain = 3\n")


@pytest.mark.parametrize("key", ["heartbeat_s", "bump_after_s", "deadline_s"])
@pytest.mark.parametrize("value", ["inf", "nan", "-inf", "0"])
def test_a_time_is_a_finite_number_above_zero(key: str, value: str) -> None:
    assert f"poster.{key}: " in refused(f"[poster]\n{key} = {value}\n")


def test_the_longest_heartbeat_is_half_of_the_contracts_default_staleness() -> None:
    assert Limits().stale_after_s == 2 * MAX_HEARTBEAT_S
    assert parse("[poster]\nheartbeat_s = 5400\n").poster.heartbeat_s == MAX_HEARTBEAT_S
    assert "three hours" in refused("[poster]\nheartbeat_s = 5401\n")


def test_a_replay_may_have_longer_heartbeats_since_its_clock_is_virtual() -> None:
    extra = '[clock]\nfile = "clock"\n[poster]\nheartbeat_s = 21600\n'
    assert parse(extra).poster.heartbeat_s == 21600


@pytest.mark.parametrize(
    ("url", "got"),
    [
        ("ws://rpc.example:8546/KEY", "got ws://rpc.example:8546"),
        ("https:///v3/KEY", "without scheme or host"),
        ("rpc.example/KEY", "without scheme or host"),
        ("https://rpc.example:KEY/", "cannot be read"),
        ("https://[::1/KEY", "cannot be read"),
    ],
)
def test_an_address_that_is_no_http_address_is_refused(url: str, got: str) -> None:
    message = refused(f'[chain]\nurl = "{url}"\n')
    assert "chain.url: expected an address such as https://host:port" in message
    assert got in message and "KEY" not in message


@pytest.mark.parametrize(
    "extra",
    [
        '[chain]\nurl = "http://me:KEY@rpc.example/v3/KEY?key=KEY"\n',
        '[chain]\nkind = "anvil"\nurl = "https://rpc.example/v3/KEY"\n',
        '[clock]\nfile = "clock"\n[chain]\nurl = "https://rpc.example/v3/KEY"\n',
        '[chain]\nulr = "https://rpc.example/v3/KEY"\n',
        'chain = "https://rpc.example/v3/KEY"\n',
        '[chain]\nchain_id = "https://rpc.example/v3/KEY"\n',
        '[chain]\nurl = ["https://rpc.example/v3/KEY"]\n',
        '[ingest]\npassword = "KEY"\n',
    ],
)
def test_no_message_holds_an_api_key_or_a_password(extra: str) -> None:
    assert "KEY" not in refused(extra)


def test_an_address_is_shown_as_scheme_host_and_port() -> None:
    assert shown("https://me:KEY@rpc.example:8545/v3/KEY?k=KEY#KEY") == "https://rpc.example:8545"
    assert shown("http://[::1]:8545/KEY") == "http://[::1]:8545"
    assert shown("https://rpc.example/KEY") == "https://rpc.example"


def test_a_key_file_under_another_name_is_still_the_same_key(tmp_path: Path) -> None:
    (tmp_path / "k").touch()
    (tmp_path / "link").symlink_to("k")
    for name in ("./x/../k", "link"):
        with pytest.raises(ConfigError, match="person's review"):
            parse_config(
                SMALLEST + f'[chain]\nkey_file = "k"\nreviewer_key_file = "{name}"\n',
                tmp_path / "cargoseal.toml",
            )


def undescribed(model: type[BaseModel], path: str = "") -> list[str]:
    missing = []
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            missing += undescribed(field.annotation, f"{path}{name}.")
        elif not field.description or "|" in field.description:  # it stands in a table
            missing.append(path + name)
        elif (
            name.endswith(("_s", "_ms")) and f", in {name.split('_')[-1]}" not in field.description
        ):
            missing.append(path + name)
    return missing


def test_every_setting_has_a_description_with_its_unit() -> None:
    assert undescribed(Config) == []


@pytest.mark.parametrize(
    ("extra", "reason"),
    [
        ('[ingest]\nhost = "0.0.0.0"\n', "unencrypted"),
        ('[ingest]\nkind = "mosquitto"\nhost = "broker.example"\n', "unencrypted"),
        ('[ingest]\ntls_cert = "a.pem"\n', "belong together"),
        ('[ingest]\ntls_ca = "ca.pem"\n', "nobody can be asked"),
        ('[ingest]\nusername = "gateway"\n', "belong together"),
        ('[web]\nhost = "0.0.0.0"\n', "plain http"),
        ('[chain]\nkind = "anvil"\nurl = "https://rpc.example"\n', "development chain"),
        ('[chain]\nurl = "http://rpc.example"\n', "use https"),
        ('[clock]\nfile = "clock"\n[chain]\nurl = "https://rpc.example"\n', "virtual clock"),
        ('[chain]\nkey_file = "k"\nreviewer_key_file = "k"\n', "person's review"),
    ],
)
def test_an_unsafe_combination_is_refused_and_says_what_to_change(extra: str, reason: str) -> None:
    assert reason in refused(extra)


@pytest.mark.parametrize(
    "extra",
    [
        '[ingest]\nhost = "0.0.0.0"\nallow_plaintext = true\n',
        '[ingest]\nhost = "0.0.0.0"\ntls_cert = "a.pem"\ntls_key = "a.key"\n',
        '[ingest]\nkind = "mosquitto"\nhost = "broker.example"\ntls_ca = "ca.pem"\n',
        '[chain]\nurl = "https://rpc.example"\n',
    ],
)
def test_the_same_combination_made_safe_is_accepted(extra: str) -> None:
    assert parse(extra).deployment == "site-1"
