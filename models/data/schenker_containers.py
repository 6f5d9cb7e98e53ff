"""Freight containers at sea and on rail (DB Schenker 2016): climate, shocks, door, mount.

No labels: what door, mount and shock columns say is in the channels. One file is one device.
"""

from pathlib import Path

from cargoseal.replay.rows import Options
from models.data.logger import Origin, files, read, recording, stem
from models.data.recording import Recording

ORIGIN = Origin("schenker_containers", "none stated in the mirror at hand", Options())


def load(folder: Path) -> list[Recording]:
    """Return one recording per device."""
    out = []
    for path in files(folder, "device_*.csv.gz"):
        device = stem(path).removeprefix("device_")
        out.append(recording(read(path, ORIGIN), ORIGIN, stem(path), device))
    return out
