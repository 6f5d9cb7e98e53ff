"""`cargoseal status`, `history`, `verify` and `review`: one token, seen, checked and judged."""

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from cargoseal import registry
from cargoseal.cli.chains import At, Rpc, token_contract
from cargoseal.cli.model_health import known_watches
from cargoseal.cli.session import Json, Session, Token, session, show
from cargoseal.errors import UsageError
from cargoseal.policy.terms import Condition, Doubt, Lifecycle, Reason, Rule, told

if TYPE_CHECKING:
    from cargoseal.audit.chain import TokenView
    from cargoseal.chain.history import Record
    from cargoseal.chain.token import Status


class ReviewReason(StrEnum):
    """Why a person reviewed, as the command line writes the codes of `Reason`."""

    OTHER = "other"
    GOODS_INSPECTED = "goods-inspected"
    PRODUCT_TESTED = "product-tested"
    SENSOR_AT_FAULT = "sensor-at-fault"
    HANDLING_EXPLAINED = "handling-explained"
    DAMAGE_CONFIRMED = "damage-confirmed"
    EVIDENCE_INCOMPLETE = "evidence-incomplete"


class Judgement(StrEnum):
    """What a person may say."""

    SOUND = "sound"
    FLAGGED = "flagged"
    COMPROMISED = "compromised"


def _word(code: Condition | Lifecycle | Reason | Rule) -> str:
    return code.name.lower().replace("_", "-")


def _status_facts(status: "Status", stale: bool) -> dict[str, object]:
    """What the chain says, codes as words; times in Unix seconds."""
    doubts = Doubt(status.doubts)
    return {
        "condition": told(Condition(status.condition), doubts, stale=stale),
        "condition_on_chain": _word(Condition(status.condition)),
        "lifecycle": _word(Lifecycle(status.lifecycle)),
        "doubts": [(d.name or "").lower().replace("_", "-") for d in Doubt if d in doubts],
        "rule": _word(Rule(status.rule)),
        "health": status.health,
        "score": status.score,
        "since_s": status.since_s,
        "recorded_s": status.recorded_s,
        "updates": status.updates,
        "reviews": status.reviews,
        "standing": _word(Condition(status.standing)),
        "voices": status.voices,
        "stale": stale,
        "profile_digest": status.profile.hex(),
    }


def _on_chain(current: Session, token: int) -> "Status":
    from cargoseal.chain.client import open_client

    found = open_client(current.config).status_of(token)
    if found is None:
        raise UsageError(f"expected a minted token, got {token}: `cargoseal shipment create` mints")
    return found


def status(context: typer.Context, token: Token, as_json: Json = False) -> None:
    """Show a token's condition on the chain and what this gateway accepted and refused."""
    from cargoseal.chain.client import open_client

    current = session(context)
    found = _on_chain(current, token)
    stale = open_client(current.config).is_stale(token)
    facts = {"token": token, **_status_facts(found, stale)}
    by_node = registry.totals_by_node(current.store)
    watchers = registry.list_assignments(current.store, token=token)
    nodes = sorted({watch.node for watch in watchers})
    counts = {node: by_node.get(node, registry.Totals(0, 0, {}, {})) for node in nodes}
    refusals = [r for r in registry.refusals(current.store, limit=1000) if r.node in counts][:10]
    drifted = [watch.sentence for watch in known_watches(current) if not watch.fits]
    if as_json:
        facts["model_health"] = drifted
        facts["nodes"] = {node.hex(): asdict(count) for node, count in counts.items()}
        facts["latest_refusals"] = [asdict(refusal) for refusal in refusals]
        facts["refused_by_gateway"] = registry.totals(current.store).refused
        show(facts, True)
        return
    facts["nodes"] = [
        f"{node.hex()} ({count.accepted} segments, {count.refused_total} refused)"
        for node, count in counts.items()
    ]
    show(facts, False)
    for refusal in refusals:
        print(
            f"refused: {refusal.error}: expected {refusal.expected}, got {refusal.got} "
            f"({refusal.count} times, {refusal.size} bytes kept in quarantine)"
        )
    for sentence in drifted:
        print(f"model: {sentence}")


def history(
    context: typer.Context,
    token: Token,
    rpc: Rpc = "",
    contract: At = "",
    from_block: Annotated[
        int, typer.Option(help="With --rpc: the block that the contracts were created in.")
    ] = 0,
    as_json: Json = False,
) -> None:
    """Show every verdict, review and correction of a token, read from the chain's events."""
    from cargoseal.chain.client import open_client
    from cargoseal.chain.history import history_of

    current = session(context)
    found = token_contract(current, rpc, contract)
    if not found.exists(token):
        raise UsageError(f"expected a minted token, got {token}")
    first = from_block if rpc else open_client(current.config).addresses.block
    records = history_of(found, token, first)
    if as_json:
        show([_record_facts(record) for record in records], True)
        return
    show([_record_line(record) for record in records], False)


def _record_facts(record: "Record") -> dict[str, object]:
    """All of a record; bytes in hexadecimal, times in Unix seconds."""
    facts = asdict(record)
    facts["evidence"] = record.evidence.hex()
    facts["transaction"] = "0x" + record.transaction.hex()
    facts["why"] = _why(record)
    return facts


