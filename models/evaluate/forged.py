"""Attacks on what is sealed already: a real segment, changed, and what the gateway says to it."""

import hashlib
from collections.abc import Callable

from nacl.signing import SigningKey

from cargoseal.errors import Refused
from cargoseal.scoring import load_models, rescore
from cargoseal.verify import NodeKey, verify
from cargoseal_score.model import KIND_CLIMATE, Model
from cargoseal_wire import constants as c
from cargoseal_wire.identity import audience, node_id
from cargoseal_wire.sections import Claim, Location, Readings, section_digest
from cargoseal_wire.segment import Segment, seal_statement
from models.evaluate.stated import stated

START_MS = 1_700_000_000_000
AUDIENCE = audience(1, bytes(20), "attacks")
OTHER = audience(1, bytes(20), "elsewhere")


def _key(name: bytes) -> SigningKey:
    return SigningKey(hashlib.sha256(name).digest())


def sealed(
    *,
    level: int = 500,
    forged: int | None = None,
    signer: bytes = b"node",
    score_off: int = 0,
    served: bytes = AUDIENCE,
) -> bytes:
    """A segment of an hour. `forged`: the readings' level after sealing; `signer`: whose key."""
    key, model = _key(signer), _model()
    node = node_id(bytes(_key(b"node").verify_key))
    readings = _readings(level)
    model_input, score = rescore(model, readings)
    claim = Claim(bytes(16), model_input, score + score_off).encode()
    location = Location(bytes(16), []).encode()
    digests = [section_digest(section) for section in (claim, readings.encode(), location)]
    statement = stated(
        node,
        1,
        c.NO_SEGMENT,
        START_MS,
        readings.offsets_ms,
        audience=served,
        model=model.digest,
        digests=(digests[0], digests[1], digests[2]),
    ).encode()
    seal = seal_statement(statement, node, lambda text: bytes(key.sign(text).signature))
    told = readings if forged is None else _readings(forged)
    return Segment(seal, statement, claim, told.encode(), location).encode()


def _model() -> Model:
    return next(m for m in load_models().values() if m.kind == KIND_CLIMATE)


def _readings(level: int) -> Readings:
    offsets = [60_000 * n for n in range(60)]
    columns: dict[int, list[int | None]] = {c.TEMPERATURE: [level + n % 7 for n in range(60)]}
    return Readings(bytes(16), bytes(8), 0, offsets, columns)


def refusal(raw: bytes) -> str:
    """By what the gateway refuses these bytes; empty when it takes them."""
    public = bytes(_key(b"node").verify_key)
    keys = {node_id(public): NodeKey(node_id(public), public, 0, None)}
    received_ms = START_MS + 3_700_000
    try:
        verify(raw, None, keys, load_models(), AUDIENCE, received_ms)
    except Refused as refused:
        return f"refused: {refused.name}"
    return ""


def forgeries() -> list[tuple[str, str]]:
    """(attack, by what it was noticed) for segments that somebody changed or made up.

    AssertionError when an honest segment is refused: then none of the others says anything.
    """
    if refusal(sealed()):
        raise AssertionError(f"an honest segment was {refusal(sealed())}")
    made: list[tuple[str, Callable[[], bytes]]] = [
        ("readings changed after sealing", lambda: sealed(level=900, forged=500)),
        ("sealed with another key", lambda: sealed(signer=b"thief")),
        ("a score made up by the node", lambda: sealed(score_off=-1)),
        ("sealed for another deployment", lambda: sealed(served=OTHER)),
    ]
    return [(name, refusal(make())) for name, make in made]
