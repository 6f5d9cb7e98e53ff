"""How long a node keeps what nobody fetches, per size of flash, and what a segment wears off.

Run: python tests/bench/bench_spool.py [--json]

Rules
1. Bytes of a segment are those of `bench_wire`: real recordings, 60 readings a segment. A reading a
   minute makes 24 segments a day.
2. How many segments fit is `node.log.room`, which tests/node compares with a spool that is filled.
3. Wear is measured in LittleFS itself over a modelled flash (tests/node/littlefs.py), with nothing
   delivered and with everything delivered; the figures are the worse of both.
4. RAM is what the index of waiting segments takes by its data; with files and what arrays keep free
   it is 17 bytes a segment of 205 (tests/node/test_spool_ram.py).
"""

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tools"), str(ROOT / "firmware")]

from node.log import FILE_BYTES, room  # noqa: E402
from node.spool import Spool  # noqa: E402

from cargoseal_wire.receipt import Receipt  # noqa: E402
from tests.bench.bench_wire import READINGS, measure  # noqa: E402
from tests.node.littlefs import LittleFlash, Nor  # noqa: E402

PER_DAY = 24 * 60 // READINGS
RECORDINGS = ("freezer, a reading a minute", "room C, node 1", "container B (rail)")
# (flash of the board, file system that MicroPython's image leaves on it, spool), MiB
BOARDS = ((4, 2, 0.5), (4, 2, 1.5), (8, 6, 5), (16, 14, 12))
INDEX_BYTES = 7


@dataclass(frozen=True)
class Capacity:
    """A spool for one recording's segments."""

    recording: str
    segment_bytes: int
    flash_mib: int
    files_mib: int
    spool_bytes: int
    segments: int
    days: float
    index_bytes: int


@dataclass(frozen=True)
class Wear:
    """What one segment costs the flash."""

    recording: str
    segment_bytes: int
    handed_bytes: float
    programmed_bytes: float
    erasures: float
    worst_block_per_1000: float


def capacities() -> list[Capacity]:
    sizes = {row.recording: round(row.air * READINGS) for row in measure()}
    found = []
    for recording in RECORDINGS:
        for flash, files, spool in BOARDS:
            size, capacity = sizes[recording], int(spool * 1024 * 1024)
            segments = room(capacity, size)
            days = segments / PER_DAY
            index = segments * INDEX_BYTES
            found.append(
                Capacity(recording, size, flash, files, capacity, segments, days, index)
            )  # fmt: skip
    return found


def wear(recording: str, size: int, count: int = 1500) -> Wear:
    worst = Wear(recording, size, 0, 0, 0, 0)
    for delivered in (True, False):
        nor = Nor(512)
        spool = Spool(LittleFlash(nor), 524288)
        programmed, erased = nor.programmed, sum(nor.erased)
        for counter in range(1, count + 1):
            spool.append(counter, False, bytes(size), bytes(32))
            if delivered:
                spool.release(Receipt(bytes(8), counter, [], 0))
        worst = Wear(
            recording,
            size,
            max(worst.handed_bytes, spool.written_bytes() / count),
            max(worst.programmed_bytes, (nor.programmed - programmed) / count),
            max(worst.erasures, (sum(nor.erased) - erased) / count),
            max(worst.worst_block_per_1000, 1000 * max(nor.erased) / count),
        )
    return worst


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    as_json = parser.parse_args().json
    held = capacities()
    worn = [wear(*pair) for pair in sorted({(row.recording, row.segment_bytes) for row in held})]
    if as_json:
        figures = {"capacity": held, "wear": worn}
        print(json.dumps({key: [asdict(row) for row in rows] for key, rows in figures.items()}))
        return
    print(f"a reading a minute, {READINGS} in a segment; files of {FILE_BYTES} bytes")
    print(
        f"{'recording':<30}{'bytes':>6}{'flash':>7}{'spool_bytes':>13}{'segments':>10}{'days':>7}"
    )
    for row in held:
        print(
            f"{row.recording:<30}{row.segment_bytes:>6}{row.flash_mib:>3} MiB{row.spool_bytes:>13}"
            f"{row.segments:>10}{row.days:>7.0f}  index {row.index_bytes / 1024:.0f} KiB of RAM"
        )
    for cost in worn:
        print(
            f"{cost.recording}: {cost.handed_bytes:.0f} bytes handed over a segment,"
            f" {cost.programmed_bytes:.0f} programmed, {cost.erasures:.2f} blocks erased;"
            f" the most worn block {cost.worst_block_per_1000:.1f} times per 1,000 segments"
        )


if __name__ == "__main__":
    main()
