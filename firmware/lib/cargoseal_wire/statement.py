"""The statement: what a seal signs about one window (the digest of it, see segment.py).

Rules
1. An array of 19: version, then seven byte strings at offsets that never move, so that a contract
   reads them without a decoder (the *_AT constants), then eleven unsigned ints.
2. `start_ms` is what the node's clock said at the first reading, never re-stamped; 0 without a
   clock. A clock of source CLOCK_NONE has no known error bound and no start.
3. The counter starts at 1 and never repeats over a node's life; `previous` is the digest of the
   seal made before, NO_SEGMENT for the first.
"""

from cargoseal_wire import cbor, fields
from cargoseal_wire.constants import (
    CLOCK_ERROR_UNKNOWN,
    CLOCK_NONE,
    CLOCK_SOURCES,
    DIGEST_BYTES,
    FLAGS,
    HANDLING,
    MAX_COUNTER,
    MAX_DURATION_MS,
    MAX_READINGS,
    MAX_STATEMENT_BYTES,
    MAX_TIME_MS,
    NODE_BYTES,
    VERSION,
)
from cargoseal_wire.errors import WireError

# Where each byte string starts in an encoded statement
AUDIENCE_AT = 4
NODE_AT = 37
PREVIOUS_AT = 47
MODEL_AT = 81
CLAIM_AT = 115
READINGS_AT = 149
LOCATION_AT = 183
NUMBERS_AT = 215

_BYTES = (
    ("audience", DIGEST_BYTES),
    ("node", NODE_BYTES),
    ("previous", DIGEST_BYTES),
    ("model", DIGEST_BYTES),
    ("claim_digest", DIGEST_BYTES),
    ("readings_digest", DIGEST_BYTES),
    ("location_digest", DIGEST_BYTES),
)
_NUMBERS = (  # name, lowest, highest
    ("kind", 0, HANDLING),
    ("boot", 0, 2**32 - 1),
    ("counter", 1, MAX_COUNTER - 1),
    ("start_ms", 0, MAX_TIME_MS - 1),
    ("uptime_ms", 0, MAX_TIME_MS - 1),
    ("duration_ms", 0, MAX_DURATION_MS - 1),
    ("clock_source", 0, len(CLOCK_SOURCES) - 1),
    ("clock_error_ms", 0, CLOCK_ERROR_UNKNOWN),
    ("count", 1, MAX_READINGS),
    ("dropped", 0, 2**32 - 1),
    ("flags", 0, (1 << len(FLAGS)) - 1),
)
_ITEMS = 1 + len(_BYTES) + len(_NUMBERS)


class Statement:
    """One window as its node states it. Times in milliseconds, digests of 32 bytes, node of 8."""

    def __init__(
        self,
        audience: bytes,
        node: bytes,
        previous: bytes,
        model: bytes,
        claim_digest: bytes,
        readings_digest: bytes,
        location_digest: bytes,
        kind: int,
        boot: int,
        counter: int,
        start_ms: int,
        uptime_ms: int,
        duration_ms: int,
        clock_source: int,
        clock_error_ms: int,
        count: int,
        dropped: int,
        flags: int,
    ) -> None:
        self.audience = audience
        self.node = node
        self.previous = previous
        self.model = model
        self.claim_digest = claim_digest
        self.readings_digest = readings_digest
        self.location_digest = location_digest
        self.kind = kind
        self.boot = boot
        self.counter = counter
        self.start_ms = start_ms
        self.uptime_ms = uptime_ms
        self.duration_ms = duration_ms
        self.clock_source = clock_source
        self.clock_error_ms = clock_error_ms
        self.count = count
        self.dropped = dropped
        self.flags = flags

    def encode(self) -> bytes:
        """The statement's bytes. WireError when a field is outside of what the format holds."""
        _check(self)
        return cbor.encode([VERSION] + self._items())  # noqa: RUF005  MicroPython

    def _items(self) -> list[object]:
        return [getattr(self, field[0]) for field in _BYTES + _NUMBERS]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Statement) and self._items() == other._items()


def decode_statement(data: bytes) -> Statement:
    """The statement in `data`, every field in its range, else WireError."""
    where = "statement"
    items = fields.versioned(
        fields.decode_within(data, MAX_STATEMENT_BYTES, where), VERSION, _ITEMS, where
    )
    statement = Statement(*items[1:])  # type: ignore[arg-type]  # checked on the next line
    _check(statement)
    return statement


def _check(statement: Statement) -> None:
    for name, size in _BYTES:
        fields.bstr(getattr(statement, name), size, "statement." + name)
    for name, low, high in _NUMBERS:
        fields.integer(getattr(statement, name), low, high, "statement." + name)
    if statement.clock_source == CLOCK_NONE:
        where = "statement.clock_error_ms"
        if statement.clock_error_ms != CLOCK_ERROR_UNKNOWN:
            raise WireError(where, "unknown without a clock", statement.clock_error_ms)
        if statement.start_ms != 0:
            raise WireError("statement.start_ms", "0 without a clock", statement.start_ms)
