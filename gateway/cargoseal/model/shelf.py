"""The models of one gateway: those that it came with, and its own, beside its database.

Rules
1. A model of one's own is a whole folder, as `cargoseal model import` writes it. It is taken when
   every step of `verify` that asks no chain finds nothing wrong, and it is copied: what happens to
   the original later changes nothing here.
2. What was taken stays, under one name: what a node has sealed must stay checkable.
3. chosen.json says, by kind of window, with which model a node is enrolled and from which score it
   calls a window urgent. A kind that it does not name gets the newest shipped model.
"""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cargoseal.errors import InputError, UsageError
from cargoseal.model.bounded import parse_json
from cargoseal.model.features_file import KINDS
from cargoseal.model.folder import ModelFolder, find_folder, read_folder, shipped_folder
from cargoseal.model.lineage import digest_of
from cargoseal.scoring import ShippedModel, shipped_models, shipped_names
from cargoseal_score.blob import load
from cargoseal_score.errors import ScoreError
from cargoseal_score.model import Model

CHOSEN = "chosen.json"
MAX_SCORE = (1 << 24) - 1
FEWEST_DIGITS = 8


@dataclass(frozen=True)
class Chosen:
    """What nodes of a kind are enrolled with. `threshold` None: the node calls no window urgent."""

    name: str
    blob: bytes
    threshold: int | None


