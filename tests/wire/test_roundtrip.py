"""Whatever a node can measure comes back as it was: properties, with a fixed seed."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cargoseal_wire import cbor, columns
from cargoseal_wire.sections import Location, Readings, decode_location, decode_readings

SETTINGS = settings(
    max_examples=300, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck)
)
INT32 = st.integers(-(2**31), 2**31 - 1)
NARROW = st.integers(-40, 40)
COLUMN = st.one_of(
    st.lists(st.one_of(st.none(), INT32), max_size=80),
    st.lists(st.one_of(st.none(), NARROW), max_size=80),
    st.lists(NARROW.map(lambda step: step * 10), max_size=80),
    st.lists(st.sampled_from([0, 0, 0, 0, 0, 9000, None]), max_size=80),
)
KEYS = st.one_of(st.integers(-(2**64), 2**64 - 1), st.binary(max_size=6), st.text(max_size=6))
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), KEYS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=12,
)


@SETTINGS
@given(COLUMN)
def test_columns_come_back(values: list[int | None]) -> None:
    assert columns.unpack(columns.pack(values), len(values)) == values


@SETTINGS
@given(st.lists(st.tuples(st.one_of(st.none(), NARROW), st.one_of(st.none(), INT32)), max_size=60))
def test_columns_come_back_beside_another(pairs: list[tuple[int | None, int | None]]) -> None:
    like, values = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    assert columns.unpack(columns.pack(values, like), len(values), like) == values


@SETTINGS
@given(st.lists(st.integers(0, 2**34), min_size=1, max_size=60))
def test_times_up_to_2_40_come_back(steps: list[int]) -> None:
    times: list[int | None] = []
    total = 0
    for step in steps:
        times.append(total)
        total = min(total + step, columns.TIME_LIMIT - 1)
    packed = columns.pack(times, None, columns.TIME_LIMIT)
    assert columns.unpack(packed, len(times), None, columns.TIME_LIMIT) == times


@SETTINGS
@given(st.integers(1, 40), st.data())
def test_readings_come_back(count: int, data: st.DataObject) -> None:
    steps = data.draw(st.lists(st.integers(0, 10**6), min_size=count - 1, max_size=count - 1))
    offsets = [0]
    for step in steps:
        offsets.append(offsets[-1] + step)
    column = st.lists(st.one_of(st.none(), INT32), min_size=count, max_size=count)
    values = data.draw(st.dictionaries(st.integers(0, 31), column, max_size=5))
    encoded = Readings(bytes(16), bytes(8), 0, offsets, values).encode()
    back = decode_readings(encoded, count)
    assert back.offsets_ms == offsets
    assert back.columns == values
    assert back.encode() == encoded


@SETTINGS
@given(
    st.lists(
        st.tuples(
            st.integers(0, 2**40 - 1),
            st.integers(-900000000, 900000000),
            st.integers(-1800000000, 1800000000),
            st.integers(0, 2**32 - 1),
            st.sampled_from([1, 2]),
        ),
        max_size=16,
    )
)
def test_positions_come_back(fixes: list[tuple[int, int, int, int, int]]) -> None:
    fixes.sort()
    assert decode_location(Location(bytes(16), fixes).encode()).fixes == fixes


@SETTINGS
@given(VALUES)
def test_cbor_values_come_back(value: object) -> None:
    encoded = cbor.encode(value)
    assert cbor.decode(encoded) == value
    assert cbor.encode(cbor.decode(encoded)) == encoded
