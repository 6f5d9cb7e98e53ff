"""`cargoseal replay`: recordings of any logger, the whole way to a token.

Steps
1. Read every file (reader.py); each becomes a node of one shipment.
2. Start a whole system in a folder: chain, contracts, gateway, nodes (system.py).
3. Play the rows into the nodes' sensors on the recordings' own time (feed.py).
4. Release the nodes (the recording has ended), let everything settle, run `cargoseal verify`.
5. Return what happened as plain values for JSON; table.py prints the same for people.
"""

import math
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cargoseal.chain.backend import Kind
from cargoseal.policy.profile import Profile
from cargoseal.replay.errors import RecordingError
from cargoseal.replay.feed import is_stream, rows_of
from cargoseal.replay.outcome import total_gas
from cargoseal.replay.reader import read_recording
from cargoseal.replay.report import describe
from cargoseal.replay.rows import Options, Recording
from cargoseal.replay.system import Shipment, System
from cargoseal.replay.table import COLUMNS, STABLE_COLUMNS
from cargoseal.replay.times import TimeReader, parse_zone

MAX_FILES = 64
PROGRESS_EVERY_S = 5.0
# Where a file without any date is put on the time line; its node has no clock.
UNDATED_START_MS = 1_577_836_800_000  # 2020-01-01T00:00:00Z


def replay(
    files: Sequence[Path],
    *,
    profile: Profile,
    options: Options | None = None,
    legs: Mapping[str, str] | None = None,
    label: str = "",
    chain: Kind | None = None,
    keep: Path | None = None,
    speed: float | None = None,
    say: Callable[[str], None] = lambda _: None,
    inspect: Callable[[System, dict[str, Any]], None] | None = None,
) -> dict[str, Any]:
    """Runs the recordings the whole way and returns the result, ready for JSON.

    `legs` is leg -> time from which it holds, as text; `label` names the shipment; `keep` is the
    folder to leave everything in, else a temporary one is used; `speed` is how many seconds of the
    recordings pass in a real one, at most, and None as fast as everything is received; `inspect`
    sees the settled system and the result before everything is stopped. Raises RecordingError or
    another CargosealError.
    """
    if speed is not None and not (math.isfinite(speed) and speed > 0):
        raise RecordingError("--speed", "a number above 0", str(speed))
    stated = parse_legs(legs or {}, profile)
    recordings = read_all(files, options or Options(), say)
    starts = [_zero_ms(recording) for recording in recordings]
    with ExitStack() as stack:
        folder = keep or Path(stack.enter_context(_temporary_folder()))
        system = stack.enter_context(
            System(folder, min(starts) - 1000, chain=chain, speed=speed, say=say)
        )
        shipment = system.create_shipment(profile, label or _label(recordings))
        for recording, zero_ms in zip(recordings, starts, strict=True):
            system.add_node(shipment, _name(recording, shipment.nodes), rows_of(recording, zero_ms))
        system.start()
        say(f"playing {_amount(shipment)} under {profile.name}")
        progress = _progress(say)
        for leg, from_ms in stated:
            system.run(until_ms=from_ms, on_progress=progress)
            system.say_leg(shipment, leg)
        system.run(on_progress=progress)
        system.release(watched.name for watched in shipment.nodes)
        say("waiting for the last verdicts and for the chain")
        system.settle()
        say("checking the token against its evidence: cargoseal verify")
        result = _result(describe(system, shipment), recordings)
        for line in stream_words(result["shipments"][0]["streams"]):
            say(line)
        result["gas"] = total_gas(system.store)
        if inspect is not None:
            inspect(system, result)
    return result


