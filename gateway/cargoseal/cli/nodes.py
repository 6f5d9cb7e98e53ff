"""`cargoseal node`: which devices may seal."""

import json
import os
import secrets
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from cargoseal import registry
from cargoseal.cli.session import Json, session, show
from cargoseal.errors import UsageError
from cargoseal_wire.identity import audience

app = typer.Typer(help="Devices and their keys.", no_args_is_help=True)
_NO_LABEL = ""
NUMBERS = ("application", "configuration")  # of releases; absent before the first segment


def _public_key(text: str, option: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError as error:
        raise UsageError(f"{option}: expected 64 hex digits, got {text!r}") from error
    if len(key) != 32:
        raise UsageError(f"{option}: expected 64 hex digits, got {len(text)} characters")
    return key


def _facts(node: registry.Node) -> dict[str, object]:
    facts = asdict(node)
    del facts["receipt_key"]
    return facts


def _as_text(settings: dict[str, object]) -> str:
    return json.dumps(settings, indent=2) + "\n"


def _write_secret(path: Path, settings: dict[str, object]) -> None:
    """Writes a file that only its owner may read; never over one of other content."""
    if path.is_file() and path.read_text(encoding="utf-8") == _as_text(settings):
        return
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise UsageError(f"{path}: expected a file that is not there yet, got one") from error
    except OSError as error:
        raise UsageError(f"{path}: expected a place to write to, got: {error}") from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(_as_text(settings))


@app.command("enroll")
def enroll(
    context: typer.Context,
    public_key: Annotated[str, typer.Option(help="The node's Ed25519 public key, 64 hex digits.")],
    out: Annotated[Path, typer.Option(help="Where to write the node's settings, with its secret.")],
    label: Annotated[str, typer.Option(help="A name for people.")] = _NO_LABEL,
    broker: Annotated[
        str, typer.Option(help="HOST:PORT that the node connects to; default: that of ingest.")
    ] = "",
    release_key: Annotated[
        str,
        typer.Option(help="Public key of releases, 64 hex digits; none: the node takes none."),
    ] = "",
    as_json: Json = False,
) -> None:
    """Register a node's key and write its settings file; may be repeated after a fault."""
    from cargoseal.chain.client import open_client
    from cargoseal.enrolment import node_settings
    from cargoseal.model.shelf import open_shelf

    current = session(context)
    config = current.config
    key = _public_key(public_key, "--public-key")
    releases = _public_key(release_key, "--release-key") if release_key else None
    host, port = _broker(broker, config.ingest.host, config.ingest.port)
    client = open_client(config)
    known = [node for node in registry.list_nodes(current.store) if node.public_key == key]
    receipt_key = known[0].receipt_key if known else secrets.token_bytes(32)
    served = audience(config.chain.chain_id, client.addresses.token_bytes, config.deployment)
    shelf = open_shelf(config.data_dir)
    settings = node_settings(served, receipt_key, host, port, shelf)
    if releases is not None:
        settings["release_key"] = releases.hex()
    _write_secret(out, settings)
    try:
        node = registry.enroll_node(
            current.store, key, receipt_key, now_ms=current.clock.now_ms(), label=label
        )
    except BaseException:
        if not known:
            out.unlink()
        raise
    client.ensure_registered(node.node, key, node.valid_from_ms)
    show({**_facts(node), "settings": str(out)}, as_json)


def _broker(text: str, host: str, port: int) -> tuple[str, int]:
    """Where the node is to connect. Raises UsageError for what no node can reach."""
    if text:
        host, _, digits = text.rpartition(":")
        port = int(digits) if digits.isdecimal() else 0
    if host in ("", "0.0.0.0", "::") or not 0 < port < 65536:  # noqa: S104  refused, not bound
        raise UsageError(f"--broker: expected HOST:PORT that nodes reach, got {host}:{port}")
    return host, port


@app.command("list")
def list_all(context: typer.Context, as_json: Json = False) -> None:
    """List the registered nodes, and which releases their newest statements say that they run."""
    from cargoseal.release.offers import running

    store = session(context).store
    said = running(store)
    rows: list[dict[str, object]] = [
        {**_facts(node), **said.get(node.node, {})} for node in registry.list_nodes(store)
    ]
    if not as_json:
        keys = ("node", "label", "valid_from_ms", "revoked_ms", "revoked_reason", *NUMBERS)
        rows = [{key: row.get(key) for key in keys} for row in rows]
    show(rows, as_json, "no node is registered; `cargoseal node enroll --help` tells how")


@app.command("revoke")
def revoke(
    context: typer.Context,
    node: Annotated[str, typer.Argument(help="Id, beginning of the id, or label.")],
    reason: Annotated[str, typer.Option(help="Why, for the record.")],
    admin_key: Annotated[
        Path | None, typer.Option(help="Key file of the guardian, to revoke it on the chain too.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Refuse from now on what a node seals; what it sealed before stays evidence."""
    from cargoseal.chain.client import open_client
    from cargoseal.chain.keys import load_signer

    current = session(context)
    found = registry.find_node(current.store, node)
    now_ms = current.clock.now_ms()
    revoked = registry.revoke_node(current.store, found.node, reason=reason, now_ms=now_ms)
    on_chain = "not revoked there: no --admin-key was given"
    if admin_key is not None:
        guardian = load_signer(admin_key, current.config.chain.key_password_file)
        devices = open_client(current.config).devices
        devices.revoke(guardian, found.node, revoked.revoked_ms or now_ms)
        on_chain = "revoked"
    show({**_facts(revoked), "on_chain": on_chain}, as_json)
