"""The ingest process: reads the configuration, wires the parts, runs until it is told to stop.

Rules
1. This is the one module of ingest that knows all the others.
2. When it can take segments it prints one line: "READY ingest HOST PORT". Whoever started it with
   port 0 learns the port from there.
3. SIGTERM and SIGINT end it after what has come is committed and answered. kill -9 at any moment
   loses nothing that was acknowledged.
"""

import asyncio
import contextlib
import signal
import ssl
from pathlib import Path

from cargoseal.chain.addresses import read_addresses
from cargoseal.clock import Clock, open_clock
from cargoseal.config import Config, IngestConfig
from cargoseal.errors import ConfigError
from cargoseal.ingest.broker import Broker, BrokerSettings
from cargoseal.ingest.committer import Committer
from cargoseal.ingest.endpoint import Endpoint, EndpointSettings
from cargoseal.model.shelf import open_shelf
from cargoseal.release.desk import Desk
from cargoseal.scoring import self_test
from cargoseal.store import Store
from cargoseal_wire.identity import audience


def run_ingest(config: Config) -> None:
    """Runs ingest as the configuration says; returns after a signal to stop.

    Raises SelfTestError, ConfigError, LinkError (the port is taken) or StoreError.
    """
    shelf = open_shelf(config.data_dir)
    self_test()
    self_test(shelf.own(), ask_oracle=False)
    models = shelf.loaded()
    addresses = read_addresses(config.chain.addresses, config.chain.chain_id)
    served = audience(config.chain.chain_id, addresses.token_bytes, config.deployment)
    clock = open_clock(config.clock.file)
    with Store(config.database) as store:
        if config.ingest.kind == "endpoint":
            committer = Committer(store, served, models)
            asyncio.run(serve(committer, clock, endpoint_settings(config.ingest), Desk(store)))
        else:
            committer = Committer(store, served, models, repeats_are_replays=False)
            run_broker(committer, clock, broker_settings(config.ingest), Desk(store))


async def serve(committer: Committer, clock: Clock, settings: EndpointSettings, desk: Desk) -> None:
    """Runs the endpoint until SIGTERM or SIGINT."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    endpoint = Endpoint(committer, clock, settings, desk)
    port = await endpoint.start()
    print(f"READY ingest {settings.host} {port}", flush=True)
    await stopping.wait()
    await endpoint.stop()


def run_broker(committer: Committer, clock: Clock, settings: BrokerSettings, desk: Desk) -> None:
    """Runs the broker's client until SIGTERM or SIGINT."""
    broker = Broker(committer, clock, settings, desk)
    with contextlib.ExitStack() as undo:
        for number in (signal.SIGTERM, signal.SIGINT):
            earlier = signal.signal(number, lambda _number, _frame: broker.stop())
            undo.callback(signal.signal, number, earlier)
        broker.run(ready=lambda: print(f"READY ingest {settings.host} {settings.port}", flush=True))


def endpoint_settings(ingest: IngestConfig) -> EndpointSettings:
    """The endpoint's settings, certificate and password read. Raises ConfigError."""
    return EndpointSettings(
        host=ingest.host,
        port=ingest.port,
        batch=ingest.batch,
        linger_s=ingest.linger_ms / 1000,
        max_connections=ingest.max_connections,
        username=ingest.username,
        password=_password(ingest.password_file),
        tls=_server_tls(ingest.tls_cert, ingest.tls_key, ingest.tls_ca),
    )


def broker_settings(ingest: IngestConfig) -> BrokerSettings:
    """The broker client's settings. Raises ConfigError."""
    return BrokerSettings(
        host=ingest.host,
        port=ingest.port,
        client_id=ingest.client_id,
        batch=ingest.batch,
        linger_s=ingest.linger_ms / 1000,
        username=ingest.username,
        password=_password(ingest.password_file),
        tls=_client_tls(ingest.tls_cert, ingest.tls_key, ingest.tls_ca),
    )


def _password(path: Path | None) -> bytes | None:
    if path is None:
        return None
    try:
        password = path.read_bytes().rstrip(b"\r\n")
    except OSError as error:
        raise ConfigError(
            f"{path}: expected a file that holds the MQTT password, got: {error}"
        ) from error
    if not password:
        raise ConfigError(f"{path}: expected the MQTT password, got an empty file")
    return password


def _server_tls(cert: Path | None, key: Path | None, ca: Path | None) -> ssl.SSLContext | None:
    if cert is None or key is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    _load_chain(context, cert, key)
    if ca is not None:
        _load_ca(context, ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def _client_tls(cert: Path | None, key: Path | None, ca: Path | None) -> ssl.SSLContext | None:
    if ca is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    _load_ca(context, ca)
    if cert is not None and key is not None:
        _load_chain(context, cert, key)
    return context


def _load_chain(context: ssl.SSLContext, cert: Path, key: Path) -> None:
    try:
        context.load_cert_chain(cert, key)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            f"{cert}: expected a PEM certificate with the key in {key}, got: {error}"
        ) from error


def _load_ca(context: ssl.SSLContext, ca: Path) -> None:
    try:
        context.load_verify_locations(ca)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            f"{ca}: expected a PEM file with the certificate authority, got: {error}"
        ) from error
