"""A working freezer at about -19 degC: every minute, and a second record every 10 minutes.

No labels. The second record's name at its source counts four peaks, and they are seen.
"""

from pathlib import Path

from cargoseal.replay.rows import Options
from models.data.logger import Origin, files, read, recording, stem
from models.data.recording import Recording

ORIGIN = Origin("freezer_celsi", "none stated", Options())


def load(folder: Path) -> list[Recording]:
    """Return one recording per file, each its own device."""
    return [
        recording(read(path, ORIGIN), ORIGIN, stem(path), stem(path))
        for path in files(folder, "*.csv.gz")
    ]
