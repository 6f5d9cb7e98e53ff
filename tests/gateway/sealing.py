"""The other side for gateway tests: nodes that seal with PyNaCl, and a small model to score with.

Rules
1. Everything is a function of the seed: the same seed gives the same keys, salts and segments.
2. `SealingNode.seal` makes what an honest node makes; `altered` makes what a dishonest one would.
"""

import hashlib
import random
from array import array
from dataclasses import dataclass, field
from typing import Any

from nacl.signing import SigningKey

from cargoseal_score.blob import load, pack
from cargoseal_score.features import extract
from cargoseal_score.infer import score
from cargoseal_score.model import KIND_CLIMATE, LINEAR, MAX, MEAN, MIN, PEAK, Feature, Layer, Model
from cargoseal_wire import constants as c
from cargoseal_wire.identity import audience, node_id
from cargoseal_wire.sections import Claim, Location, Readings, section_digest
from cargoseal_wire.segment import Segment, seal_digest, seal_statement
from cargoseal_wire.statement import Statement
from cargoseal_wire.topics import topic

AUDIENCE = audience(31337, bytes(20), "tests")
START_MS = 1_700_000_000_000
MINUTE_MS = 60_000


def small_model(kind: int = KIND_CLIMATE, weight: int = 40) -> Model:
    """A valid model of eight inputs and one layer."""
    features = [
        Feature(channel, statistic, LINEAR, 16, 550 << 8, 1 << 17)
        for channel in (c.TEMPERATURE, c.HUMIDITY)
        for statistic in (MEAN, MIN, MAX, PEAK)
    ]
    size = len(features)
    weights = array("b", [weight if i == j else 3 for i in range(size) for j in range(size)])
    layer = Layer(
        size,
        size,
        0,
        0,
        -128,
        127,
        weights,
        array("i", [7] * size),
        array("I", [1 << 30] * size),
        bytes([5] * size),
    )
    return load(pack(Model(b"", kind, 0, features, [layer])))


MODEL = small_model()
MODELS = {MODEL.digest: MODEL}


@dataclass
class SealingNode:
    """An honest node: one key, one counter, one chain."""

    seed: int
    model: Model = field(default_factory=lambda: MODEL)
    audience: bytes = AUDIENCE
    readings: int = 20
    channels: tuple[int, ...] = (c.TEMPERATURE, c.HUMIDITY)
    counter: int = 0
    previous: bytes = c.NO_SEGMENT

    def __post_init__(self) -> None:
        self._key = SigningKey(hashlib.sha256(b"node %d" % self.seed).digest())
        self._random = random.Random(self.seed)
        self.public_key = bytes(self._key.verify_key)
        self.node = node_id(self.public_key)
        self.receipt_key = hashlib.sha256(b"receipt %d" % self.seed).digest()
        self.topic = topic(self.node, "segment")

    def sign(self, message: bytes) -> bytes:
        return bytes(self._key.sign(message).signature)

    def seal(self, *, skip: int = 0) -> bytes:
        """The next segment's bytes; `skip` numbers are passed over, as after a power cut."""
        self.counter += 1 + skip
        segment, self.previous = self.make(self.counter, self.previous)
        return segment.encode()

    def altered(self, counter: int | None = None, **changes: Any) -> bytes:
        """A segment signed by the node's key with other contents; the chain does not move on."""
        number = self.counter + 1 if counter is None else counter
        return self.make(number, self.previous, **changes)[0].encode()

    def make(
        self,
        counter: int,
        previous: bytes,
        *,
        score_off: int = 0,
        input_off: int = 0,
        claim: bytes | None = None,
        readings: bytes | None = None,
        location: bytes | None = None,
        **statement_changes: Any,
    ) -> tuple[Segment, bytes]:
        """(segment, seal digest), with bytes of sections or fields of the statement replaced."""
        values = self._values()
        model_input = bytes(extract(self.model, values.offsets_ms, values.columns))
        said = score(self.model, model_input) + score_off
        if input_off:
            model_input = bytes([(model_input[0] + input_off) & 255]) + model_input[1:]
        claim_bytes = claim or Claim(self._salt(), model_input, said).encode()
        readings_bytes = readings or values.encode()
        location_bytes = location or Location(self._salt(), []).encode()
        fields: dict[str, Any] = {
            "audience": self.audience,
            "node": self.node,
            "previous": previous,
            "model": self.model.digest,
            "claim_digest": section_digest(claim_bytes),
            "readings_digest": section_digest(readings_bytes),
            "location_digest": section_digest(location_bytes),
            "kind": self.model.kind,
            "boot": 1,
            "counter": counter,
            "start_ms": START_MS + counter * self.readings * MINUTE_MS,
            "uptime_ms": counter * self.readings * MINUTE_MS,
            "duration_ms": values.offsets_ms[-1],
            "clock_source": c.GNSS,
            "clock_error_ms": 1000,
            "count": self.readings,
            "dropped": 0,
            "flags": 0,
            "application": 0,
            "configuration": 0,
        }
        fields.update(statement_changes)
        statement = Statement(**fields).encode()
        seal = seal_statement(statement, self.node, self.sign)
        segment = Segment(seal, statement, claim_bytes, readings_bytes, location_bytes)
        return segment, seal_digest(seal)

    def _salt(self) -> bytes:
        return self._random.randbytes(c.SALT_BYTES)

    def _values(self) -> Readings:
        offsets = [i * MINUTE_MS for i in range(self.readings)]
        columns: dict[int, list[int | None]] = {
            channel: [500 + channel * 100 + self._random.randint(-6, 6) for _ in offsets]
            for channel in self.channels
        }
        return Readings(self._salt(), bytes(c.SENSORS_BYTES), 0, offsets, columns)
