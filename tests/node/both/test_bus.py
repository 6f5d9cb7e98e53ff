"""A bus that hangs is clocked free; what parts have in common."""

from node.sensors.bus import ClearingBus, Frozen, clear, crc8
from node.sensors.samples import Doubt, lay

from tests.node.both.parts.bus import NO_ACK, TIMED_OUT, Bus, Registers, fails


def nothing():
    pass


class Part(Registers):
    RESET = {0: 7, 1: 8}  # noqa: RUF012


def clearing(bus):
    made = []

    def make():
        made.append(bus)
        return bus

    return ClearingBus(make, lambda: clear(*bus.lines(), nothing)), made


def test_a_part_that_hangs_in_any_bit_is_clocked_out_of_it():
    for pulses in range(1, 10):
        bus = Bus()
        bus.wires.stuck = pulses
        assert clear(*bus.lines(), nothing)
        assert bus.wires.pulses >= pulses and bus.wires.stops == 1


def test_a_bus_that_is_free_gets_no_clock_but_a_stop():
    bus = Bus()
    assert clear(*bus.lines(), nothing)
    assert bus.wires.pulses == 1 and bus.wires.stops == 1


def test_a_part_that_never_lets_go_is_given_up_after_nine_clocks():
    bus = Bus()
    bus.wires.stuck = -1
    assert not clear(*bus.lines(), nothing)
    assert bus.wires.pulses <= 10


def test_a_hanging_bus_fails_one_transfer_of_each_kind_and_works_again():
    for act, arguments in (
        ("writeto", (0x20, b"\x00")),
        ("readfrom", (0x20, 1)),
        ("writeto_mem", (0x20, 1, b"\x09")),
        ("readfrom_mem", (0x20, 0, 2)),
    ):
        bus = Bus()
        bus.put(0x20, Part())
        freed, made = clearing(bus)
        bus.wires.stuck = 4
        assert fails(getattr(freed, act), *arguments) == TIMED_OUT
        getattr(freed, act)(*arguments)
        assert freed.cleared == 1 and len(made) == 2


def test_an_absent_part_is_no_reason_to_clock_the_bus():
    bus = Bus()
    freed, made = clearing(bus)
    assert fails(freed.readfrom_mem, 0x20, 0, 1) == NO_ACK
    assert freed.cleared == 0 and len(made) == 1 and bus.wires.pulses == 0


def test_a_bus_that_stays_stuck_is_tried_at_every_transfer_and_never_for_long():
    bus = Bus()
    bus.put(0x20, Part())
    freed, _ = clearing(bus)
    bus.wires.stuck = -1
    for _ in range(5):
        assert fails(freed.readfrom_mem, 0x20, 0, 1) == TIMED_OUT
    assert freed.cleared == 5 and bus.wires.pulses <= 50
    bus.wires.stuck = 0
    assert freed.readfrom_mem(0x20, 0, 2) == b"\x07\x08"


def test_frozen_counts_only_what_comes_in_a_row():
    frozen = Frozen(3)
    for value in (1, 1, 2, 2, 1, 1):
        frozen.check(value)
    fails(frozen.check, 1)
    fails(frozen.check, 1)
    frozen.check(2)


def test_check_bytes_are_those_of_the_catalogue():
    assert crc8(b"123456789", 0x31) == 0xF7  # CRC-8/NRSC-5
    assert crc8(b"123456789", 0x1D) ^ 0xFF == 0x4B  # CRC-8/SAE-J1850


def test_samples_are_laid_evenly_up_to_the_last():
    data = bytes(range(24))
    times = [sample[0] for sample in lay(data, 1000, 40, int)]
    assert times == [970, 980, 990, 1000]
    assert lay(data, 1000, 40, int)[0][1:] == (0x0100, 0x0302, 0x0504)
    assert lay(b"", 1000, 0, int) == []


def test_a_rest_is_believed_at_one_g_and_doubted_at_any_other_weight():
    for axes, coarse, noisy in (
        ((0, 0, 1000), False, True),
        ((-700, 700, 200), False, True),
        ((0, 0, 0), True, True),
        ((0, 0, 400), True, True),
        ((0, 0, 2000), True, True),
        ((2000, 0, 0), True, True),
        ((0, -2000, 0), True, True),
        ((-24576, -24576, -24576), True, True),
    ):
        for noise, expected in ((False, coarse), (True, noisy)):
            doubt = Doubt(10, noise)
            samples = [(0,) + axes] * 16  # noqa: RUF005  MicroPython
            told = [doubt.impossible(b"abcdef" * 16, samples) for _ in range(40)]
            assert told[-1] == expected, (axes, noise)
            assert not any(told[:12])


def test_one_other_sample_ends_the_doubt():
    doubt = Doubt(10, False)
    samples = [(0, 0, 0, 0)] * 16
    for _ in range(12):
        assert not doubt.impossible(bytes(96), samples)
    assert not doubt.impossible(bytes(90) + b"\x01" + bytes(5), samples)
    for _ in range(12):
        assert not doubt.impossible(bytes(96), samples)
    assert not doubt.impossible(b"\x01" + bytes(95), samples), "another one at the beginning"
    for _ in range(12):
        assert not doubt.impossible(bytes(96), samples)
    assert [doubt.impossible(bytes(96), samples) for _ in range(3)][-1]
