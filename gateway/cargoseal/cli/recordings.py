"""`cargoseal replay`: recordings of any logger, the whole way to a token."""

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from cargoseal.errors import UsageError
from cargoseal.policy.profile import load_profile
from cargoseal.replay.mapping import TARGETS, parse_assignments
from cargoseal.replay.rows import Options
from cargoseal.replay.times import TimeReader, parse_zone


def _check_out(path: Path, keep: Path | None) -> None:
    """Raises UsageError, before the long work, when the result could not be written in the end."""
    folder = path.parent
    if path.is_dir():
        raise UsageError(f"--json: expected a file, got the folder {path}")
    if keep is not None and folder.resolve() == keep.resolve():
        return  # the replay makes it
    if not folder.is_dir():
        raise UsageError(f"--json: expected a file in a folder that is there, got {path}")
    if not os.access(path if path.exists() else folder, os.W_OK):
        raise UsageError(f"--json: expected a file that can be written, got {path}")


def _start_ms(text: str | None, zone: str | None) -> int | None:
    if text is None:
        return None
    start_ms = TimeReader(parse_zone(zone) if zone is not None else None).read(text, "--start")
    if start_ms is None:
        raise UsageError(f"--start: expected a time such as 2016-06-08T10:00Z, got {text!r}")
    return start_ms


def replay(
    files: Annotated[list[Path], typer.Argument(help="CSV files (.gz too); one node for each.")],
    profile: Annotated[str, typer.Option(help="A shipped profile's name, or a TOML file.")],
    column: Annotated[
        list[str] | None,
        typer.Option("--map", help="COLUMN=CHANNEL, where the name does not tell."),
    ] = None,
    unit: Annotated[
        list[str] | None, typer.Option("--unit", help="COLUMN=UNIT, where the name does not tell.")
    ] = None,
    leg: Annotated[
        list[str] | None, typer.Option("--leg", help="LEG=TIME: a leg that starts at a time.")
    ] = None,
    zone: Annotated[str | None, typer.Option(help="Zone of times without one, as +02:00.")] = None,
    time_format: Annotated[
        str | None, typer.Option(help="Format of times, as strptime has it.")
    ] = None,
    device: Annotated[str | None, typer.Option(help="Take only this device's rows.")] = None,
    rate: Annotated[
        float | None,
        typer.Option(min=0.001, max=10_000, help="Rows per second, for files without times."),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(help="When files that have no date begin; without it they have no clock."),
    ] = None,
    label: Annotated[str, typer.Option(help="A name for people.")] = "",
    keep: Annotated[
        Path | None, typer.Option(help="Keep store, chain state and bundle in this new folder.")
    ] = None,
    speed: Annotated[
        float | None,
        typer.Option(help="Seconds of the recordings per second; else as fast as it goes."),
    ] = None,
    json_out: Annotated[
        Path | None, typer.Option("--json", help="Write the result there; - for stdout.")
    ] = None,
) -> None:
    """Replay recordings as nodes of one shipment, on a chain and gateway of their own.

    Every row is sealed as a reading. A file with three axes of acceleration at 25 rows a second or
    more is a stream: as on a node, bursts around shocks and falls are sealed as handling windows,
    the rest is kept as the peak since the last reading, and the other columns are read once a
    minute. The result says what became of every row.
    """
    from cargoseal.replay.run import replay as replay_files
    from cargoseal.replay.table import render

    if json_out is not None and str(json_out) != "-":
        _check_out(json_out, keep)
    options = Options(
        columns=parse_assignments(column or [], "--map", TARGETS),
        units=parse_assignments(unit or [], "--unit", None),
        zone=zone,
        time_format=time_format,
        device=device,
        rate_hz=rate,
        start_ms=_start_ms(start, zone),
    )
    result = replay_files(
        files,
        profile=load_profile(profile),
        options=options,
        legs=parse_assignments(leg or [], "--leg", None, "leg"),
        label=label,
        keep=keep,
        speed=speed,
        say=lambda text: print(text, file=sys.stderr, flush=True),
    )
    text = json.dumps(result, indent=2, sort_keys=True)
    if json_out is not None and str(json_out) == "-":
        print(text)
        return
    if json_out is not None:
        json_out.write_text(text + "\n", encoding="utf-8")
    print(render(result["rows"]))
