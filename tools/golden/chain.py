"""A node's chain: one provable gap, one jump of the counter over numbers that were never sealed."""

from typing import Any

from cargoseal_wire import constants as c
from cargoseal_wire.segment import Segment, seal_digest
from golden import world
from golden.world import following, sealed


def build() -> dict[str, Any]:
    made = _sealed_in_order()
    kept = [segment for counter, segment in made if counter != 4]
    return {
        "world": world.described(),
        "about": "counters 1 2 3 5 6 64 65 of node one; 4 was sealed and is not here; "
        "7 to 63 were reserved and lost in a power cut, never sealed",
        "counters": [counter for counter, _ in made if counter != 4],
        "gaps": [[3, 5]],
        "skipped": [[6, 64]],
        "segments": [segment.encode().hex() for segment in kept],
        "seal_digests": [seal_digest(segment.seal).hex() for segment in kept],
        "missing": next(segment for counter, segment in made if counter == 4).encode().hex(),
        "broken_link": _broken_link().encode().hex(),
    }


def _sealed_in_order() -> list[tuple[int, Segment]]:
    made: list[tuple[int, Segment]] = []
    for counter in (1, 2, 3, 4, 5, 6, 64, 65):
        second_boot = counter >= 64
        segment = sealed(
            f"chain {counter}",
            counter=counter,
            boot=2 if second_boot else 1,
            start_ms=world.START_MS + 180_000 * counter,
            uptime_ms=5_000 + 180_000 * (counter - 64 if second_boot else counter),
            previous=following(made[-1][1]) if made else c.NO_SEGMENT,
            flags=c.FLAG_REBOOTED | c.FLAG_COUNTER_SKIPPED if counter == 64 else 0,
        )
        made.append((counter, segment))
    return made


def _broken_link() -> Segment:
    """Counter 2 again, well sealed, but it names another seal before it than counter 1's."""
    return sealed("broken", counter=2, previous=world.fixed("another seal"))
