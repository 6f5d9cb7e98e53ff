"""A closed window to a sealed segment.

1. Salts are drawn, sections encoded and hashed.
2. The statement names audience, node, previous seal, model, section digests, counters,
   times and flags.
3. The statement's digest is signed; the seal's digest is what the next statement names.
4. What is stored and sent is the compact form, from which the whole segment follows.

The counter must be durably reserved before this is called, and the segment must be durable in the
spool before it is sent: then no counter is ever seen with two contents.
"""

from cargoseal_wire.constants import FLAG_ANOMALY, SALT_BYTES
from cargoseal_wire.identity import node_id
from cargoseal_wire.sections import Claim, Location, Readings, section_digest
from cargoseal_wire.segment import Segment, compact_form, seal_digest, seal_statement
from cargoseal_wire.statement import Statement
from node.ed25519 import FIELD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from node.burst import Burst
    from node.ed25519 import SigningKey
    from node.parts import Random
    from node.scorer import Scorer
    from node.window import Window


class Sealed:
    """A segment's bytes, its counter, its flags and the digest of its seal."""

    def __init__(self, counter: int, flags: int, data: bytes, digest: bytes) -> None:
        self.counter = counter
        self.flags = flags
        self.data = data
        self.digest = digest


class Sealer:
    """Seals windows with the device key."""

    def __init__(
        self,
        key: "SigningKey",
        audience: bytes,
        sensors: bytes,
        scorer: "Scorer",
        random: "Random",
        application: int = 0,
        configuration: int = 0,
    ) -> None:
        """`application` and `configuration`: the release numbers of what runs."""
        self.node = node_id(key.public_key)
        self._key = key
        self._audience = audience
        self._sensors = sensors
        self._scorer = scorer
        self._random = random
        self._application = application
        self._configuration = configuration

    def seal(
        self,
        window: "Window | Burst",
        counter: int,
        previous: bytes,
        boot: int,
        dropped: int,
        flags: int,
    ) -> Sealed:
        """The segment of a window. `flags` are added to the window's own. WireError when the
        readings do not fit a segment (OversizedError) or hold a value the format has no room for.
        """
        offsets_ms, columns = window.offsets_ms(), window.columns()
        model, model_input, score, anomalous = self._scorer.score(window.kind, offsets_ms, columns)
        flags |= window.flags
        if anomalous:
            flags |= FLAG_ANOMALY
        claim = Claim(self._random(SALT_BYTES), model_input, score).encode()
        readings = Readings(
            self._random(SALT_BYTES),
            self._sensors,
            window.faults,
            offsets_ms,
            columns,
        ).encode()
        location = Location(self._random(SALT_BYTES), window.fixes()).encode()
        statement = Statement(
            self._audience,
            self.node,
            previous,
            model,
            section_digest(claim),
            section_digest(readings),
            section_digest(location),
            window.kind,
            boot,
            counter,
            0 if window.wall_ms is None else window.wall_ms,
            window.start_ms,
            window.end_ms() - window.start_ms,
            window.clock_source,
            window.clock_error_ms,
            window.count(),
            dropped,
            flags,
            self._application,
            self._configuration,
        ).encode()
        seal = seal_statement(statement, self.node, self._sign)
        data = compact_form(Segment(seal, statement, claim, readings, location))
        return Sealed(counter, flags, data, seal_digest(seal))

    def _sign(self, message: bytes) -> bytes:
        blind = int.from_bytes(self._random(32), "little") % (FIELD - 1) + 1
        return self._key.sign(message, blind)
