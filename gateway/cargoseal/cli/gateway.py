"""`cargoseal gateway` and `cargoseal web`: the parts that run."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cargoseal.cli.session import Json, session, show
from cargoseal.errors import UsageError
from cargoseal.supervisor import Supervisor

app = typer.Typer(help="Run the gateway.", no_args_is_help=True)

_TEMPLATE = """# The gateway's configuration. Unknown keys are refused; README.md lists all of them.
deployment = "{name}"
data_dir = "data"

[ingest]
kind = "endpoint"        # or "mosquitto": then host and port are the broker's
host = "127.0.0.1"
port = 1883

[chain]
kind = "rpc"
url = "http://127.0.0.1:8545"
chain_id = 31337
key_file = "gateway.key"         # what the poster signs with
issuer_key_file = "admin.key"    # what mints tokens and registers nodes
# reviewer_key_file = "reviewer.key"   # a person's; never the gateway's

[web]
port = 8080
"""


class PartName(StrEnum):
    """The processes of the gateway."""

    INGEST = "ingest"
    RECORDER = "recorder"
    POSTER = "poster"


@app.command("init")
def init(
    file: Annotated[Path, typer.Argument(help="The file to write.")] = Path("cargoseal.toml"),
    name: Annotated[str, typer.Option(help="The deployment's name.")] = "site-1",
    as_json: Json = False,
) -> None:
    """Write a first configuration, to be edited."""
    if file.exists():
        raise UsageError(f"{file}: expected a file that is not there yet, got one")
    file.write_text(_TEMPLATE.format(name=name), encoding="utf-8")
    show({"written": str(file), "next": "cargoseal contracts key admin.key"}, as_json)


@app.command("run")
def run(context: typer.Context, as_json: Json = False) -> None:
    """Run ingest, recorder and poster until stopped; what they say goes to stdout."""
    current = session(context)
    current.store.close()  # made and migrated here, before three processes open it at once
    raise typer.Exit(Supervisor(current.config_path, as_json=as_json).run())


@app.command("part")
def part(context: typer.Context, name: PartName) -> None:
    """Run one part alone, in the foreground."""
    config = session(context).config
    if name is PartName.INGEST:
        from cargoseal.ingest import run_ingest

        run_ingest(config)
    elif name is PartName.RECORDER:
        from cargoseal.recorder import run_recorder

        run_recorder(config)
    else:
        from cargoseal.poster import run_poster

        run_poster(config)


def web(context: typer.Context) -> None:
    """Serve the read-only pages until stopped."""
    from cargoseal.web.app import run_web

    run_web(session(context).config)
