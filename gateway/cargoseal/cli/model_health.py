"""`cargoseal model health`: whether the models still fit what the sensors send."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from cargoseal.cli.session import Json, Session, session, show

if TYPE_CHECKING:
    from cargoseal.health import ModelWatch


def known_watches(current: Session) -> "list[ModelWatch]":
    """Every model and sensor type that sent anything, by the models' names."""
    from cargoseal.health import model_watches
    from cargoseal.model.shelf import open_shelf

    names = open_shelf(current.config.data_dir).names()
    with current.store.read() as db:
        return model_watches(db, names)


def health(context: typer.Context, as_json: Json = False) -> None:
    """Tell whether the models' inputs still look like those they were trained on."""
    from cargoseal.health import load_references
    from cargoseal.model.shelf import open_shelf

    current = session(context)
    watches = known_watches(current)
    references = load_references()
    names = open_shelf(current.config.data_dir).names()
    unwatched = [name for digest, name in names.items() if digest not in references]
    if as_json:
        rows = [{**asdict(watch), "says": watch.sentence} for watch in watches]
        show({"models": rows, "without_reference": unwatched}, True)
        return
    for watch in watches:
        print(watch.sentence)
    if not watches:
        print("No window of a model that is watched has entered a shipment's evidence yet.")
    for name in unwatched:
        print(f"The model {name} came without a reference of its training: it is not watched.")
