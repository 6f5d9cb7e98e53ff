"""`cargoseal dispute`: anyone's proofs on chain, from a bundle, without the gateway.

Rules
1. Everything is checked here and simulated before anything is sent. Exit code 1: it would be
   refused, so nothing was. 3: likewise, but something could not be looked at (a withheld claim, a
   model that is not at hand): more evidence may prove it.
2. With --rpc and --contract no configuration is read: a bystander has none. The key may be anyone's
   with ether.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cargoseal.cli.chains import At, Rpc, token_contract
from cargoseal.cli.dispute_case import (
    WEI,
    blobs_of,
    bytes_of,
    models_of,
    offered_by,
    open_case,
    refuse,
    signer_of,
)
from cargoseal.cli.session import Json, Session, Token, session, show
from cargoseal.errors import UsageError

if TYPE_CHECKING:
    from cargoseal.dispute.raising import Raising
    from cargoseal.dispute.refuting import Refutation

app = typer.Typer(
    help="Anyone's proofs on chain: what a gateway hides, and what it lied about.",
    no_args_is_help=True,
    epilog=(
        "Exit codes of raise and refute: 0 sent, or with --dry-run: would be accepted; 1 would be "
        "refused, so nothing was sent; 3 likewise, but something could not be looked at; 2 and 4 "
        "as everywhere."
    ),
)

Bundle = Annotated[str, typer.Option(help="An exported file, or the address of a gateway's pages.")]
Key = Annotated[
    Path | None, typer.Option(help="The key that pays; default: the configured gateway's.")
]
Password = Annotated[Path | None, typer.Option(help="With --key: the keystore's password.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Check and simulate; send nothing.")]


@app.command("raise")
def raise_(
    context: typer.Context,
    token: Token,
    bundle: Bundle = "",
    segment: Annotated[
        Path | None, typer.Option(help="One sealed segment's bytes, in place of a bundle.")
    ] = None,
    rpc: Rpc = "",
    contract: At = "",
    key: Key = None,
    password_file: Password = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Flag a token by a sealed segment whose score the chain computes again."""
    from cargoseal.dispute.acting import send_raising, try_raising
    from cargoseal.dispute.offered import read_segment
    from cargoseal.dispute.proof import NoProof
    from cargoseal.dispute.raising import find_raising

    if bool(bundle) == bool(segment):
        raise UsageError("expected --bundle or --segment, one of them")
    case = open_case(session(context), token, rpc, contract, key, password_file, dry_run)
    if segment is None:
        offered = offered_by(bundle, token)
        segments, blobs = offered.segments, blobs_of(offered)
    else:
        segments, blobs = (read_segment(bytes_of(segment)),), blobs_of(None)
    try:
        found = find_raising(token, segments, case.ground, models_of(blobs))
        case.say(**_raising_facts(found))
        if dry_run:
            if case.executes(found.sealed.statement.model):
                try_raising(case.ground, case.sender, found)
        else:
            send_raising(case.ground, case.signer, found, blobs, case.sent)
    except NoProof as refused:
        refuse(case, refused.reasons, refused.incomplete, as_json)
    case.finish(as_json)


@app.command()
def refute(
    context: typer.Context,
    token: Token,
    bundle: Bundle,
    gateway: Annotated[
        int | None, typer.Option(help="Whose posts; default: the gateway that watches the token.")
    ] = None,
    entry: Annotated[
        int | None, typer.Option(help="Which entry of the log; default: the first lie.")
    ] = None,
    segment: Annotated[
        list[Path] | None,
        typer.Option(help="A sealed segment from elsewhere, for what the bundle withholds."),
    ] = None,
    rpc: Rpc = "",
    contract: At = "",
    key: Key = None,
    password_file: Password = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Prove that a gateway anchored a lie: it is frozen, its bond slashed, its word taken back."""
    from cargoseal.dispute.acting import send_refutation, simulated
    from cargoseal.dispute.proof import NoProof
    from cargoseal.dispute.refuting import find_refutation

    case = open_case(session(context), token, rpc, contract, key, password_file, dry_run)
    offered = offered_by(bundle, token, segment or [])
    blobs = blobs_of(offered)
    of = case.status.gateway if gateway is None else gateway
    try:
        tried = simulated(case.ground, case.sender)
        found = find_refutation(offered, of, case.ground, models_of(blobs), entry, tried)
        case.say(**_refutation_facts(found))
        if dry_run:
            case.executes(found.lie.model)
        else:
            send_refutation(case.ground, case.signer, found, blobs, case.sent)
    except NoProof as refused:
        refuse(case, refused.reasons, refused.incomplete, as_json)
    case.finish(as_json)


@app.command()
def bond(
    context: typer.Context,
    ether: Annotated[float, typer.Argument(min=0, help="How much to pledge; 0: only show.")] = 0,
    as_json: Json = False,
) -> None:
    """Pledge ether for the configured gateway's honesty: a lie that is proved costs it."""
    client, dispute = _configured(session(context))
    index = client.gateway_index()
    if ether:
        dispute.send(client.gateway, "deposit", value=round(ether * WEI))
    owner, amount, until_s = dispute.bond_of(index)
    facts = {"gateway": index, "owner": owner, "ether": amount / WEI, "locked_until_s": until_s}
    show(facts, as_json)


@app.command()
def withdraw(context: typer.Context, as_json: Json = False) -> None:
    """Take the configured gateway's bond back, a month after its last post."""
    client, dispute = _configured(session(context))
    index, account = client.gateway_index(), client.gateway.address
    dispute.send(client.gateway, "withdraw", (index,))
    dispute.send(client.gateway, "collect")
    show({"gateway": index, "paid_to": account}, as_json)


@app.command()
def collect(
    context: typer.Context,
    rpc: Rpc = "",
    contract: At = "",
    key: Key = None,
    password_file: Password = None,
    as_json: Json = False,
) -> None:
    """Be paid what a refutation earned."""
    from cargoseal.chain.dispute import dispute_of

    current = session(context)
    dispute = dispute_of(token_contract(current, rpc, contract))
    signer = signer_of(current, rpc, key, password_file)
    owed = dispute.owed_to(signer.address)
    if owed:
        dispute.send(signer, "collect")
    show({"paid_to": signer.address, "ether": owed / WEI}, as_json, "nothing was owed")


def _configured(current: Session) -> Any:
    """The client and the dispute contract of the configuration."""
    from cargoseal.chain.client import open_client
    from cargoseal.chain.dispute import dispute_of

    client = open_client(current.config)
    return client, dispute_of(client.token)


def _raising_facts(found: "Raising") -> dict[str, object]:
    said = found.sealed.statement
    return {"segment": found.sealed.name, "model": said.model.hex(), "score": found.score}


def _refutation_facts(found: "Refutation") -> dict[str, object]:
    return {
        "gateway": found.gateway,
        "seq": found.seq,
        "entry": found.leaf.position,
        "segment": f"node {found.leaf.entry.node.hex()} counter {found.leaf.entry.counter}",
        "lie": found.lie.kind.name.lower(),
        "words": found.lie.words,
    }
