"""Valid segments: what they hold, and their bytes in both forms."""

from typing import Any

from cargoseal_wire import constants as c
from cargoseal_wire.sections import Claim, decode_claim, decode_location, decode_readings
from cargoseal_wire.segment import Segment, seal_digest, withhold
from cargoseal_wire.statement import decode_statement
from golden import world
from golden.world import TWO, sealed


def build() -> dict[str, Any]:
    return {"world": world.described(), "segments": [_entry(*made) for made in _made()]}


def _made() -> list[tuple[str, Segment]]:
    return [
        ("climate", _climate()),
        ("handling", _handling()),
        ("missing values", _missing()),
        ("no clock", _no_clock()),
        ("location", _located()),
        ("all limits", _limits()),
        ("one reading, no values", sealed("empty", offsets=[0], columns={}, counter=7)),
        ("second node", sealed("second", TWO)),
        ("withheld location", withhold(_located(), location=True)),
        ("withheld readings and claim", withhold(_climate(), readings=True, claim=True)),
    ]


def _climate() -> Segment:
    """An hour, a reading a minute: a door opens, the goods warm up."""
    door = [1 if 20 <= at < 24 else 0 for at in range(60)]
    warmth = [500 + (0 if at < 20 else min(at - 20, 9) * 31) + at % 3 * 5 for at in range(60)]
    columns: world.Columns = {
        c.TEMPERATURE: list(warmth),
        c.HUMIDITY: [4500 + 25 * (at % 4) for at in range(60)],
        c.LIGHT: [3000 if opened else 0 for opened in door],
        c.SHOCK: [1004 + (870 if at == 21 else at % 2) for at in range(60)],
        c.TILT: [0] * 60,
        c.DOOR: list(door),
        c.MOTION: [0] * 60,
        c.BATTERY: [3700 - at // 20 for at in range(60)],
    }
    offsets = [60_000 * at + 17 * (at % 2) for at in range(60)]
    return sealed("climate", offsets=offsets, columns=columns, flags=c.FLAG_DOOR | c.FLAG_LIGHT)


def _handling() -> Segment:
    """Half a second of free fall at 200 Hz."""
    fall = range(30, 95)
    columns: world.Columns = {
        c.ACCEL_X: [12 - at % 5 for at in range(120)],
        c.ACCEL_Y: [-3 + at % 3 for at in range(120)],
        c.ACCEL_Z: [25 if at in fall else 7800 if at == 95 else 998 + at % 4 for at in range(120)],
        c.FREE_FALL: [None] * 119 + [325],
    }
    return sealed(
        "handling",
        kind=c.HANDLING,
        offsets=[5 * at for at in range(120)],
        columns=columns,
        counter=2,
        flags=c.FLAG_FREE_FALL | c.FLAG_SHOCK | c.FLAG_EARLY,
        claim=Claim(world.salt("handling claim"), b"", 0),
    )


def _missing() -> Segment:
    """A sensor that failed half-way, one that reports now and then, readings that were dropped."""
    columns: world.Columns = {
        c.TEMPERATURE: [-1850 + at if at < 20 else None for at in range(40)],
        c.HUMIDITY: [5000 if at < 20 else None for at in range(40)],
        c.SHOCK: [1200 + at if at % 7 == 3 else None for at in range(40)],
        c.PROBE: [None] * 40,
    }
    return sealed(
        "missing",
        offsets=[30_000 * at for at in range(40)],
        columns=columns,
        faults=1 << c.TEMPERATURE | 1 << c.HUMIDITY,
        counter=3,
        dropped=5,
        flags=c.FLAG_SENSOR_FAULT | c.FLAG_READINGS_DROPPED,
    )


def _no_clock() -> Segment:
    return sealed(
        "no clock",
        counter=4,
        boot=2,
        start_ms=0,
        uptime_ms=1_000,
        clock_source=c.CLOCK_NONE,
        clock_error_ms=c.CLOCK_ERROR_UNKNOWN,
        flags=c.FLAG_REBOOTED,
    )


def _located() -> Segment:
    fixes = [
        (0, 513_732_990, 124_613_000, 8, c.FIX_GNSS),
        (60_000, 513_733_110, 124_615_020, 1_500, c.FIX_CELL),
        (120_000, -338_688_200, -1_512_093_000, 25, c.FIX_GNSS),
    ]
    return sealed("location", fixes=fixes, counter=5, clock_source=c.GNSS, clock_error_ms=1)


def _limits() -> Segment:
    """Every number as far as it goes."""
    columns: world.Columns = {at: [-(2**31), 2**31 - 1, None, 0] for at in range(c.MAX_CHANNELS)}
    return sealed(
        "limits",
        kind=c.HANDLING,
        offsets=[0, 0, 1, c.MAX_DURATION_MS - 1],
        columns=columns,
        faults=2**32 - 1,
        fixes=[(c.MAX_DURATION_MS - 1, -900_000_000, 1_800_000_000, 2**32 - 1, c.FIX_CELL)]
        * c.MAX_FIXES,
        claim=Claim(world.salt("limits claim"), bytes(c.MAX_MODEL_INPUT_BYTES), 2**32 - 1),
        boot=2**32 - 1,
        counter=c.MAX_COUNTER - 1,
        start_ms=c.MAX_TIME_MS - 1,
        uptime_ms=c.MAX_TIME_MS - 1,
        clock_error_ms=c.CLOCK_ERROR_UNKNOWN,
        dropped=2**32 - 1,
        flags=(1 << len(c.FLAGS)) - 1,
        application=c.MAX_RELEASE,
        configuration=c.MAX_RELEASE,
        previous=world.fixed("previous"),
    )


def _entry(name: str, segment: Segment) -> dict[str, Any]:
    statement = decode_statement(segment.statement)
    complete = None not in segment.parts()
    return {
        "name": name,
        "full": segment.encode().hex(),
        "compact": segment.compact().hex() if complete else None,
        "seal_digest": seal_digest(segment.seal).hex(),
        "statement": {
            key: value.hex() if isinstance(value, bytes) else value
            for key, value in vars(statement).items()
        },
        "claim": _claim(segment.claim),
        "readings": _readings(segment.readings, statement.count),
        "location": _location(segment.location),
    }


def _claim(data: bytes | None) -> dict[str, Any] | None:
    if data is None:
        return None
    claim = decode_claim(data)
    return {
        "salt": claim.salt.hex(),
        "model_input": claim.model_input.hex(),
        "score": claim.score,
    }


def _readings(data: bytes | None, count: int) -> dict[str, Any] | None:
    if data is None:
        return None
    readings = decode_readings(data, count)
    return {
        "salt": readings.salt.hex(),
        "sensors": readings.sensors.hex(),
        "faults": readings.faults,
        "offsets_ms": readings.offsets_ms,
        "columns": {str(channel): values for channel, values in readings.columns.items()},
    }


def _location(data: bytes | None) -> dict[str, Any] | None:
    if data is None:
        return None
    location = decode_location(data)
    return {"salt": location.salt.hex(), "fixes": [list(fix) for fix in location.fixes]}
