"""The ingest process as the supervisor starts it: configuration in, READY out, SIGTERM ends it."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cargoseal.chain.addresses import CONTRACTS
from cargoseal.config import IngestConfig, load_config
from cargoseal.errors import ConfigError
from cargoseal.ingest.run import broker_settings, endpoint_settings
from cargoseal.registry import enroll_node, totals
from cargoseal.store import Store
from cargoseal_wire.identity import audience
from tests.gateway.mqtt_client import Client
from tests.gateway.sealing import SealingNode, small_model

ROOT = Path(__file__).resolve().parents[3]
CONTRACT = "0x" + "11" * 20


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "cargoseal.toml"
    path.write_text('deployment = "tests"\ndata_dir = "data"\n[ingest]\nport = 0\nlinger_ms = 1\n')
    book = {"deployment": "tests", "block": 1, **dict.fromkeys(CONTRACTS, CONTRACT)}
    (tmp_path / "addresses.json").write_text(json.dumps({"31337": book}))
    return path


def test_the_process_says_where_it_listens_takes_segments_and_ends_when_told(config: Path) -> None:
    from cargoseal.scoring import load_models

    served = audience(31337, bytes.fromhex("11" * 20), "tests")
    node = SealingNode(1, model=next(iter(load_models().values())), audience=served)
    database = load_config(config).database
    with Store(database) as store:
        enroll_node(store, node.public_key, node.receipt_key, now_ms=0)
    script = (
        "import sys; from pathlib import Path; from cargoseal.config import load_config;"
        "from cargoseal.ingest import run_ingest; run_ingest(load_config(Path(sys.argv[1])))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(config)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    try:
        assert process.stdout is not None
        ready, what, host, port = process.stdout.readline().split()
        assert (ready, what, host) == ("READY", "ingest", "127.0.0.1")
        with Client(int(port)) as client:
            client.deliver(node.topic, node.seal())
            process.send_signal(signal.SIGTERM)
            assert client.is_closed()
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.wait()
    with Store(database) as store:
        assert (totals(store).accepted, totals(store).refused) == (1, {})


def test_the_settings_of_both_ways_in_are_those_of_the_configuration(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_bytes(b"correct horse\n")
    ingest = IngestConfig(
        host="localhost", port=7, batch=9, linger_ms=50, max_connections=3, username="gw",
        password_file=secret, client_id="me",
    )  # fmt: skip
    endpoint, broker = endpoint_settings(ingest), broker_settings(ingest)
    for settings in (endpoint, broker):
        assert (settings.host, settings.port, settings.batch) == ("localhost", 7, 9)
        assert (settings.linger_s, settings.username) == (0.05, "gw")
        assert settings.password == b"correct horse"
        assert settings.tls is None
    assert (endpoint.max_connections, broker.client_id) == (3, "me")


@pytest.mark.parametrize("text", [None, b"", b"\n"])
def test_a_password_file_that_is_missing_or_empty_is_named(
    tmp_path: Path, text: bytes | None
) -> None:
    secret = tmp_path / "password"
    if text is not None:
        secret.write_bytes(text)
    with pytest.raises(ConfigError, match="password"):
        endpoint_settings(IngestConfig(username="gw", password_file=secret))


def test_a_process_of_the_tests_and_the_shipped_gateway_use_different_models() -> None:
    """The small model of the tests must never be taken for one that ships."""
    from cargoseal.scoring import load_models

    assert small_model().digest not in load_models()
