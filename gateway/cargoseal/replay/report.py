"""One shipment's line of the table, and everything behind it, from a system that has settled.

Rules
1. What the chain says is asked of the chain, after everything is final.
2. `checked` is what `cargoseal verify` answers to the exported evidence and the chain: `ok`,
   `incomplete` (not everything could be checked) or `wrong`. It trusts neither store nor gateway.
3. Two times are told apart: node time from the excursion's beginning to its verdict (what the
   profile's minutes and the windows cost), and real seconds from the stored segment to `statusOf`
   (what the gateway and the chain cost).
"""

from typing import Any

from cargoseal.audit import audit_bundle, fetch_bundle
from cargoseal.audit.chain import TokenView
from cargoseal.errors import UsageError
from cargoseal.evidence.bundle import export_bundle
from cargoseal.policy.terms import Condition, Doubt, told
from cargoseal.replay.outcome import Bursts, Evidence, doubt_names, gather, why
from cargoseal.replay.system import Shipment, System, Watched

CHECKED = {0: "ok", 1: "wrong", 3: "incomplete"}


def check(system: System, token: int) -> dict[str, object]:
    """Exports the token's evidence to a file and audits that file against the chain."""
    bundle = system.site.folder / f"token-{token}.cargoseal"
    with system.store.read() as connection:
        bundle.write_bytes(export_bundle(connection, token))
    client = system.site.client
    view = TokenView(client.token, client.devices, client.addresses.block, client.models)
    return audit_bundle(fetch_bundle(str(bundle), token), view, token).as_dict()


def describe(system: System, shipment: Shipment) -> dict[str, Any]:
    """{"row": the table's line, and the figures behind it by part}."""
    status = system.site.client.status_of(shipment.token)
    if status is None:
        raise UsageError(f"token {shipment.token}: expected it on chain, got none")
    stats = {watched.name: dict(system.fleet.stats(watched.name)) for watched in shipment.nodes}
    evidence = gather(system.store, shipment.token, (watched.node for watched in shipment.nodes))
    checked = check(system, shipment.token)
    sealed = sum(system.sealed(watched) for watched in shipment.nodes)
    seconds = system.watcher.seconds.get(shipment.token)
    facts = evidence.facts()
    node_time_s = _node_time_s(evidence)
    row = {
        "shipment": shipment.label,
        "nodes": len(shipment.nodes),
        "readings": evidence.readings,
        "handling": handling_text(evidence.handling),
        "sealed": sealed,
        "verified": evidence.segments,
        "refused": sum(evidence.refused.values()),
        "gaps": facts["gaps"],
        "silences": facts["silences"],
        "condition": told(Condition(status.condition), Doubt(status.doubts)),
        "doubts": doubt_names(status.doubts),
        "why": why(evidence.deciding()),
        "excursion→verdict": duration_text(node_time_s),
        "checked": CHECKED[int(str(checked["exit_code"]))],
        "gas": evidence.gas,
        "stored→statusOf s": None if seconds is None else round(seconds, 2),
    }
    return {
        "row": row,
        "token": shipment.token,
        "profile": {
            "name": shipment.profile.name,
            "version": shipment.profile.version,
            "digest": shipment.profile.digest.hex(),
        },
        "readings_in": sum(watched.readings for watched in shipment.nodes),
        "streams": {
            w.name: _stream(w, evidence, stats[w.name]) for w in shipment.nodes if w.samples
        },
        "nodes": {w.name: {"node": w.node.hex(), **stats[w.name]} for w in shipment.nodes},
        "refused_by_name": evidence.refused,
        "facts": facts,
        "chain": {
            "condition": status.condition,
            "lifecycle": status.lifecycle,
            "doubts": status.doubts,
            "health": status.health,
            "rule": status.rule,
            "updates": status.updates,
            "since_s": status.since_s,
            "posts": evidence.posts,
            "gas": evidence.gas,
        },
        "seconds": {
            "stored_to_status_of": row["stored→statusOf s"],
            "excursion_to_verdict_node_time": node_time_s,
        },
        "check": checked,
    }


def duration_text(seconds: int | None) -> str:
    """A duration for people, exact to the second.

    >>> duration_text(2100), duration_text(95), duration_text(0), duration_text(None)
    ('35 min', '1 min 35 s', '0 s', '–')
    """
    if seconds is None:
        return "–"
    minutes, rest = divmod(seconds, 60)
    if not minutes:
        return f"{rest} s"
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


def handling_text(bursts: Bursts) -> str:
    """How many handling windows there are, and the highest score among them.

    >>> handling_text(Bursts(10, 1510, 4200)), handling_text(Bursts())
    ('10, score 4,200', '')
    """
    return f"{bursts.windows}, score {bursts.score:,}" if bursts.windows else ""


def _stream(watched: Watched, evidence: Evidence, stats: dict[str, Any]) -> dict[str, int]:
    """What became of a node's stream: every sample is in one of `sealed` and `summarised`."""
    found = evidence.streams.get(watched.node, Bursts())
    return {
        "samples": watched.samples,
        "readings": watched.readings,
        "bursts": found.windows,
        "sealed": found.samples,
        "summarised": watched.samples - found.samples,
        "skipped": int(stats["skipped_bursts"]),
    }


def _node_time_s(evidence: Evidence) -> int | None:
    """From the beginning of what was found to its verdict, on the nodes' time."""
    verdict = evidence.deciding()
    if verdict is None or verdict.condition is Condition.SOUND:
        return None
    return (verdict.time_ms - verdict.since_ms) // 1000
