"""`cargoseal model`: the models that score windows, as files and as the chain has them."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cargoseal.cli import model_use
from cargoseal.cli.model_health import health
from cargoseal.cli.session import DEFAULT_CONFIG, Json, Session, session, show
from cargoseal.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cargoseal.chain.registries import ModelRegistry
    from cargoseal.model.importer import Imported
    from cargoseal.model.normal import OperatingPoint
    from cargoseal_score.model import Model

app = typer.Typer(help="Models: as files, on chain, and in use.", no_args_is_help=True)


class Kind(StrEnum):
    """What a model's windows are."""

    CLIMATE = "climate"
    HANDLING = "handling"


@app.command("list")
def list_models(context: typer.Context, as_json: Json = False) -> None:
    """List the models that come with the gateway and its own, and which nodes are enrolled with."""
    from cargoseal_score.blob import load

    shelf = model_use.shelf_of(session(context))
    chosen = {one.name: one.threshold for one in shelf.chosen().values()}
    rows: list[dict[str, object]] = []
    for folder in shelf.folders():
        model = load(folder.blob)
        rows.append(
            {
                "name": folder.name,
                "kind": folder.lineage.kind,
                "detector": "model" if model.layers else "baseline",
                "inputs": model.inputs,
                "bytes": len(folder.blob),
                "in_use": folder.name in chosen,
                "threshold": chosen.get(folder.name),
                "digest": model.digest.hex(),
                "lineage": folder.lineage_digest.hex(),
            }
        )
    show(rows, as_json)


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="An int8 .tflite of Keras or LiteRT.")],
    kind: Annotated[Kind, typer.Option(help="The windows it scores.")],
    name: Annotated[str, typer.Option(help="The model's name, such as pallet-v1.")],
    out: Annotated[Path, typer.Option(help="The folder to write; must not be there.")],
    features: Annotated[
        Path | None,
        typer.Option(help="What goes in, TOML or JSON; none where the .tflite itself says it."),
    ] = None,
    threshold: Annotated[
        int | None, typer.Option(help="Score from which a window is urgent, where it is known.")
    ] = None,
    normal: Annotated[
        list[Path] | None,
        typer.Option(help="CSV of a normal shipment to find the threshold in; may be repeated."),
    ] = None,
    alarms_per_week: Annotated[
        float, typer.Option(min=0.001, help="With --normal: false alarms a week at most.")
    ] = 1.0,
    as_json: Json = False,
) -> None:
    """Make a model's folder from one's own .tflite; what cannot be exact is refused by name."""
    from cargoseal.model.importer import import_model, write_folder

    found = _threshold(kind, threshold, normal or [], alarms_per_week)
    made = import_model(file, features, kind.value, name, found)
    write_folder(out, made.files)
    facts = _facts(made, out)
    lowering = {"lowered": made.compiled.lowering.steps, "warnings": made.warnings}
    if as_json:
        show(facts | lowering, True)
        return
    for step in made.compiled.lowering.steps:
        print(step)
    show(facts, False)
    for warning in made.warnings:
        print(f"warning: {warning}", file=sys.stderr)


def _threshold(
    kind: Kind, threshold: int | None, normal: list[Path], alarms_per_week: float
) -> "Callable[[Model], OperatingPoint] | None":
    """What an import takes a model's threshold from; None: nobody has one."""
    from cargoseal.model.normal import from_recordings, stated
    from cargoseal.model.shelf import MAX_SCORE

    if threshold is not None and normal:
        raise UsageError("expected --threshold or --normal, got both")
    if threshold is not None and not 0 < threshold <= MAX_SCORE:
        raise UsageError(f"--threshold: expected 1 to {MAX_SCORE}, got {threshold}")
    if normal and kind is not Kind.CLIMATE:
        raise UsageError("--normal: expected a climate model; say --threshold for another")
    if threshold is not None:
        point = stated(threshold)
        return lambda _model: point
    if normal:
        return lambda model: from_recordings(model, normal, alarms_per_week)
    return None


def _facts(made: "Imported", out: Path) -> dict[str, object]:
    from cargoseal.model.lineage import BLOB, FILE, digest_of

    return {
        "written": str(out),
        "digest": digest_of(made.files[BLOB]),
        "lineage": digest_of(made.files[FILE]),
        "bytes": len(made.files[BLOB]),
        "layers": len(made.compiled.lowering.layers),
        "multiplications": made.compiled.lowering.multiplications,
        "compared": made.compared,
        "threshold": made.point.threshold if made.point else None,
        "costs": made.point.means if made.point else "not known: say --threshold to `model use`",
    }


@app.command("verify")
def verify(
    context: typer.Context,
    model: Annotated[
        str, typer.Argument(help="A model's name, digest or folder; none: every one there is.")
    ] = "",
    rpc: Annotated[
        str, typer.Option(help="JSON-RPC address of a chain node you trust; then no configuration.")
    ] = "",
    contract: Annotated[str, typer.Option(help="With --rpc: the model registry's address.")] = "",
    as_json: Json = False,
) -> None:
    """Check that blob, .tflite, golden vectors, card and registry entry all say the same."""
    from cargoseal.model.verify import verify_folder

    if bool(rpc) != bool(contract):
        raise UsageError("expected --rpc and --contract together")
    registry = _stated(rpc, contract) if rpc else _configured(session(context))
    shelf = model_use.shelf_of(session(context))
    folders = [shelf.find(model)] if model else shelf.folders()
    results = [verify_folder(folder, registry) for folder in folders]
    if as_json:
        show([result.as_dict() for result in results], True)
    for result in results:
        if not as_json:
            for step in result.steps:
                print(f"{step.number:>2}  {step.state.value:<11}  {step.name}: {step.detail}")
            print(f"{result.name}: {result.verdict}")
        if result.first_wrong:
            print(f"cargoseal: {result.name}: {result.verdict}", file=sys.stderr)
    codes = {result.exit_code for result in results}
    raise typer.Exit(1 if 1 in codes else max(codes))


def _configured(current: Session) -> "ModelRegistry | None":
    """The registry of the configuration; None where there is no configuration at all."""
    if current.config_path == Path(DEFAULT_CONFIG) and not current.config_path.exists():
        return None
    from cargoseal.chain.client import open_client

    return open_client(current.config).models


def _stated(rpc: str, contract: str) -> "ModelRegistry":
    from web3 import Web3

    from cargoseal.chain.backend import connect
    from cargoseal.chain.registries import ModelRegistry

    if not Web3.is_address(contract):
        raise UsageError(f"--contract: expected an address, got {contract!r}")
    return ModelRegistry(connect(rpc), contract)


app.command("use")(model_use.use)
app.command("register")(model_use.register)
app.command("health")(health)
