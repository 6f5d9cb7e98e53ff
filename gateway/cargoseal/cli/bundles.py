"""`cargoseal bundle`: the evidence behind a token, as one file."""

from pathlib import Path
from typing import Annotated

import typer

from cargoseal.cli.session import Json, Token, session, show
from cargoseal.errors import UsageError

app = typer.Typer(help="Evidence as a file.", no_args_is_help=True)


@app.command("export")
def export(
    context: typer.Context,
    token: Token,
    out: Annotated[Path | None, typer.Option(help="Default: token-N.cargoseal.")] = None,
    withhold: Annotated[
        list[str] | None, typer.Option(help="A section to leave out: readings, location, claim.")
    ] = None,
    people: Annotated[
        bool, typer.Option(help="Add who reviewed and their comments; not for publishing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write the evidence of a shipment, so that anyone can check its token."""
    from cargoseal.evidence.bundle import SECTIONS, export_bundle
    from cargoseal.model.shelf import open_shelf

    unknown = set(withhold or []) - set(SECTIONS)
    if unknown:
        raise UsageError(
            f"--withhold: expected one of {', '.join(SECTIONS)}, got {sorted(unknown)}"
        )
    path = out or Path(f"token-{token}.cargoseal")
    current = session(context)
    blobs = open_shelf(current.config.data_dir).blobs()
    with current.store.read() as db:
        data = export_bundle(db, token, withhold=set(withhold or []), people=people, models=blobs)
    path.write_bytes(data)
    show({"written": str(path), "bytes": len(data), "withheld": sorted(withhold or [])}, as_json)
