"""The statement: what a seal signs about one window (the digest of it, see segment.py).

Rules
1. An array of 21: version, then seven byte strings at offsets that never move, so that a contract
   reads them without a decoder (the *_AT constants), then thirteen unsigned ints.
2. `start_ms` is what the node's clock said at the first reading, never re-stamped; 0 without a
   clock. A clock of source CLOCK_NONE has no known error bound and no start.
3. The counter starts at 1 and never repeats over a node's life; `previous` is the digest of the
   seal made before, NO_SEGMENT for the first.
4. `application` and `configuration` are the release numbers of what runs, 0 where none was released
   to the node (it runs what it was provisioned with). What model runs, `model` says.
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
    MAX_RELEASE,
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
    ("application", 0, MAX_RELEASE),
    ("configuration", 0, MAX_RELEASE),
)
_NAMES = tuple([field[0] for field in _BYTES + _NUMBERS])
_ITEMS = 1 + len(_NAMES)


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
        application: int,
        configuration: int,
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
        self.application = application
        self.configuration = configuration

    def encode(self) -> bytes:
        """The statement's bytes. WireError when a field is outside of what the format holds."""
        items = self._items()
        _check(items)
        return cbor.encode([VERSION] + items)  # noqa: RUF005  MicroPython

    def _items(self) -> list[object]:
        return [getattr(self, name) for name in _NAMES]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Statement) and self._items() == other._items()


def decode_statement(data: bytes) -> Statement:
    """The statement in `data`, every field in its range, else WireError."""
    where = "statement"
    items = fields.versioned(
        fields.decode_within(data, MAX_STATEMENT_BYTES, where), VERSION, _ITEMS, where
    )
    _check(items[1:])
    return Statement(*items[1:])  # type: ignore[arg-type]  # checked on the line before


def _check(items: list[object]) -> None:
    """WireError for a field outside of its range. The fields' names are put together only then:
    a node checks each of its own statements, too."""
    at = 0
    for name, size in _BYTES:
        value = items[at]
        if type(value) is not bytes or len(value) != size:
            fields.bstr(value, size, "statement." + name)
        at += 1
    for name, low, high in _NUMBERS:
        value = items[at]
        if type(value) is not int or not low <= value <= high:
            fields.integer(value, low, high, "statement." + name)
        at += 1
    source, start_ms, error_ms = items[_SOURCE], items[_START], items[_ERROR]
    if source == CLOCK_NONE:
        if error_ms != CLOCK_ERROR_UNKNOWN:
            raise WireError("statement.clock_error_ms", "unknown without a clock", error_ms)
        if start_ms != 0:
            raise WireError("statement.start_ms", "0 without a clock", start_ms)


_SOURCE, _START, _ERROR = [  # places of these among a statement's fields
    _NAMES.index(name) for name in ("clock_source", "start_ms", "clock_error_ms")
]
