"""The command `cargoseal`.

Rules
1. A command reads its arguments, calls the part that does the work, and prints; no rule lives here.
2. Results go to stdout, as text or with --json as one JSON value; errors and progress go to stderr.
3. Exit codes: 0 done, all right · 1 something checked is wrong · 2 usage, configuration or an input
   file · 3 not everything could be checked · 4 store, broker or chain not reachable.
4. What is slow to import (the chain's client) is imported by the command that needs it: the
   gateway's parts start through here.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from cargoseal.cli import (
    bundles,
    deployment,
    disputes,
    gateway,
    models,
    nodes,
    profiles,
    recordings,
    releases,
    rotations,
    shipments,
    tokens,
)
from cargoseal.cli.session import CONFIG_VARIABLE, DEFAULT_CONFIG, Session
from cargoseal.errors import CargosealError, ChainError, LinkError, StoreError

EXIT_USAGE, EXIT_UNREACHABLE = 2, 4

app = typer.Typer(
    name="cargoseal",
    help="From sealed readings on shipments to tokens whose condition anyone can check.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    epilog=(
        "Exit codes: 0 done; 1 something checked is wrong; 2 usage, configuration or input file; "
        "3 not everything could be checked; 4 store, broker or chain not reachable."
    ),
)


@app.callback()
def _options(
    context: typer.Context,
    config: Annotated[
        Path,
        typer.Option("--config", "-c", envvar=CONFIG_VARIABLE, help="The gateway's configuration."),
    ] = Path(DEFAULT_CONFIG),
) -> None:
    context.obj = Session(config)


app.add_typer(gateway.app, name="gateway")
app.add_typer(nodes.app, name="node")
nodes.app.command("rotate")(rotations.rotate)
app.add_typer(shipments.app, name="shipment")
app.add_typer(profiles.app, name="profile")
app.add_typer(models.app, name="model")
app.add_typer(releases.app, name="release")
app.add_typer(bundles.app, name="bundle")
app.add_typer(deployment.app, name="contracts")
app.add_typer(disputes.app, name="dispute")
app.command("status")(tokens.status)
app.command("history")(tokens.history)
app.command("verify")(tokens.verify)
app.command("review")(tokens.review)
app.command("web")(gateway.web)
app.command("replay")(recordings.replay)


def main() -> None:
    """Runs the command line and turns our own errors into a line and an exit code."""
    try:
        app()
    except (ChainError, LinkError, StoreError) as error:
        print(f"cargoseal: {error}", file=sys.stderr)
        sys.exit(EXIT_UNREACHABLE)
    except (CargosealError, OSError) as error:  # OSError: a file or folder that the caller named
        print(f"cargoseal: {error}", file=sys.stderr)
        sys.exit(EXIT_USAGE)
