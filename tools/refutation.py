"""The demonstration's ending: a gateway lies about one segment, and a bystander proves it.

1. A second gateway, with a bond, watches a token of its own. It tells the true log of a sound
   shipment with one score made up, and calls the goods flagged.
2. A bystander has the bundle, the addresses of a chain node and of the token contract, and an
   account with ether: no configuration, no store, nothing of any gateway's. They run
   `cargoseal history` and `cargoseal dispute refute`.
3. The chain computes the sealed score again: the gateway is frozen, its bond slashed, its word
   taken back. The same command against the honest gateway is refused before it costs anything.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from liar import LyingGateway, retold

from cargoseal.chain.devkeys import dev_key, dev_signer
from cargoseal.chain.dispute import dispute_of
from cargoseal.chain.keys import create_key_file
from cargoseal.evidence.bundle import decode_bundle, export_bundle
from cargoseal.policy.terms import Condition
from cargoseal.replay.system import Shipment, System

ETHER = 10**18
MADE_UP = 999_999  # a score that no segment of the demonstration has
_INDEX, _LIAR, _BYSTANDER = 2, 3, 4  # the lying gateway; development accounts
_COMMAND_S = 120.0


@dataclass(frozen=True)
class Bystander:
    """Somebody with a folder of their own, and a chain node they trust."""

    folder: Path
    url: str
    contract: str

    def run(self, *words: object) -> tuple[int, Any, str]:
        """`cargoseal …` with the chain they trust: (exit code, its JSON, its words)."""
        program = [sys.executable, "-m", "cargoseal.cli", *map(str, words)]
        chain = ["--rpc", self.url, "--contract", self.contract]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("CARGOSEAL_")}
        done = subprocess.run(
            [*program, *chain, "--json"],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=_COMMAND_S,
            check=False,
        )
        return done.returncode, json.loads(done.stdout or "null"), done.stderr.strip()

    def dispute(self, *words: object) -> tuple[int, Any, str]:
        return self.run("dispute", *words, "--key", "bystander.key")

    def history(self, token: int) -> list[dict[str, Any]]:
        return [
            {key: one[key] for key in ("index", "type", "outcome", "why", "actor", "corrects")}
            for one in self.run("history", token)[1]
        ]


def demonstrate_refutation(
    system: System, honest: Shipment, say: Callable[[str], None]
) -> dict[str, Any]:
    """What was said, sent and found, for the demonstration's JSON."""
    token = len(system.shipments) + 1
    bystander = _bystander(system)
    say(f"a second gateway watches token {token} and lies about one segment")
    _lie(system, honest, token, bystander.folder / "token.cargoseal")
    before = bystander.history(token)
    with system.store.read() as connection:
        (bystander.folder / "honest.cargoseal").write_bytes(export_bundle(connection, honest.token))
    say("a bystander with nothing but the bundle: cargoseal dispute refute")
    refused, _, why = bystander.dispute("refute", honest.token, "--bundle", "honest.cargoseal")
    code, said, words = bystander.dispute("refute", token, "--bundle", "token.cargoseal")
    paid = bystander.dispute("collect")[1] if code == 0 else None
    gateway = system.site.client.token.gateway_at(_INDEX)
    return {
        "token": token,
        "exit_code": code,
        "said": said,
        "errors": "" if code == 0 else words,
        "paid_ether": paid["ether"] if paid else 0,
        "gateway_active": gateway.active,
        "history_before": before,
        "history_after": bystander.history(token),
        "honest": {"token": honest.token, "exit_code": refused, "why": why},
    }


def _bystander(system: System) -> Bystander:
    folder = system.site.folder / "bystander"
    folder.mkdir()
    create_key_file(folder / "bystander.key", None, dev_key(_BYSTANDER))
    client = system.site.client
    return Bystander(folder, system.site.config.chain.url, client.addresses.token)


def _lie(system: System, honest: Shipment, token: int, bundle: Path) -> None:
    """Step 1; writes the liar's bundle."""
    contract, admin, liar = system.site.client.token, system.site.admin, dev_signer(_LIAR)
    contract.set_gateway(admin, _INDEX, liar.address, active=True, cap=1000)
    contract.mint(admin, admin.address, token, _INDEX, honest.profile.digest)
    dispute_of(contract).send(liar, "deposit", value=ETHER)
    with system.store.read() as connection:
        true = decode_bundle(export_bundle(connection, honest.token))
    told = LyingGateway(contract, liar).anchor(retold(true, token, MADE_UP), Condition.FLAGGED)
    bundle.write_bytes(told.encode())


def complaints(found: dict[str, Any]) -> list[str]:
    """Where the ending is not what it should be."""
    after = found["history_after"][-1]
    facts = {
        "the bystander's exit code": (0, found["exit_code"]),
        "before": ("flagged", found["history_before"][-1]["outcome"]),
        "after": (("refuted", "sound"), (after["type"], after["outcome"])),
        "the lying gateway's right to post": (False, found["gateway_active"]),
        "ether paid to the bystander": (0.75, found["paid_ether"]),
        "the exit code against the honest gateway": (1, found["honest"]["exit_code"]),
    }
    return [
        f"a gateway that lies: {what}: expected {expected!r}, got {got!r}"
        for what, (expected, got) in facts.items()
        if expected != got
    ]


def told(found: dict[str, Any]) -> str:
    """The ending for a person."""
    said = found["said"] or {}
    sent = ", ".join(f"{one['what']} {one['gas']:,} gas" for one in said.get("sent", ()))
    return f"""
A gateway that lies, and a bystander with nothing but the bundle of token {found["token"]}:
  {said.get("words", found["errors"])}
  sent: {sent}; paid to the bystander: {found["paid_ether"]} ether
  before  {_steps(found["history_before"])}
  after   {_steps(found["history_after"])}
  the honest gateway's token {found["honest"]["token"]}: {found["honest"]["why"]}"""


def _steps(history: list[dict[str, Any]]) -> str:
    lines = [
        f"{one['index']}  {one['type']:<8}  {one['outcome']:<8}  by {one['actor']}"
        + ("" if one["corrects"] is None else f", corrects record {one['corrects']}")
        for one in history
    ]
    return "\n          ".join(lines)