class Shelf:
    """The models in a folder, `<data_dir>/models`, and the shipped ones. The folder may be absent;
    None: the shipped ones alone."""

    def __init__(self, place: Path | None) -> None:
        self._place = place

    def models(self) -> list[ShippedModel]:
        """Every model, the shipped ones first. InputError for one that is broken."""
        return [*shipped_models(), *self.own()]

    def own(self) -> list[ShippedModel]:
        """The models that did not come with the gateway. InputError for one that is broken."""
        return [_model(folder) for folder in self._own()]

    def loaded(self) -> dict[bytes, Model]:
        """Every model by digest (SHA-256 of the blob)."""
        return {one.model.digest: one.model for one in self.models()}

    def blobs(self) -> dict[bytes, bytes]:
        """Every model's blob by digest."""
        return {one.model.digest: one.blob for one in self.models()}

    def names(self) -> dict[bytes, str]:
        """Every model's name by digest."""
        return {one.model.digest: one.name for one in self.models()}

    def folders(self) -> list[ModelFolder]:
        """Every model's folder, the shipped ones first."""
        return [*(shipped_folder(name) for name in shipped_names()), *self._own()]

    def find(self, word: str) -> ModelFolder:
        """Return a model by its name, the beginning of its digest, or its folder. InputError."""
        known = self.folders()
        for folder in known:
            if folder.name == word:
                return folder
        if len(word) >= FEWEST_DIGITS and not set(word) - set("0123456789abcdef"):
            fitting = [one for one in known if digest_of(one.blob).startswith(word)]
            if len(fitting) == 1:
                return fitting[0]
        if Path(word).is_dir():
            return find_folder(word)
        names = ", ".join(one.name for one in known)
        raise InputError(f"{word}: expected a model's folder, its digest, or one of {names}")

    def put(self, folder: ModelFolder) -> ModelFolder:
        """Copy a folder to the shelf under the name in its lineage, and return it as it is there.

        Nothing happens when it is there already. UsageError when the name is another model's, or
        the blob is here under another name; InputError when the folder is wrong.
        """
        name, digest = folder.lineage.name, digest_of(folder.blob)
        for known in self.folders():
            if known.name == name and known.files == folder.files:
                return known
            if known.name == name:
                raise UsageError(f"{name}: expected a name that no other model here has")
            if digest_of(known.blob) == digest:
                raise UsageError(f"{name}: expected another model, this one is here: {known.name}")
        _check(folder)
        if self._place is None:
            raise UsageError("expected a gateway's data folder to keep the model in, got none")
        made = self._place / name
        unfinished = self._place / f".{name}"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        for file, data in folder.files.items():
            (unfinished / file).write_bytes(data)
        unfinished.rename(made)
        return read_folder(made)

    def choose(self, folder: ModelFolder, threshold: int | None) -> Chosen:
        """From now on nodes are enrolled with this model for its kind of windows.

        `threshold` None: the one that its metrics recommend. UsageError without either.
        """
        threshold = recommended(folder) if threshold is None else threshold
        if threshold is None:
            raise UsageError(
                f"{folder.name}: nobody has found a threshold for it: say --threshold, or import it"
                " with --normal and recordings of normal shipments"
            )
        if not 0 < threshold <= MAX_SCORE:
            raise UsageError(f"threshold: expected 1 to {MAX_SCORE}, got {threshold}")
        stated = self._stated()
        stated[folder.lineage.kind] = {"name": folder.name, "threshold": threshold}
        if self._place is None:
            raise UsageError("expected a gateway's data folder to note it in, got none")
        self._place.mkdir(parents=True, exist_ok=True)
        unfinished = self._place / f".{CHOSEN}"
        unfinished.write_text(json.dumps(stated, indent=1, sort_keys=True) + "\n")
        os.replace(unfinished, self._place / CHOSEN)
        return Chosen(folder.name, folder.blob, threshold)

    def chosen(self) -> dict[str, Chosen]:
        """What nodes are enrolled with, by kind of window, in the order of the kinds' numbers."""
        newest = {one.model.kind: one.name for one in shipped_models()}
        out = {}
        stated = self._stated()
        for kind, number in sorted(KINDS.items(), key=lambda item: item[1]):
            said = stated.get(kind)
            if said is not None:
                folder = self.find(said["name"])
                out[kind] = Chosen(folder.name, folder.blob, said["threshold"])
            elif number in newest:
                folder = shipped_folder(newest[number])
                out[kind] = Chosen(folder.name, folder.blob, recommended(folder))
        return out

    def _own(self) -> list[ModelFolder]:
        if self._place is None or not self._place.is_dir():
            return []
        places = [p for p in sorted(self._place.iterdir()) if p.is_dir() and p.name[0] != "."]
        return [read_folder(place) for place in places]

    def _stated(self) -> dict[str, Any]:
        """Return what chosen.json says; InputError when it is not what `choose` writes."""
        path = None if self._place is None else self._place / CHOSEN
        if path is None or not path.is_file():
            return {}
        try:
            said: dict[str, Any] = parse_json(path.read_bytes())
            for kind, one in said.items():
                if kind not in KINDS or type(one["threshold"]) is not int:
                    raise ValueError(kind)
                str(one["name"])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(f"{path}: expected what `model use` writes, got: {error!r}") from error
        return said


def open_shelf(data_dir: Path) -> Shelf:
    """Return the models of the gateway with this data folder."""
    return Shelf(data_dir / "models")


def recommended(folder: ModelFolder) -> int | None:
    """Return the score that a model's metrics recommend; None where nobody has found one."""
    try:
        metrics: Mapping[str, Any] = parse_json(folder.file("metrics.json"))
        value = metrics.get("recommended_threshold")
        return None if value is None else int(value)
    except (ValueError, TypeError, AttributeError) as error:
        raise InputError(f"{folder.name}/metrics.json: expected figures, got: {error}") from error


def _check(folder: ModelFolder) -> None:
    from cargoseal.model.verify import verify_folder

    result = verify_folder(folder)
    if result.first_wrong:
        raise InputError(f"{result.name}: {result.verdict}")


def _model(folder: ModelFolder) -> ShippedModel:
    try:
        model = load(folder.blob)
    except ScoreError as error:
        raise InputError(f"{folder.name}: {error}") from error
    return ShippedModel(folder.name, folder.blob, folder.tflite, folder.file("golden.json"), model)
