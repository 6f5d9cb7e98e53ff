"""`cargoseal model use` and `register`: a model of one's own in use, and on chain."""

from pathlib import Path
from typing import Annotated

import typer

from cargoseal.cli.session import DEFAULT_CONFIG, Json, Session, session, show
from cargoseal.errors import UsageError
from cargoseal.model.shelf import Shelf, open_shelf

Named = Annotated[str, typer.Argument(help="A model's name, its digest, or its folder.")]


def shelf_of(current: Session) -> Shelf:
    """This gateway's models; the shipped ones alone where there is no configuration at all."""
    if current.config_path == Path(DEFAULT_CONFIG) and not current.config_path.exists():
        return Shelf(None)
    return open_shelf(current.config.data_dir)


def use(
    context: typer.Context,
    model: Named,
    threshold: Annotated[
        int | None,
        typer.Option(help="Score from which a node calls a window urgent; default: its metrics'."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Take a model into this gateway and enroll nodes with it from now on; restart the gateway."""
    shelf = open_shelf(session(context).config.data_dir)
    folder = shelf.put(shelf.find(model))
    chosen = shelf.choose(folder, threshold)
    facts = {
        "name": chosen.name,
        "kind": folder.lineage.kind,
        "digest": folder.lineage.blob,
        "threshold": chosen.threshold,
    }
    show(facts, as_json)


def register(
    context: typer.Context,
    model: Named,
    admin_key: Annotated[Path, typer.Option(help="Key file of the administrator.")],
    profile: Annotated[
        list[str] | None,
        typer.Option(help="A profile to point at this model from now on; may be repeated."),
    ] = None,
    threshold: Annotated[
        int | None,
        typer.Option(help="With --profile: score from which one proved window flags a token."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Enter a model's digests into the registry on chain, and point profiles at it."""
    from cargoseal.chain.client import open_client
    from cargoseal.chain.keys import load_signer
    from cargoseal.enrolment import register_model
    from cargoseal.model.features_file import KINDS
    from cargoseal.model.shelf import recommended
    from cargoseal.policy.profile import load_profile

    current = session(context)
    folder = open_shelf(current.config.data_dir).find(model)
    profiles = [load_profile(name) for name in profile or []]
    if threshold is not None and not profiles:
        raise UsageError("--threshold: expected a --profile with it, got none")
    worth = recommended(folder) if threshold is None else threshold
    if profiles and worth is None:
        raise UsageError(f"{folder.name}: expected --threshold, its metrics recommend none")
    admin = load_signer(admin_key, current.config.chain.key_password_file)
    registry = open_client(current.config).models
    new = register_model(registry, admin, folder)
    blob, kind = bytes.fromhex(folder.lineage.blob), KINDS[folder.lineage.kind]
    for one in profiles:
        registry.point(admin, one.digest, kind, blob, worth or 0)
    facts: dict[str, object] = {
        "name": folder.name,
        "digest": folder.lineage.blob,
        "tflite": folder.tflite_digest,
        "lineage": folder.lineage_digest,
        "registry": registry.address,
        "registered": "now" if new else "before",
        "profiles": [one.name for one in profiles],
    }
    show(facts | ({"threshold": worth} if profiles else {}), as_json)
