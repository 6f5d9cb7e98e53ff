"""Steps 11 to 13: the models are those that were sealed, and every score follows from the readings.

The reference code of `cargoseal_score` computes here, not the gateway's fast twin.
"""

import hashlib

from cargoseal.audit.case import Case
from cargoseal.audit.result import Unchecked, Wrong
from cargoseal.evidence.entries import SegmentEntry
from cargoseal_score import features, infer
from cargoseal_score.blob import load
from cargoseal_score.errors import ScoreError
from cargoseal_score.model import Model


def models(case: Case) -> str:
    """11: the bundle has the models that the seals name, and the registry on chain lists them."""
    for blob in case.bundle.models:
        try:
            model = load(blob)
        except ScoreError as error:
            raise Wrong(f"model {hashlib.sha256(blob).hexdigest()}: {error}") from error
        case.models[hashlib.sha256(blob).digest()] = model
    named = {entry.model for entry in case.entries if isinstance(entry, SegmentEntry)}
    strange = set(case.models) - named
    if strange:
        raise Wrong(f"expected models that a seal names, got {min(strange).hex()}")
    missing = named - set(case.models)
    listed = {digest: case.view.model_active(digest) for digest in named}
    inactive = {digest for digest, active in listed.items() if active is False}
    unasked = "; the model registry was not asked" if None in listed.values() else ""
    found = [f"not in the bundle: {_names(missing)}"] if missing else []
    if inactive:  # not wrong: a model may be retired after it was sealed with
        found.append(f"unknown to the model registry on chain, or retired: {_names(inactive)}")
    if found:
        raise Unchecked("; ".join(found) + unasked)
    return f"{len(named)} models, by SHA-256{unasked}"


def _names(digests: set[bytes]) -> str:
    return ", ".join(digest.hex() for digest in sorted(digests))


def model_inputs(case: Case) -> str:
    """12: every model input follows from the sealed readings."""
    done = left = 0
    for checked in case.checked.values():
        model = case.models.get(checked.statement.model)
        if checked.readings is None or checked.claim is None or model is None:
            left += 1
            continue
        if model.kind != checked.statement.kind:
            raise Wrong(f"{checked.name}: expected a model for its kind of window, got another")
        if _extract(checked.name, model, checked.readings) != checked.claim.model_input:
            raise Wrong(f"{checked.name}: expected the input that its readings give, got another")
        done += 1
    if left:
        raise Unchecked(f"{done} follow; of {left} readings, claim or model are missing")
    return f"{done} model inputs follow from their readings"


def _extract(name: str, model: Model, readings: object) -> bytes:
    try:
        return bytes(features.extract(model, readings.offsets_ms, readings.columns))  # type: ignore[attr-defined]
    except ScoreError as error:
        raise Wrong(f"{name}: {error}") from error


def scores(case: Case) -> str:
    """13: every score follows from its model input, and the log has that score."""
    done = left = 0
    for checked in case.checked.values():
        model = case.models.get(checked.statement.model)
        if checked.claim is None or model is None:
            left += 1
            continue
        try:
            computed = infer.score(model, checked.claim.model_input)
        except ScoreError as error:
            raise Wrong(f"{checked.name}: {error}") from error
        if not computed == checked.claim.score == checked.entry.score:
            raise Wrong(
                f"{checked.name}: expected score {computed}, got {checked.claim.score} sealed and "
                f"{checked.entry.score} in the log"
            )
        done += 1
    if left:
        raise Unchecked(f"{done} follow; of {left} claim or model are missing")
    return f"{done} scores follow from their model inputs"
