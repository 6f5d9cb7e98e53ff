"""The statement: fixed offsets, every field in its range, unknown versions refused."""
# ruff: noqa: RUF005  MicroPython has no [*some, more]

from cargoseal_wire import cbor
from cargoseal_wire import constants as c
from cargoseal_wire import statement as st
from cargoseal_wire.errors import OversizedError, WrongVersionError
from cargoseal_wire.statement import Statement, decode_statement
from tests.wire.both.refusing import refused

FIELDS = {
    "audience": b"\xa1" * 32,
    "node": b"\xa2" * 8,
    "previous": b"\xa3" * 32,
    "model": b"\xa4" * 32,
    "claim_digest": b"\xa5" * 32,
    "readings_digest": b"\xa6" * 32,
    "location_digest": b"\xa7" * 32,
    "kind": c.CLIMATE,
    "boot": 3,
    "counter": 70000,
    "start_ms": 1774000000000,
    "uptime_ms": 123456,
    "duration_ms": 3540000,
    "clock_source": c.GNSS,
    "clock_error_ms": 20,
    "count": 60,
    "dropped": 0,
    "flags": c.FLAG_DOOR,
    "application": 12,
    "configuration": 3,
}
ORDER = (
    "audience node previous model claim_digest readings_digest location_digest kind boot counter "
    "start_ms uptime_ms duration_ms clock_source clock_error_ms count dropped flags application "
    "configuration"
).split()


def made(**changes):
    fields = dict(FIELDS)
    fields.update(changes)
    return Statement(**fields)


def items(**changes):
    """The array of a statement, with any values."""
    fields = dict(FIELDS)
    fields.update(changes)
    return [1] + [fields[name] for name in ORDER]


def test_a_statement_comes_back():
    statement = made()
    assert decode_statement(statement.encode()) == statement
    assert decode_statement(statement.encode()) != made(counter=70001)


def test_is_the_array_that_the_schema_says():
    assert made().encode() == cbor.encode(items())


def test_byte_strings_lie_where_a_contract_reads_them():
    data = made(kind=1, boot=0).encode()
    for name, at in (
        ("audience", st.AUDIENCE_AT),
        ("node", st.NODE_AT),
        ("previous", st.PREVIOUS_AT),
        ("model", st.MODEL_AT),
        ("claim_digest", st.CLAIM_AT),
        ("readings_digest", st.READINGS_AT),
        ("location_digest", st.LOCATION_AT),
    ):
        assert data[at : at + len(FIELDS[name])] == FIELDS[name]
    assert data[st.NUMBERS_AT : st.NUMBERS_AT + 2] == b"\x01\x00"


def test_the_longest_statement_is_within_its_limit():
    longest = made(
        boot=2**32 - 1,
        counter=2**48 - 1,
        start_ms=2**48 - 1,
        uptime_ms=2**48 - 1,
        duration_ms=2**40 - 1,
        clock_error_ms=2**32 - 1,
        count=1024,
        dropped=2**32 - 1,
        flags=2**14 - 1,
    )
    assert len(longest.encode()) <= c.MAX_STATEMENT_BYTES
    assert decode_statement(longest.encode()) == longest


def test_refuses_numbers_out_of_range():
    for name, values in (
        ("kind", (-1, 2)),
        ("boot", (-1, 2**32)),
        ("counter", (0, -1, 2**48)),
        ("start_ms", (-1, 2**48)),
        ("uptime_ms", (-1, 2**48)),
        ("duration_ms", (-1, 2**40)),
        ("clock_source", (-1, 5)),
        ("clock_error_ms", (-1, 2**32)),
        ("count", (0, 1025)),
        ("dropped", (-1, 2**32)),
        ("flags", (-1, 2**14)),
    ):
        for value in values:
            assert refused(made(**{name: value}).encode).where == "statement." + name
            error = refused(decode_statement, cbor.encode(items(**{name: value})))
            assert error.where == "statement." + name


def test_refuses_fields_of_another_type():
    for name in ORDER:
        for value in (None, "1", [], {}, True, b"", b"\x00" * 31, b"\x00" * 33):
            if type(value) is type(FIELDS[name]) and len(value) == len(FIELDS[name]):
                continue
            error = refused(decode_statement, cbor.encode(items(**{name: value})))
            assert error.where == "statement." + name


def test_refuses_an_unknown_version_by_name():
    for version in (0, 2, 255):
        error = refused(decode_statement, cbor.encode([version] + items()[1:]))
        assert isinstance(error, WrongVersionError)
        assert error.got == str(version)


def test_refuses_a_version_that_is_no_int():
    for version in (True, None, "1", b"\x01"):
        error = refused(decode_statement, cbor.encode([version] + items()[1:]))
        assert not isinstance(error, WrongVersionError)


def test_refuses_more_or_fewer_fields():
    refused(decode_statement, cbor.encode(items()[:-1]))
    refused(decode_statement, cbor.encode(items() + [0]))
    refused(decode_statement, cbor.encode([]))
    refused(decode_statement, cbor.encode({}))


def test_a_node_without_a_clock_states_no_start_and_no_error_bound():
    nothing = {"clock_source": c.CLOCK_NONE, "start_ms": 0}
    made(clock_error_ms=c.CLOCK_ERROR_UNKNOWN, **nothing).encode()
    assert refused(made(clock_error_ms=0, **nothing).encode).where == "statement.clock_error_ms"
    started = made(clock_source=c.CLOCK_NONE, clock_error_ms=c.CLOCK_ERROR_UNKNOWN)
    assert refused(started.encode).where == "statement.start_ms"


def test_a_clock_may_have_an_unknown_error():
    statement = made(clock_source=c.RTC, clock_error_ms=c.CLOCK_ERROR_UNKNOWN)
    assert decode_statement(statement.encode()) == statement


def test_refuses_what_is_too_long_before_reading_it():
    assert isinstance(refused(decode_statement, b"\xff" * 10000), OversizedError)


def test_refuses_what_is_not_bytes():
    for data in (None, "text", 5, [1]):
        refused(decode_statement, data)
