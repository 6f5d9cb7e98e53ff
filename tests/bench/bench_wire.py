"""What a reading costs on the air: bytes per reading at 60 readings a segment, everything included.

Run: python tests/bench/bench_wire.py [--json]

Rules
1. Recordings are real (../shared/data). A segment is 60 readings in a row of one, sealed with a
   real key, the shipped model's own input, real times, and one position where there is any; rows
   "every fix" have all of a window's positions, as many as a segment holds (16).
2. "air" is the whole compact segment, "evidence" the whole full one: seal, statement, all salts
   and sections. Every segment is decoded again and compared before it counts.
3. JSON beside it: each reading an object with values in their units, signed alone as a compact JWS
   (EdDSA), and the same readings as one array under one JWS.
4. The goal is 12 bytes on the air for a reading of eight channels; a row says whether it is met.
"""

import argparse
import base64
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

from golden.world import AUDIENCE, ONE, salt  # noqa: E402

from cargoseal.scoring import load_models, rescore  # noqa: E402
from cargoseal_score.model import Model  # noqa: E402
from cargoseal_wire import constants as c  # noqa: E402
from cargoseal_wire.sections import (  # noqa: E402
    Claim,
    Location,
    Readings,
    decode_location,
    decode_readings,
    section_digest,
)
from cargoseal_wire.segment import (  # noqa: E402
    Segment,
    decode_segment,
    seal_digest,
    seal_statement,
)
from cargoseal_wire.statement import Statement  # noqa: E402
from tests.bench.recordings import RECORDINGS, Row, present  # noqa: E402
from tests.shared_data import in_ci, shared_root  # noqa: E402

READINGS = 60
WITH_POSITIONS = ("container B (rail)", "container G", "container F")
GOAL = 12.0


@dataclass(frozen=True)
class Result:
    """One recording. Sizes are bytes per reading; `worst` is the largest segment's."""

    recording: str
    channels: float
    segments: int
    air: float
    worst: float
    evidence: float
    json_jws: float
    json_jws_of_60: float
    fixes: float
    reached: bool


def windows(rows: list[Row]) -> Iterator[list[Row]]:
    """Rows in segments of 60; what is left over is not counted."""
    for at in range(0, len(rows) - READINGS + 1, READINGS):
        yield rows[at : at + READINGS]


@cache
def climate_model() -> Model:
    """The model that the wheel ships."""
    return next(model for model in load_models().values() if model.kind == c.CLIMATE)


def sealed(window: list[Row], counter: int, previous: bytes, most_fixes: int) -> Segment:
    """The segment of one window, with the first `most_fixes` of its positions."""
    start = window[0].time_ms
    offsets = [row.time_ms - start for row in window]
    channels = sorted({channel for row in window for channel in row.values})
    columns = {channel: [row.values.get(channel) for row in window] for channel in channels}
    readings = Readings(salt(f"bench {counter}"), bytes(range(8)), 0, offsets, columns)
    model = climate_model()
    model_input, score = rescore(model, readings)
    fixes = [(row.time_ms - start, *row.position) for row in window if row.position][:most_fixes]
    claim = Claim(salt(f"bench claim {counter}"), model_input, score).encode()
    location = Location(salt(f"bench location {counter}"), fixes).encode()
    encoded = readings.encode()
    statement = Statement(
        audience=AUDIENCE,
        node=ONE.id,
        previous=previous,
        model=model.digest,
        claim_digest=section_digest(claim),
        readings_digest=section_digest(encoded),
        location_digest=section_digest(location),
        kind=c.CLIMATE,
        boot=1,
        counter=counter,
        start_ms=start,
        uptime_ms=3_600_000 + start % 86_400_000,
        duration_ms=offsets[-1],
        clock_source=c.GNSS,
        clock_error_ms=20,
        count=len(window),
        dropped=0,
        flags=0,
        application=0,
        configuration=0,
    ).encode()
    back = decode_readings(encoded, len(window))
    if (back.offsets_ms, back.columns) != (offsets, columns):
        raise RuntimeError("a segment did not come back as it was")
    return Segment(seal_statement(statement, ONE.id, ONE.sign), statement, claim, encoded, location)


def jws_bytes(payload: object) -> int:
    """Size of a compact JWS with EdDSA and a key id over JSON without spaces."""
    header = json.dumps({"alg": "EdDSA", "kid": ONE.id.hex()}, separators=(",", ":"))
    body = json.dumps(payload, separators=(",", ":"))
    parts = (header.encode(), body.encode(), bytes(c.SIGNATURE_BYTES))
    return sum(len(base64.urlsafe_b64encode(part).rstrip(b"=")) for part in parts) + 2


def as_json(row: Row) -> dict[str, Any]:
    """A reading as devices commonly send it: who, when, and a number per quantity in its unit."""
    body: dict[str, Any] = {"deviceId": ONE.id.hex(), "timestamp": row.time_ms}
    for channel, value in row.values.items():
        if value is not None:
            name, count, _ = c.CHANNELS[channel]
            body[name] = round(value * float(count), 2) if count != "1" else value
    return body


def measured(name: str, rows: list[Row], most_fixes: int) -> Result:
    """One recording, sealed as one chain."""
    previous = c.NO_SEGMENT
    air, evidence, single, joined, channels, fixes = [], 0, 0, 0, 0, 0
    for counter, window in enumerate(windows(rows), 1):
        segment = sealed(window, counter, previous, most_fixes)
        previous = seal_digest(segment.seal)
        compact = segment.compact()
        if decode_segment(compact).parts() != segment.parts():
            raise RuntimeError("a compact segment did not come back as it was")
        air.append(len(compact))
        evidence += len(segment.encode())
        single += sum(jws_bytes(as_json(row)) for row in window)
        joined += jws_bytes([as_json(row) for row in window])
        fixes += len(decode_location(segment.location or b"").fixes)
        channels += len({channel for row in window for channel in row.values})
    count = READINGS * len(air)
    return Result(
        name,
        round(channels / len(air), 1),
        len(air),
        round(sum(air) / count, 2),
        round(max(air) / READINGS, 2),
        round(evidence / count, 2),
        round(single / count, 1),
        round(joined / count, 1),
        round(fixes / len(air), 1),
        sum(air) <= GOAL * count,
    )


def measure() -> list[Result]:
    """Every recording that has at least one whole segment."""
    results = [measured(name, rows(), 1) for name, rows in RECORDINGS.items()]
    for name in WITH_POSITIONS:
        results.append(measured(name + ", every fix", RECORDINGS[name](), c.MAX_FIXES))
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description="Bytes per reading")
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    if not present():
        print(f"bench_wire: skipped, no recordings in {shared_root() / 'data'}", file=sys.stderr)
        if in_ci():
            sys.exit(1)
    results = measure() if present() else []
    if arguments.json:
        print(json.dumps([asdict(row) for row in results], indent=1))
        return
    print(f"bytes per reading, {READINGS} readings a segment, everything included")
    head = f"{'recording':44}{'channels':>9}{'segments':>9}{'fixes':>6}{'air':>7}{'worst':>7}"
    print(head + f"{'evidence':>9}{'JSON+JWS':>9}{'of 60':>7}  goal {GOAL:g}")
    for row in results:
        print(
            f"{row.recording:44}{row.channels:9.1f}{row.segments:9}{row.fixes:6.1f}{row.air:7.2f}{row.worst:7.2f}"
            f"{row.evidence:9.2f}{row.json_jws:9.1f}{row.json_jws_of_60:7.1f}  "
            + ("reached" if row.reached else "missed")
        )


if __name__ == "__main__":
    main()
