"""The spool on the board's own file system: what it wears off, and the power cut inside LittleFS.

Quick: the power is cut at some 200 of the bytes that LittleFS programs, evenly spread; with
CARGOSEAL_THOROUGH=1 at every single one.
"""

import os
from collections.abc import Callable

import pytest
from node.log import FILE_BYTES
from node.spool import Spool

from cargoseal_wire.receipt import Receipt
from tests.node.both.world import PowerCut
from tests.shared_data import absent

try:
    from tests.node.littlefs import LittleFlash, Nor
except ImportError:
    absent("littlefs-python")

SEGMENT = 205  # a climate segment; tools/spool.py measures it
CAPACITY = 65536
ENDURANCE = 100_000  # erasures per block, in the data sheets of the flash chips on ESP32 boards


def data(counter: int, size: int = SEGMENT) -> bytes:
    return bytes([counter & 255]) * size


def fill(spool: Spool, counters: range, urgent: tuple[int, ...] = ()) -> None:
    for counter in counters:
        spool.append(counter, counter in urgent, data(counter), bytes(32))


def held(spool: Spool) -> dict[int, bytes]:
    return {entry.counter: spool.read(entry.counter) for entry in spool.entries()}


def receipt(contiguous: int) -> Receipt:
    return Receipt(bytes(8), contiguous, [], 0)


@pytest.mark.parametrize("delivered_every", [1, 24, 0], ids=["at once", "daily", "never"])
def test_a_segment_costs_about_one_erasure_spread_over_the_whole_flash(
    delivered_every: int,
) -> None:
    """2 MiB of file system with a spool of 512 kB, which overflows when nothing is delivered."""
    nor = Nor(512)
    spool = Spool(LittleFlash(nor), 524288)
    programmed, erased, count = nor.programmed, sum(nor.erased), 3000
    for counter in range(1, count + 1):
        spool.append(counter, False, data(counter), bytes(32))
        if delivered_every and counter % delivered_every == 0:
            spool.release(receipt(counter))
    handed = spool.written_bytes() / count
    per_segment = (nor.programmed - programmed) / count
    erasures = (sum(nor.erased) - erased) / count
    years = ENDURANCE / (max(nor.erased) / count) / 24 / 365
    print(
        f"a segment of {SEGMENT} bytes: {handed:.0f} bytes handed to the file system,"
        f" {per_segment:.0f} programmed ({per_segment / handed:.1f} times), {erasures:.2f} blocks"
        f" erased; most worn block {max(nor.erased)} erasures of {sum(nor.erased)};"
        f" {years:.0f} years at 24 a day"
    )
    assert handed < SEGMENT + 18
    assert per_segment < 11 * handed  # half a block is copied at each append, on the average
    assert erasures < 1.1
    assert max(nor.erased) < 5 * sum(nor.erased) / len(nor.erased)
    assert years > 100
    assert (spool.dropped > 0) == (delivered_every == 0)


def cuts(total: int) -> range:
    """About 200 of them, or all."""
    return range(0, total + 1, 1 if os.environ.get("CARGOSEAL_THOROUGH") else total // 200)


def every_cut(
    image: bytes,
    act: Callable[[Spool, list[int]], None],
    check: Callable[[dict[int, bytes], list[int]], None],
) -> int:
    """Runs `act` on a copy of the image for every cut; `check` gets what a start finds after it,
    and what `act` had noted as done. How many cuts that were."""
    probe = flash_of(image)
    act(Spool(LittleFlash(probe), CAPACITY), [])
    total = probe.programmed + sum(probe.erased)
    for cut in cuts(total):
        nor = flash_of(image)
        flash = LittleFlash(nor)
        nor.left = cut
        done: list[int] = []
        try:
            act(Spool(flash, CAPACITY), done)
        except PowerCut:
            pass
        after = flash_of(bytes(nor.buffer))
        spool = Spool(LittleFlash(after), CAPACITY)
        check(held(spool), done)
        spool.append(9999, False, data(15), bytes(32))
        assert 9999 in held(spool)
    return len(cuts(total))


def flash_of(image: bytes) -> Nor:
    nor = Nor(len(image) // 4096)
    nor.buffer[:] = image
    nor.erased[0] = 1  # it was used before
    return nor


def test_the_power_cut_inside_littlefs_loses_no_segment_that_was_durable() -> None:
    nor = Nor(32)
    fill(Spool(LittleFlash(nor), CAPACITY), range(1, 31))

    def act(spool: Spool, done: list[int]) -> None:
        for counter in range(31, 40):
            fill(spool, range(counter, counter + 1))
            done.append(counter)
        spool.release(receipt(35))

    def check(found: dict[int, bytes], done: list[int]) -> None:
        for counter, body in found.items():
            assert body == data(counter)
        assert set(range(36, 40)) & set(done) <= set(found)
        if 39 not in done:
            assert set(range(1, 31)) | set(done) <= set(found)
            assert max(found) <= max([30, *done]) + 1

    print(f"{every_cut(bytes(nor.buffer), act, check)} cuts inside LittleFS while appending")


def test_the_power_cut_inside_littlefs_while_room_is_made_loses_no_alarm() -> None:
    nor = Nor(32)
    spool = Spool(LittleFlash(nor), CAPACITY)
    urgent = (3, 20)
    counter = 0
    while not spool.dropped:
        counter += 1
        image = bytes(nor.buffer)
        before = set(held(spool)) if counter > 200 else set()
        fill(spool, range(counter, counter + 1), urgent)
    left = set(held(spool))
    gone = before - left
    assert len(gone) > FILE_BYTES // 300 and not gone & {3, 20}

    def act(spool: Spool, done: list[int]) -> None:
        fill(spool, range(counter, counter + 1))
        done.append(counter)

    def check(found: dict[int, bytes], done: list[int]) -> None:
        assert before - gone <= set(found) and set(done) <= set(found)
        assert found[3] == data(3) and found[20] == data(20)

    print(f"{every_cut(image, act, check)} cuts inside LittleFS while room is made")
