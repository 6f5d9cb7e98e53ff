"""The node's heap in real MicroPython: a whole cycle step by step, and a thousand of them (ten
thousand with CARGOSEAL_THOROUGH=1).

`gc.mem_alloc()` is asked after each step, when what is garbage has gone: bytes above what the node
takes when it has booted and delivered once. How much passes through the heap within a step with
machine code for kernels is counted by tests/bench (allocated_bytes): the bytecode of a signature
alone makes 800 kB of garbage, which no step of an ESP32 does.
"""

import json
import os
from collections.abc import Iterator, Sequence
from typing import Any

from tests.micropython import host
from tests.shared_data import ROOT

FILE = "tests/node/both/heap.py"
HEAP_KIB = 16 * 1024
PEAK_BYTES = 40_000
READINGS = 60
CYCLES = 10_000
AT_ONCE = 50
SETTLING = 600
TABLES_BYTES = 2048  # dictionaries that double once they have seen enough keys come and go
LEAK_BYTES = 100  # over the second half: one byte in five cycles, in fifty of ten thousand


def asked(calls: Sequence[Sequence[Any]]) -> Iterator[Any]:
    return host.results(FILE, "do", calls, HEAP_KIB, 1)


def settled(*calls: Sequence[Any]) -> list[Sequence[Any]]:
    """Each call, and then what is held when its garbage has gone."""
    return [part for call in calls for part in (call, ["collect"], ["held"])]


def test_no_step_of_a_cycle_holds_more_than_forty_kilobytes() -> None:
    steps: list[Sequence[Any]] = [["read", 1]] * (READINGS - 1)
    steps += [["read", 1], *[["sense"]] * 2, *[["link"]] * 30, ["settle"], ["forget"]]
    calls = [["start", READINGS], ["collect"], ["mark"], *settled(*steps), ["pending"]]
    answers = list(asked(calls))
    held = answers[5:-1:3]
    assert len(held) == len(steps)
    assert answers[-1] == [0, 0, 2], "the cycle was whole: sealed, sent, receipted"
    assert max(held) > 5_000, "the window is in RAM before it is sealed"
    assert max(held) <= PEAK_BYTES
    assert held[-1] <= PEAK_BYTES // 10
    passed = answers[3:-1:3]
    assert max(passed[: READINGS - 1]) <= PEAK_BYTES, "a reading with all its garbage"


def test_thousands_of_cycles_leave_nothing_behind() -> None:
    """A thousand without CARGOSEAL_THOROUGH. In the first half dictionaries still grow to their
    size, the last one at about the 850th cycle; over the second nothing may grow. A hash stands in
    for the signature, which is in the cycle of the test above and in tests/fleet."""
    count = CYCLES if os.environ.get("CARGOSEAL_THOROUGH") else CYCLES // 10
    calls: list[Sequence[Any]] = [["start", 1, True], ["cycles", SETTLING, 1], ["collect"]]
    calls.append(["mark"])
    for _ in range(count // AT_ONCE):
        calls += [["cycles", AT_ONCE, 1], ["collect"], ["held"]]
    answers = list(asked(calls))
    held = answers[6::3]
    assert answers[-3] == count + SETTLING + 1
    half = held[len(held) // 2 :]
    assert max(half) - half[0] <= LEAK_BYTES, held
    assert max(held) <= TABLES_BYTES, held


def test_with_machine_code_a_whole_window_passes_less_through_the_heap_than_it_may_hold() -> None:
    """So it never needs a collection in between, however large its garbage."""
    record = ROOT / "tests/bench/firmware.json"
    window = json.loads(record.read_text())["window"]["climate"]
    assert 0 < window["allocated_bytes"] <= PEAK_BYTES