def read_all(
    files: Sequence[Path], options: Options, say: Callable[[str], None]
) -> list[Recording]:
    """Reads every file. Raises RecordingError."""
    if not 0 < len(files) <= MAX_FILES:
        raise RecordingError("FILE", f"1 to {MAX_FILES} files", str(len(files)))
    recordings = []
    for path in files:
        recording = read_recording(path, options)
        report = recording.report
        say(
            f"read {path.name}: {report.rows:,} rows, {report.used:,} used, "
            f"{report.without_time} without a time, {report.empty} empty, "
            f"{report.put_back} put back in order; columns not used: "
            f"{', '.join(report.unused_columns) or 'none'}"
        )
        if is_stream(recording):
            say(
                f"{path.name}: {1000 // report.interval_ms} rows a second with three axes are an "
                "accelerometer's stream: the node seals bursts around what happens in it and keeps "
                "the peak of the rest; the other columns are read once a minute"
            )
        recordings.append(recording)
    return recordings


def parse_legs(legs: Mapping[str, str], profile: Profile) -> list[tuple[str, int]]:
    """{"destination": "2016-06-08T10:00:00Z"} -> (leg, Unix ms), oldest first. RecordingError."""
    reader = TimeReader(parse_zone("UTC"))
    stated = []
    for leg, moment in legs.items():
        from_ms = reader.read(moment, "--leg")
        if leg not in profile.leg_names or from_ms is None:
            names = ", ".join(profile.leg_names)
            expected = f"LEG=TIME, a leg of {names} and a time such as 2016-06-08T10:00Z"
            raise RecordingError("--leg", expected, f"{leg}={moment}")
        stated.append((leg, from_ms))
    return sorted(stated, key=lambda pair: pair[1])


def _amount(shipment: Shipment) -> str:
    """How much there is to play, in words."""
    readings = sum(watched.readings for watched in shipment.nodes)
    samples = sum(watched.samples for watched in shipment.nodes)
    stream = f" and {samples:,} samples of acceleration" if samples else ""
    return f"{readings:,} readings{stream} of {len(shipment.nodes)} node(s)"


def _progress(say: Callable[[str], None]) -> Callable[[Mapping[str, Any]], None]:
    """Tells now and then how far the nodes are, from the simulator's own messages."""
    told_s = time.monotonic()

    def tell(message: Mapping[str, Any]) -> None:
        nonlocal told_s
        if time.monotonic() - told_s < PROGRESS_EVERY_S:
            return
        told_s = time.monotonic()
        read, total = (sum(node[i] for node in message["nodes"].values()) for i in (0, 1))
        moment = datetime.fromtimestamp(message["now_ms"] / 1000, UTC)
        say(f"{100 * read // max(1, total)} % played, {moment:%Y-%m-%d %H:%M} UTC")

    return tell


def _zero_ms(recording: Recording) -> int:
    """Master time at uptime 0: where the first row with a clock puts it."""
    walls = (row.wall_ms - row.uptime_ms for row in recording.rows if row.wall_ms is not None)
    return next(walls, UNDATED_START_MS)


def stream_words(streams: Mapping[str, Mapping[str, int]]) -> list[str]:
    """What became of every row of each node's stream, a line for each."""
    return [
        f"{name}: of {found['samples']:,} samples {found['sealed']:,} are sealed in "
        f"{found['bursts']} handling window(s), {found['summarised']:,} as the peaks of "
        f"{found['readings']} readings; {found['skipped']} triggers came too soon or too often"
        for name, found in streams.items()
    ]


def _stem(path: Path) -> str:
    return path.name.removesuffix(".gz").rsplit(".", 1)[0]


def _label(recordings: Sequence[Recording]) -> str:
    return "+".join(_stem(recording.path) for recording in recordings)[:100]


def _name(recording: Recording, taken: Sequence[Any]) -> str:
    name = _stem(recording.path)
    return name if all(other.name != name for other in taken) else f"{name}-{len(taken) + 1}"


def _temporary_folder() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory(prefix="cargoseal-replay-")


def _result(described: Mapping[str, Any], recordings: Sequence[Recording]) -> dict[str, Any]:
    return {
        "columns": list(COLUMNS),
        "stable_columns": list(STABLE_COLUMNS),
        "rows": [described["row"]],
        "shipments": [dict(described)],
        "files": [recording.report.as_dict() for recording in recordings],
    }
