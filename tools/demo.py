"""`make demo`: seven shipments and what can happen to them, the whole way to their tokens.

Nodes run the real firmware in MicroPython; their sensors see the simulated day of scenario.py;
segments go over MQTT to the gateway's own processes; verdicts go to a real chain (anvil where there
is one, else a chain in plain Python). Then `cargoseal verify` checks every token, and a bystander
refutes a second gateway that lies (refutation.py).

The table's stable columns are the same in every run; times and gas are not. Exit code 0 when
everything came out as the scenario says, 1 when not.
"""

import argparse
import fcntl
import json
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import refutation
from attacks import alter, forge, publish
from physics import FallsSilent, simulate
from scenario import (
    HOURS,
    READINGS_A_WINDOW,
    START_MS,
    STORIES,
    Attack,
    LinkDown,
    PowerCut,
    Story,
    journey,
)

from cargoseal.errors import CargosealError, UsageError
from cargoseal.policy.profile import load_profile
from cargoseal.replay.outcome import total_gas
from cargoseal.replay.report import describe
from cargoseal.replay.system import Shipment, System
from cargoseal.replay.table import COLUMNS, STABLE_COLUMNS, render

ROOT = Path(__file__).resolve().parent.parent
PROFILE = "vaccine-2-8"
NODE_SETTINGS = {"max_readings": READINGS_A_WINDOW}
FORGER_SEED = bytes(range(32))
MARK = ".cargoseal-demo"  # the folder is ours to empty
Act = Callable[[], None]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "demo.json", help="JSON file")
    parser.add_argument("--json", action="store_true", help="print the JSON in place of the table")
    parser.add_argument("--chain", choices=("anvil", "embedded"), help="which development chain")
    parser.add_argument("--serve", action="store_true", help="stay up afterwards, with the pages")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "demo", help="kept there")
    arguments = parser.parse_args()
    say = Progress(sys.stderr)

    def finish(system: System, result: dict[str, Any]) -> None:
        show(result, arguments.out, arguments.json)
        if arguments.serve:
            serve(system, say)

    try:
        result = demonstrate(arguments.folder, arguments.chain, say, finish)
    except CargosealError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    wrong = complaints(result)
    for line in wrong:
        print(f"demo: {line}", file=sys.stderr)
    return 1 if wrong else 0


def show(result: dict[str, Any], out: Path, as_json: bool) -> None:
    """Writes the JSON file and prints the table, or the JSON."""
    out.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(result, indent=2, sort_keys=True)
    out.write_text(text + "\n", encoding="utf-8")
    if as_json:
        print(text)
    else:
        print(render(result["rows"]) + "\n" + refutation.told(result["refutation"]))
        print(where_next(out, result))


def serve(system: System, say: Callable[[str], None]) -> None:
    """Stays up with the pages until interrupted."""
    config, bundle = _short(system.site.config_path), _short(system.site.folder)
    pages = system.site.start_part("web")
    web = system.site.config.web
    print(f"""
The pages: http://{web.host}:{web.port}/   (interrupt to stop)
  .venv/bin/cargoseal -c {config} status 3
  .venv/bin/cargoseal -c {config} verify 3 --bundle {bundle}/token-3.cargoseal
  .venv/bin/cargoseal -c {config} review --help
""")
    try:
        pages.wait()
    except KeyboardInterrupt:
        say("stopping")


class Progress:
    """Lines with the seconds since the start."""

    def __init__(self, out: Any) -> None:
        self._out = out
        self._start_s = time.monotonic()

    def __call__(self, text: str) -> None:
        print(f"{time.monotonic() - self._start_s:6.1f} s  {text}", file=self._out, flush=True)


def demonstrate(
    folder: Path,
    chain: Any,
    say: Callable[[str], None],
    finish: Callable[[System, dict[str, Any]], None] = lambda _system, _result: None,
) -> dict[str, Any]:
    """Runs the scenario in a folder (emptied first) and returns the result for JSON; `finish` sees
    the settled system before it is stopped.
    """
    started_s = time.monotonic()
    profile = load_profile(PROFILE)
    with (
        emptied(folder),
        System(folder, START_MS - 1000, deployment="demo", chain=chain, say=say) as system,
    ):
        acts: list[tuple[int, str, Act]] = []
        shipments = []
        for number, story in enumerate(STORIES, start=1):
            shipment = system.create_shipment(profile, story.label)
            shipments.append(shipment)
            for name, rows in simulate(journey(number, story)).items():
                system.add_node(shipment, node_name(number, name), rows, NODE_SETTINGS)
            acts += plan(system, number, story)
        system.start()
        nodes = sum(len(shipment.nodes) for shipment in shipments)
        say(f"{HOURS} hours on the road: {len(shipments)} shipments, {nodes} nodes")
        play(system, sorted(acts, key=lambda act: act[0]), say)
        silent = {
            node_name(number, event.node)
            for number, story in enumerate(STORIES, start=1)
            for event in story.events
            if isinstance(event, FallsSilent)
        }
        system.release(name for name in system.nodes if name not in silent)
        say("waiting for the last verdicts and for the chain")
        system.settle()
        say("checking every token against its evidence: cargoseal verify")
        described = [describe(system, shipment) for shipment in shipments]
        refuted = refutation.demonstrate_refutation(system, shipments[0], say)
        result = {
            "columns": list(COLUMNS),
            "stable_columns": list(STABLE_COLUMNS),
            "rows": [shipment["row"] for shipment in described],
            "shipments": described,
            "refutation": refuted,
            "gas": total_gas(system.store),
            "seconds": round(time.monotonic() - started_s, 1),
        }
        finish(system, result)
    return result


