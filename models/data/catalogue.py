"""The sets of recordings there are: whose they are, what they may be used for, how they are split.

Rules
1. A set lies in a folder of its name, beside a MANIFEST.sha256 of all files: DATA/<set>/…, laid out
   like ../shared/data/public. Its loader is the module of its name in `models.data`.
2. Before a set is loaded its files are compared with the manifest. Without a manifest nothing is
   compared, and `checked` says so.
3. `may_train` needs both a licence that allows it and a part that is given for training. Nothing
   below `public` trains a shipped model or sets its thresholds; what was settled while scores on it
   were in view is told in `models/evaluate/reading.py`.
4. A split is between whole devices, shipments, rides or series, never between rows.
"""

import hashlib
import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cargoseal.replay.errors import RecordingError
from models.data.recording import MissingSetError
from models.data.table import read_text

MANIFEST = "MANIFEST.sha256"


@dataclass(frozen=True)
class Entry:
    """What is known of a set before it is read."""

    name: str
    licence: str
    may_train: bool
    split: str  # the unit that is never divided
    about: str


_ENTRIES = (
    Entry(
        "schenker_containers",
        "none stated in the mirror; the owner's portal (closed) is remembered as CC BY 4.0",
        False,
        "device",
        "freight containers at sea and on rail",
    ),
    Entry("freezer_celsi", "none stated", False, "record", "a working freezer at -19 degC"),
    Entry(
        "freezer_door_battery_sample",
        "none stated for the data",
        False,
        "node",
        "a freezer's node from its commissioning on",
    ),
    Entry(
        "room_climate_doors",
        "called open by its authors, no licence text",
        False,
        "session in a location",
        "rooms with people, doors as ground truth",
    ),
    Entry(
        "labelled_wsn_suthaharan",
        "ODC-By 1.0, contents CC BY 4.0",
        False,
        "mote",
        "motes with hot water vapour as labelled events",
    ),
    Entry("nab_temperature", "MIT", False, "series", "two labelled temperature series"),
    Entry(
        "bosch_xdk_box", "none stated", False, "session", "a box thrown, handled and driven about"
    ),
    Entry("phone_freefall", "CC0 1.0", True, "fall", "a phone dropped and thrown up"),
    Entry("road_anomalies_50hz", "none stated", False, "series", "cars over bumps and potholes"),
    Entry("transit_vibration_500hz", "none stated", False, "ride", "floors of trams and buses"),
    Entry("skab", "GPL-3.0", False, "file", "water loop testbed, the benchmark's own protocol"),
    Entry("gps_delivery_amazon", "CC BY 4.0", True, "track", "delivery agents, positions only"),
    Entry("gps_gotrack", "none in the mirror", False, "track", "trips, positions only"),
)
CATALOGUE = {entry.name: entry for entry in _ENTRIES}


def load(data: Path, name: str) -> Any:
    """Return a set's recordings, checked against the manifest. For `skab` its own shape.

    MissingSetError where DATA has no such folder; RecordingError for files that are not as they
    should be.
    """
    folder = data / CATALOGUE[name].name
    if not folder.is_dir():
        raise MissingSetError(folder)
    checked(data, name)
    return importlib.import_module(f"models.data.{name}").load(folder)


def checked(data: Path, name: str) -> dict[str, str]:
    """Return file -> SHA-256 of a set's files, after comparing them with the manifest.

    Empty where DATA has no manifest. RecordingError for a file that differs or is absent.
    """
    wanted = manifest(data, name)
    for file, digest in wanted.items():
        path = data / file
        if not path.is_file():
            raise RecordingError(str(path), f"a file with SHA-256 {digest}", "no file")
        got = hashlib.sha256(path.read_bytes()).hexdigest()
        if got != digest:
            raise RecordingError(str(path), f"SHA-256 {digest}", got)
    return wanted


def manifest(data: Path, name: str) -> dict[str, str]:
    """Return file (`set/file`) -> SHA-256 as the manifest has it; empty without a manifest."""
    path = data / MANIFEST
    if not path.exists():
        return {}
    out = {}
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        digest, _, file = line.partition("  ")
        if len(digest) != 64 or not file:
            raise RecordingError(f"{path}: line {number}", "SHA-256, two blanks, file", repr(line))
        if file.removeprefix("./").startswith(f"{name}/"):
            out[file.removeprefix("./")] = digest
    return out
