"""`cargoseal contracts`: the contracts behind the tokens."""

import contextlib
import os
import signal
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from cargoseal.cli.session import Json, session, show
from cargoseal.errors import ConfigError, UsageError
from cargoseal.urls import shown

app = typer.Typer(help="Keys and contracts on the chain.", no_args_is_help=True)


@app.command("deploy")
def deploy_all(
    context: typer.Context,
    admin_key: Annotated[Path, typer.Option(help="Key file of the administrator.")],
    reviewer: Annotated[str, typer.Option(help="Address that may review; none by default.")] = "",
    admin_delay: Annotated[
        int, typer.Option(help="Seconds that the administrator's later changes wait in sight.")
    ] = 0,
    profile: Annotated[
        list[str] | None,
        typer.Option(help="A profile of your own that proofs can rest on, besides the shipped."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Deploy what is missing, check what is there, give out the roles, write the address book."""
    from cargoseal.chain.backend import open_chain
    from cargoseal.chain.delays import delay_of, set_delay
    from cargoseal.chain.deploy import Roles, deploy, manager_of
    from cargoseal.chain.keys import load_signer
    from cargoseal.chain.registries import ModelRegistry
    from cargoseal.enrolment import register_models
    from cargoseal.model.shelf import open_shelf
    from cargoseal.policy.profile import load_profile, shipped_profiles
    from cargoseal.provable import make_provable

    config = session(context).config
    chain = config.chain
    admin = load_signer(admin_key, chain.key_password_file)
    if chain.key_file is None:
        raise ConfigError("chain.key_file: expected the gateway's key file, got no such setting")
    gateway = load_signer(chain.key_file, chain.key_password_file)
    issuer = (
        None
        if chain.issuer_key_file is None
        else load_signer(chain.issuer_key_file, chain.key_password_file).address
    )
    w3 = open_chain(chain.url, chain.chain_id)
    found = deploy(
        w3,
        admin,
        config.deployment,
        chain.addresses,
        Roles(gateway=gateway.address, issuer=issuer, reviewer=reviewer or None),
    )
    register_models(ModelRegistry(w3, found.models), admin)
    profiles = [load_profile(name) for name in (*shipped_profiles(), *(profile or []))]
    waiting = make_provable(w3, admin, found, profiles, open_shelf(config.data_dir))
    manager = manager_of(w3, found)
    if admin_delay > delay_of(manager, admin.address):
        set_delay(manager, admin, admin_delay)
    told = {
        "admin_delay_s": delay_of(manager, admin.address),
        "profiles": len(profiles),
        "waiting": [str(item) for item in waiting],
        "written": str(chain.addresses),
    }
    show({**asdict(found), **told}, as_json)


@app.command("chain")
def chain(context: typer.Context) -> None:
    """Run the development chain of chain.kind at chain.url until interrupted."""
    from cargoseal.chain.backend import ensure_chain

    config = session(context).config
    if config.chain.kind == "rpc":
        raise UsageError('chain.kind: expected "anvil" or "embedded", got "rpc"')
    state = config.data_dir / "chain.json" if config.chain.kind == "anvil" else None
    config.data_dir.mkdir(parents=True, exist_ok=True)
    with ensure_chain(
        config.chain.kind, config.chain.url, config.chain.chain_id, state=state
    ) as running:
        if running.process is None:
            raise UsageError(
                f"{shown(config.chain.url)}: expected a free address, got a running chain"
            )
        with contextlib.suppress(KeyboardInterrupt):
            signal.signal(signal.SIGTERM, signal.default_int_handler)
            print("READY chain", flush=True)
            running.process.wait()


@app.command("key")
def key(
    file: Annotated[Path, typer.Argument(help="The key file to write.")],
    development: Annotated[
        bool, typer.Option(help="Without a password, for a development chain only.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make a new key for signing transactions and print its address."""
    from cargoseal.chain.keys import PASSWORD_VARIABLE, create_key_file

    password = None if development else os.environ.get(PASSWORD_VARIABLE)
    if password is None and not development:
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    signer = create_key_file(file, password)
    show({"address": signer.address, "written": str(file)}, as_json)