@contextmanager
def emptied(folder: Path) -> Iterator[None]:
    """Empties the folder of an earlier demonstration and holds it. Raises UsageError for a folder
    that is something else, or that another demonstration is running in.
    """
    mark = folder / MARK
    if folder.exists() and any(folder.iterdir()) and not mark.exists():
        raise UsageError(
            f"{folder}: expected no folder, an empty one or one of an earlier demonstration, got "
            "one with other files"
        )
    folder.mkdir(parents=True, exist_ok=True)
    with open(mark, "a", encoding="ascii") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(
                f"{folder}: another demonstration is running there; name another --folder"
            ) from None
        for path in folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            elif path != mark:
                path.unlink()
        yield


def node_name(number: int, place: str) -> str:
    return f"{place}-{number}"


def play(system: System, acts: list[tuple[int, str, Act]], say: Callable[[str], None]) -> None:
    """Lets the day pass, stopping for what happens to links, power and bytes on the way."""
    for at_s, text, act in acts:
        system.run(until_ms=START_MS + 1000 * at_s)
        say(f"{at_s // 3600:02d}:{at_s // 60 % 60:02d}  {text}")
        act()
    system.run()


def plan(system: System, number: int, story: Story) -> list[tuple[int, str, Act]]:
    """What happens to a shipment's evidence on its way: (second of the day, words, act)."""
    acts: list[tuple[int, str, Act]] = []
    for trouble in story.troubles:
        name = node_name(number, trouble.node)
        if isinstance(trouble, LinkDown):
            acts.append((trouble.at_s, f"{name}: the link drops", _link(system, name, False)))
            back_s = trouble.at_s + trouble.for_s
            acts.append((back_s, f"{name}: the link is back", _link(system, name, True)))
        elif isinstance(trouble, PowerCut):
            acts.append((trouble.at_s, f"{name}: power cut", _power_cut(system, name)))
        else:
            words = f"someone sends a segment in the name of {name}: {trouble.kind}"
            acts.append((trouble.at_s, words, _attack(system, name, trouble)))
    return acts


def _link(system: System, name: str, up: bool) -> Act:
    return lambda: system.fleet.link(name, up)


def _power_cut(system: System, name: str) -> Act:
    return lambda: system.power_cut(name)


def _attack(system: System, name: str, attack: Attack) -> Act:
    def act() -> None:
        captured: bytes = system.fleet.captured(name)[-1]
        if attack.kind == "forge":
            payload = forge(captured, FORGER_SEED)
        else:
            payload = alter(captured) if attack.kind == "alter" else captured
        ingest = system.site.config.ingest
        publish(ingest.host, ingest.port, system.nodes[name].node, payload)

    return act


def complaints(result: dict[str, Any]) -> list[str]:
    """Where the outcome is not what the scenario says; empty when all is as it should be."""
    wrong = []
    for story, shipment in zip(STORIES, result["shipments"], strict=True):
        row = shipment["row"]
        found = {
            "condition": row["condition"],
            "doubts": row["doubts"],
            "refused": shipment["refused_by_name"],
            "checked": row["checked"],
            "lost segments": row["sealed"] - row["verified"],
            "lost readings": shipment["readings_in"] - row["readings"],
        }
        expected = {
            "condition": story.condition,
            "doubts": story.doubts,
            "refused": dict(story.refused),
            "checked": "ok",
            "lost segments": 0,
            "lost readings": 0,
        }
        wrong += [
            f"{story.label}: expected {key} {expected[key]!r}, got {value!r}"
            for key, value in found.items()
            if value != expected[key]
        ]
    return wrong + refutation.complaints(result["refutation"])


def where_next(out: Path, result: dict[str, Any]) -> str:
    """What to look at after the demonstration."""
    seconds, gas, posts = result["seconds"], result["gas"]["all"], result["gas"]["posts"]
    return f"""
{seconds:.0f} s, {gas:,} gas in {posts} posts, heartbeats included; behind the table: {_short(out)}
  look around, with pages   .venv/bin/python tools/demo.py --serve
  replay your own logger    .venv/bin/cargoseal replay FILE.csv --profile {PROFILE} --json OUT
  how one reading travels   README.md, "The way of one reading"
  the rules that decided    gateway/cargoseal/profiles/{PROFILE}.toml"""


def _short(path: Path) -> str:
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


__all__ = ["Shipment", "complaints", "demonstrate", "node_name"]

if __name__ == "__main__":
    sys.exit(main())
