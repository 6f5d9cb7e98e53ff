"""What features and score cost on the interpreter that runs this (tests/bench/bench_score.py)."""

import time

from cargoseal_score import blob, features, infer


def now_us():
    """Microseconds, by a clock that only differences are taken of."""
    if hasattr(time, "ticks_us"):
        return time.ticks_us()
    return time.perf_counter_ns() // 1000


def cost(hexadecimal, offsets_ms, columns, rounds):
    """[microseconds of a window's features, of its input's score], the mean of the rounds.

    The clock of the WebAssembly build counts milliseconds: many rounds, then one division.
    """
    model = blob.load(bytes.fromhex(hexadecimal))
    known = {channel: values for channel, values in columns}
    began = now_us()
    for _ in range(rounds):
        row = features.extract(model, offsets_ms, known)
    made = now_us()
    for _ in range(rounds):
        infer.score(model, row)
    return [(made - began) / rounds, (now_us() - made) / rounds]
