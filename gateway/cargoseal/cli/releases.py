"""`cargoseal release`: what nodes shall run, signed and offered to them."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cargoseal.cli.session import Json, session, show
from cargoseal.errors import InputError, UsageError
from cargoseal_wire.constants import MAX_RELEASE
from cargoseal_wire.release import ANY_ARCH, COMPONENTS

if TYPE_CHECKING:
    from cargoseal.release.contents import Contents
    from cargoseal.release.parcel import Parcel

app = typer.Typer(help="Releases for nodes: application, models, settings.", no_args_is_help=True)

Number = Annotated[int, typer.Option(min=1, max=MAX_RELEASE, help="Higher than all before.")]
Key = Annotated[Path, typer.Option(help="File of the release key; see `release key`.")]
Out = Annotated[Path, typer.Option(help="The file to write.")]
Needs = Annotated[int, typer.Option(min=0, max=MAX_RELEASE, help="The least application number.")]


class Arch(StrEnum):
    """Whose machine code an application holds."""

    XTENSAWIN = "xtensawin"
    RV32IMC = "rv32imc"
    ANY = ANY_ARCH


@app.command("key")
def key(
    out: Annotated[Path, typer.Option(help="Where to write the new key; must not be there.")],
    as_json: Json = False,
) -> None:
    """Make a release key. Its public part goes into nodes at their enrolment (--release-key)."""
    from cargoseal.release.keys import make_key

    show({"public_key": make_key(out).hex(), "file": str(out)}, as_json)


@app.command("application")
def application(
    folder: Annotated[Path, typer.Argument(help="Compiled modules; see tools/application.py.")],
    number: Number,
    key: Key,
    out: Out,
    arch: Annotated[Arch, typer.Option(help="The chips it runs on.")] = Arch.ANY,
    as_json: Json = False,
) -> None:
    """Sign an application."""
    from cargoseal.release import contents

    if not folder.is_dir():
        raise InputError(f"{folder}: expected a folder of compiled modules, got none")
    _make(contents.application(folder, arch.value), number, key, out, as_json)


@app.command("image")
def image(
    file: Annotated[Path, typer.Argument(help="A MicroPython application image (.app-bin).")],
    number: Number,
    key: Key,
    out: Out,
    arch: Annotated[Arch, typer.Option(help="The chips it runs on.")],
    as_json: Json = False,
) -> None:
    """Sign a whole image, for boards with two places for one (the -OTA variants)."""
    from cargoseal.release import contents

    _make(contents.image(_read(file), arch.value), number, key, out, as_json)


@app.command("models")
def models(
    blob: Annotated[list[Path], typer.Argument(help="model.blob of each kind.")],
    number: Number,
    key: Key,
    out: Out,
    threshold: Annotated[
        list[int], typer.Option(help="For each blob in order: the score that is urgent.")
    ],
    needs: Needs = 0,
    as_json: Json = False,
) -> None:
    """Sign the models of nodes, with the scores that they must reproduce."""
    from cargoseal.release import contents

    if len(threshold) != len(blob):
        raise UsageError(
            f"--threshold: expected {len(blob)}, one for each blob, got {len(threshold)}"
        )
    chosen = [(_read(path), score) for path, score in zip(blob, threshold, strict=True)]
    _make(contents.models(chosen, needs), number, key, out, as_json)


@app.command("settings")
def settings(
    file: Annotated[Path, typer.Argument(help="JSON: settings that replace the enrolment's.")],
    number: Number,
    key: Key,
    out: Out,
    needs: Needs = 0,
    as_json: Json = False,
) -> None:
    """Sign settings of nodes."""
    from cargoseal.release import contents

    _make(contents.configuration(_read(file), needs), number, key, out, as_json)


@app.command("show")
def show_release(
    file: Annotated[Path, typer.Argument(help="A release.")],
    public_key: Annotated[
        str, typer.Option(help="The release key's public part: is it signed by that?")
    ] = "",
    as_json: Json = False,
) -> None:
    """Say what a release holds. Exit code 1 when it is not signed by the key that is named."""
    from cargoseal.release.parcel import read

    parcel = read(_read(file), str(file))
    facts = _facts(parcel)
    if public_key:
        facts["signed_by"] = parcel.is_signed_by(_public_key(public_key))
    show(facts, as_json)
    if facts.get("signed_by") is False:
        raise typer.Exit(1)


@app.command("offer")
def offer(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A release.")],
    node: Annotated[list[str], typer.Argument(help="Id, beginning of the id, or label; or `all`.")],
    as_json: Json = False,
) -> None:
    """Offer a release to nodes; each asks for it when it is connected. May be repeated."""
    from cargoseal import registry
    from cargoseal.release import offers
    from cargoseal.release.parcel import read

    current = session(context)
    parcel = read(_read(file), str(file))
    if node == ["all"]:
        chosen = [one for one in registry.list_nodes(current.store) if one.revoked_ms is None]
    else:
        chosen = [registry.find_node(current.store, name) for name in node]
    now_ms = current.clock.now_ms()
    offers.offer(current.store, parcel, [one.node for one in chosen], now_ms)
    show({**_facts(parcel), "nodes": len(chosen)}, as_json)


@app.command("list")
def list_offers(context: typer.Context, as_json: Json = False) -> None:
    """List what was offered to which node, how far it is, and what the node's statements say."""
    from cargoseal.release import offers

    rows = [dict(row) for row in offers.listed(session(context).store)]
    show(rows, as_json, "nothing is offered; `cargoseal release offer --help` tells how")


def _make(contents: "Contents", number: int, key: Path, out: Path, as_json: bool) -> None:
    from cargoseal.release.keys import load_key
    from cargoseal.release.parcel import make

    parcel = make(contents, number, load_key(key))
    try:
        with out.open("xb") as file:
            file.write(parcel.encode())
    except OSError as error:
        raise UsageError(
            f"{out}: expected a file to write that is not there, got: {error}"
        ) from error
    show({**_facts(parcel), "file": str(out)}, as_json)


def _facts(parcel: "Parcel") -> dict[str, object]:
    manifest = parcel.manifest
    return {
        "component": COMPONENTS[manifest.component],
        "number": manifest.number,
        "arch": manifest.arch,
        "needs": manifest.needs,
        "files": len(manifest.files),
        "bytes": len(parcel.stream),
        "digest": parcel.digest.hex(),
    }


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: expected a file, got: {error}") from error


def _public_key(text: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise UsageError(f"--public-key: expected 64 hex digits, got {len(text)} characters")
    return key
