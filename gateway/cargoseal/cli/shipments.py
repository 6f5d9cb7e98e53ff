"""`cargoseal shipment`: what travels, under which rules, watched by which nodes."""

from dataclasses import asdict
from typing import Annotated

import typer

from cargoseal import registry
from cargoseal.cli.session import Json, Session, Token, session, show
from cargoseal.errors import UsageError
from cargoseal.policy.profile import load_profile, parse_profile
from cargoseal.policy.terms import Lifecycle

app = typer.Typer(help="Shipments and their nodes.", no_args_is_help=True)
Person = Annotated[str, typer.Option(help="Who does this, for the record.")]
NodeName = Annotated[str, typer.Argument(help="Id, beginning of the id, or label.")]


LIFECYCLE_OF_LEG = {"transit": Lifecycle.IN_TRANSIT, "destination": Lifecycle.DELIVERED}


def _follow(current: Session, token: int, wanted: Lifecycle | None) -> None:
    """Takes the token's lifecycle to what a person says, step by step; at it already: nothing."""
    from cargoseal.chain.client import open_client

    client = open_client(current.config)
    status = client.status_of(token)
    if wanted is None or status is None or status.lifecycle in (wanted, Lifecycle.CLOSED):
        return
    if wanted is Lifecycle.DELIVERED and status.lifecycle < Lifecycle.IN_TRANSIT:
        client.token.set_lifecycle(client.signer, token, Lifecycle.IN_TRANSIT)
    client.token.set_lifecycle(client.signer, token, wanted)


@app.command("create")
def create(
    context: typer.Context,
    profile: Annotated[str, typer.Option(help="A shipped profile's name, or a TOML file.")],
    label: Annotated[str, typer.Option(help="A name for people.")] = "",
    token: Annotated[int, typer.Option(help="The token's number; 0: the next free one.")] = 0,
    owner: Annotated[str, typer.Option(help="Address that gets the token; default: ours.")] = "",
    as_json: Json = False,
) -> None:
    """Register a shipment and mint its token."""
    from cargoseal.chain.client import open_client

    current = session(context)
    rules = load_profile(profile)
    shipment = registry.create_shipment(
        current.store,
        token or None,
        profile_name=rules.name,
        profile_digest=rules.digest,
        profile_text=rules.text,
        now_ms=current.clock.now_ms(),
        label=label,
    )
    minted = open_client(current.config).ensure_minted(shipment.token, rules.digest, owner or None)
    show(
        {
            "token": shipment.token,
            "label": shipment.label,
            "profile": rules.name,
            "profile_digest": rules.digest.hex(),
            "transaction": "0x" + minted.hex() if minted else "minted before",
        },
        as_json,
    )


@app.command("assign")
def assign(
    context: typer.Context, token: Token, node: NodeName, person: Person = "", as_json: Json = False
) -> None:
    """Let a node watch a shipment from now on."""
    from cargoseal.chain.client import open_client

    current = session(context)
    found = registry.find_node(current.store, node)
    made = registry.assign_node(
        current.store, token, found.node, from_ms=current.clock.now_ms(), person=person
    )
    client = open_client(current.config)
    client.devices.assign(client.signer, found.node, token, made.from_ms)
    show(asdict(made), as_json)


@app.command("release")
def release(
    context: typer.Context, token: Token, node: NodeName, person: Person = "", as_json: Json = False
) -> None:
    """End a node's watch over a shipment."""
    from cargoseal.chain.client import open_client

    current = session(context)
    found = registry.find_node(current.store, node)
    ended = registry.release_node(
        current.store, token, found.node, to_ms=current.clock.now_ms(), person=person
    )
    client = open_client(current.config)
    client.devices.release(client.signer, found.node, ended.to_ms or current.clock.now_ms())
    show(asdict(ended), as_json)


@app.command("leg")
def leg(
    context: typer.Context,
    token: Token,
    leg: Annotated[str, typer.Argument(help="A leg of its profile: origin, transit, destination.")],
    person: Person,
    as_json: Json = False,
) -> None:
    """Start the next leg: its rules apply; transit and destination show on the token too."""
    current = session(context)
    shipment = registry.get_shipment(current.store, token)
    known = parse_profile(shipment.profile_text, shipment.profile_name).leg_names
    if leg not in known:
        raise UsageError(f"expected one of {', '.join(sorted(known))}, got {leg!r}")
    _follow(current, token, LIFECYCLE_OF_LEG.get(leg))
    asked = registry.ask(
        current.store, token, "leg", {"leg": leg}, person=person, now_ms=current.clock.now_ms()
    )
    show(asdict(asked), as_json)


@app.command("close")
def close(context: typer.Context, token: Token, person: Person, as_json: Json = False) -> None:
    """End a shipment, on the chain for good: its log takes no further segment."""
    current = session(context)
    if registry.waiting_verdicts(current.store, token):
        raise UsageError(
            f"expected nothing left to post of shipment {token}, got waiting verdicts: "
            "let the gateway run until they are on the chain, then close"
        )
    _follow(current, token, Lifecycle.CLOSED)
    asked = registry.ask(
        current.store, token, "close", {}, person=person, now_ms=current.clock.now_ms()
    )
    show(asdict(asked), as_json)


@app.command("list")
def list_all(context: typer.Context, as_json: Json = False) -> None:
    """List shipments with their nodes."""
    current = session(context)
    rows: list[dict[str, object]] = []
    for shipment in registry.list_shipments(current.store):
        watchers = registry.list_assignments(current.store, token=shipment.token)
        rows.append(
            {
                "token": shipment.token,
                "label": shipment.label,
                "profile": shipment.profile_name,
                "nodes": [watch.node.hex() for watch in watchers if watch.to_ms is None],
                "closed_ms": shipment.closed_ms,
            }
        )
    show(rows, as_json, "no shipment; `cargoseal shipment create --help` tells how")
