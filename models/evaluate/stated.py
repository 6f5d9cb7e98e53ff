"""A statement as an honest node makes it, of which attacks change something."""

from cargoseal_wire import constants as c
from cargoseal_wire.statement import Statement

UNSAID = bytes(32)  # a digest that nobody looks at


def stated(
    node: bytes,
    counter: int,
    previous: bytes,
    start_ms: int,
    offsets_ms: list[int],
    *,
    uptime_ms: int = 0,
    kind: int = c.CLIMATE,
    audience: bytes = UNSAID,
    model: bytes = UNSAID,
    digests: tuple[bytes, bytes, bytes] = (UNSAID, UNSAID, UNSAID),
) -> Statement:
    """Return what a node with a sound clock says of a window. `digests`: claim, readings, location.

    Times in ms; `start_ms` is Unix time, `offsets_ms` those of the readings, the first 0.
    """
    return Statement(
        audience=audience,
        node=node,
        previous=previous,
        model=model,
        claim_digest=digests[0],
        readings_digest=digests[1],
        location_digest=digests[2],
        kind=kind,
        boot=1,
        counter=counter,
        start_ms=start_ms,
        uptime_ms=uptime_ms,
        duration_ms=offsets_ms[-1],
        clock_source=c.GNSS,
        clock_error_ms=1000,
        count=len(offsets_ms),
        dropped=0,
        flags=0,
        application=0,
        configuration=0,
    )