def _why(record: "Record") -> str:
    """A record's code as a word: of a review the reason, else the rule."""
    known: type[Reason] | type[Rule] = Rule
    if record.type in ("reviewed", "proposed"):
        known = Reason
    elif record.type in ("minted", "moved", "handed-over"):
        return ""
    try:
        return _word(known(record.code))
    except ValueError:
        return str(record.code)


def _record_line(record: "Record") -> dict[str, object]:
    """A record for a person's eyes; times in UTC."""
    return {
        "no": record.index,
        "recorded": _utc(record.recorded_s),
        "occurred": _utc(record.occurred_s),
        "what": record.type,
        "led to": record.outcome or None,
        "why": _why(record) or None,
        "by": record.actor,
        "corrects": record.corrects,
        "evidence": record.evidence.hex()[:16] or None,
    }


def _utc(time_s: int) -> str:
    return datetime.fromtimestamp(time_s, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def verify(
    context: typer.Context,
    token: Token,
    bundle: Annotated[
        str, typer.Option(help="An exported file, or the address of the gateway's pages.")
    ],
    rpc: Annotated[
        str, typer.Option(help="JSON-RPC address of a chain node you trust; then no configuration.")
    ] = "",
    contract: Annotated[str, typer.Option(help="With --rpc: the token contract's address.")] = "",
    devices: Annotated[str, typer.Option(help="With --rpc: the device registry's address.")] = "",
    models: Annotated[str, typer.Option(help="With --rpc: the model registry's address.")] = "",
    from_block: Annotated[
        int, typer.Option(help="With --rpc: the block that the contracts were created in.")
    ] = 0,
    as_json: Json = False,
) -> None:
    """Check a token against its evidence without trusting the gateway."""
    from cargoseal.audit import audit_bundle, fetch_bundle

    if bool(rpc) != bool(contract) or ((devices or models) and not rpc):
        raise UsageError("expected --rpc and --contract together, --devices and --models beside")
    if rpc:
        view = _stated_view(rpc, contract, devices, models, from_block)
    else:
        view = _configured_view(session(context))
    result = audit_bundle(fetch_bundle(bundle, token), view, token)
    if as_json:
        show(result.as_dict(), True)
    else:
        for step in result.steps:
            print(f"{step.number:>2}  {step.state.value:<11}  {step.name}: {step.detail}")
        print(f"token {token}: {result.verdict}")
    if result.first_wrong:
        print(f"cargoseal: token {token}: {result.verdict}", file=sys.stderr)
    raise typer.Exit(result.exit_code)


def _configured_view(current: Session) -> "TokenView":
    """The chain and the contracts of the configuration."""
    from cargoseal.audit.chain import TokenView
    from cargoseal.chain.client import open_client

    client = open_client(current.config)
    return TokenView(client.token, client.devices, client.addresses.block, client.models)


def _stated_view(
    rpc: str, contract: str, devices: str, models: str, from_block: int
) -> "TokenView":
    """The chain and the contracts that the caller names."""
    from web3 import Web3

    from cargoseal.audit.chain import TokenView
    from cargoseal.chain.backend import connect
    from cargoseal.chain.registries import DeviceRegistry, ModelRegistry
    from cargoseal.chain.token import TokenContract

    named = {"--contract": contract, "--devices": devices, "--models": models}
    for name, address in named.items():
        if address and not Web3.is_address(address):
            raise UsageError(f"{name}: expected an address, got {address!r}")
    w3 = connect(rpc)
    return TokenView(
        TokenContract(w3, contract),
        DeviceRegistry(w3, devices) if devices else None,
        from_block,
        ModelRegistry(w3, models) if models else None,
    )


def review(
    context: typer.Context,
    token: Token,
    condition: Annotated[Judgement, typer.Option(help="What the person concludes.")],
    reason: Annotated[ReviewReason, typer.Option(help="Why, as a code for the chain.")],
    person: Annotated[str, typer.Option(help="Who reviewed; stays off the chain.")],
    comment: Annotated[str, typer.Option(help="In words; stays off the chain.")],
    as_json: Json = False,
) -> None:
    """Record a person's verdict in the evidence and on the chain."""
    from cargoseal.chain.client import open_client
    from cargoseal.evidence.requests import new_salt, review_of

    current = session(context)
    before = _on_chain(current, token)
    now_ms = current.clock.now_ms()
    body = {
        "condition": condition.value,
        "reason": reason.value.replace("-", "_"),
        "comment": comment,
        "salt": new_salt(),
    }
    entry = review_of(body, person, now_ms, None)
    client = open_client(current.config)
    receipt = client.review(
        token,
        condition=int(entry.condition),
        reason=int(entry.reason),
        evidence=entry.opening,
        expected_updates=before.updates,
    )
    facts: dict[str, object] = {
        "token": token,
        "condition": condition.value,
        "reason": reason.value,
        "opening": entry.opening.hex(),
        "transaction": "0x" + receipt.hash.hex(),
    }
    if not client.token.decided(receipt):
        show({**facts, "waits for": "a second reviewer who says the same"}, as_json)
        return
    # Only what the chain has taken goes into the evidence: a review that it refuses clears nothing.
    asked = registry.ask(current.store, token, "review", body, person=person, now_ms=now_ms)
    show({**facts, "request": asked.id}, as_json)
