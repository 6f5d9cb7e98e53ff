"""`cargoseal profile`: the rules that a product's shipments are judged by."""

from typing import Annotated

import typer

from cargoseal.cli.session import Json, show
from cargoseal.policy.profile import load_profile, shipped_profiles
from cargoseal.policy.sentences import describe

app = typer.Typer(help="Rules for products.", no_args_is_help=True)


@app.command("check")
def check(
    file: Annotated[str, typer.Argument(help="A TOML file, or the name of a shipped profile.")],
    as_json: Json = False,
) -> None:
    """Check a profile and print its digest and rules."""
    profile = load_profile(file)
    show(
        {
            "name": profile.name,
            "version": profile.version,
            "digest": profile.digest.hex(),
            "rules": describe(profile),
        },
        as_json,
    )


@app.command("list")
def list_shipped(as_json: Json = False) -> None:
    """List the profiles that come with the gateway."""
    rows: list[dict[str, object]] = []
    for name in shipped_profiles():
        profile = load_profile(name)
        rows.append({"name": name, "version": profile.version, "digest": profile.digest.hex()})
    show(rows, as_json)
