"""`cargoseal node rotate`: a node's key is replaced by one that the old key has signed."""

from typing import Annotated

import typer

from cargoseal import registry
from cargoseal.cli.session import Json, session, show
from cargoseal.errors import UsageError


def _hex(text: str, size: int, option: str) -> bytes:
    try:
        data = bytes.fromhex(text)
    except ValueError as error:
        raise UsageError(f"{option}: expected {2 * size} hex digits, got {text!r}") from error
    if len(data) != size:
        raise UsageError(f"{option}: expected {2 * size} hex digits, got {len(text)}")
    return data


def rotate(
    context: typer.Context,
    node: Annotated[str, typer.Argument(help="Id, beginning of the id, or label.")],
    public_key: Annotated[str, typer.Option(help="The new Ed25519 key, 64 hex digits.")],
    at_ms: Annotated[
        int, typer.Option(min=0, help="From when the new key counts, Unix ms; 0: from now on.")
    ] = 0,
    signature: Annotated[
        str, typer.Option(help="The old key's signature of the message, 128 hex digits.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Replace a node's key on the chain: without --signature, print what the old key must sign.

    The new node goes on with the old one's shipment; the old key is revoked from then on, and what
    it sealed before stays valid. Enroll the new key here afterwards, and revoke the old one.
    """
    from cargoseal.chain.client import open_client

    current = session(context)
    found = registry.find_node(current.store, node)
    key = _hex(public_key, 32, "--public-key")
    client = open_client(current.config)
    if not signature:
        time_ms = at_ms or current.clock.now_ms()
        message = client.devices.rotation_message(found.node, key, time_ms)
        show({"node": found.node, "at_ms": time_ms, "message": message}, as_json)
        return
    if at_ms == 0:
        raise UsageError("--at-ms: expected the time that was signed, got none")
    signed = _hex(signature, 64, "--signature")
    receipt = client.devices.rotate(client.signer, found.node, key, signed, at_ms)
    show({"node": found.node, "at_ms": at_ms, "transaction": receipt.hash}, as_json)
