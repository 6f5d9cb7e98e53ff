"""A battery that runs down, and comes back."""

from node.battery import EMPTY, LOW, SAVING, WELL, BatteryLevel, Limits
from node.clock import WallClock
from node.sensors.battery import BatteryVoltage
from node.sensors.polled import PolledSensors

from cargoseal_wire.constants import BATTERY, TEMPERATURE
from tests.node.both.parts.bus import fails
from tests.node.both.parts.cell import Cell


def measured(cell, switch=None):
    driver = BatteryVoltage(cell, cell.ratio, switch)
    driver.start()
    return driver.read()[BATTERY]


def test_the_voltage_comes_out_within_the_converters_steps():
    for percent in (3, 10, 30, 80, 100):
        cell = Cell(percent)
        assert abs(measured(cell) - cell.millivolts()) <= 4


def test_a_modems_pulses_do_not_count():
    cell = Cell(50)
    cell.pulse = 3
    assert abs(measured(cell) - cell.millivolts()) <= 4


def test_a_wire_that_is_off_or_a_pin_at_its_end_is_an_error():
    cell = Cell(50)
    cell.switched = False
    driver = BatteryVoltage(cell, 2000)
    fails(driver.read)
    cell = Cell(50, ratio_permille=1000)
    driver = BatteryVoltage(cell, 5000)
    fails(driver.read)


def test_a_switched_divider_is_on_only_while_it_is_measured():
    cell = Cell(50)
    cell.switched = False
    driver = BatteryVoltage(cell, 2000, cell.switch)
    driver.start()
    assert cell.switched
    assert abs(driver.read()[BATTERY] - cell.millivolts()) <= 4
    assert not cell.switched
    driver.start()
    cell.percent = 0
    cell.milliohm = 10**6
    cell.load_ma = 3
    fails(driver.read)
    assert not cell.switched


def levels(target, *millivolts):
    out = []
    for value in millivolts:
        target.note(value)
        out.append(target.level)
    return out


def test_a_level_is_left_downwards_after_three_in_a_row():
    battery = BatteryLevel(Limits(), WELL)
    assert levels(battery, 3500, 3490, 3501, 3500, 3499, 3400) == [WELL] * 5 + [LOW]
    assert levels(battery, 3350, 3340, 3300) == [LOW, LOW, SAVING]
    assert levels(battery, 2900, 2900, 2900) == [SAVING, SAVING, EMPTY]


def test_a_level_is_left_upwards_only_well_above_it():
    battery = BatteryLevel(Limits(), SAVING)
    assert levels(battery, *[3500] * 10) == [SAVING] * 10
    assert levels(battery, 3501, 3501, 3501) == [SAVING, SAVING, LOW]
    assert levels(battery, *[3650] * 10) == [LOW] * 10
    assert levels(battery, 3651, 3651, 3651) == [LOW, LOW, WELL]


def test_a_sudden_end_goes_all_the_way_at_once():
    battery = BatteryLevel(Limits(), WELL)
    assert levels(battery, 2900, 2900, 2900) == [WELL, WELL, EMPTY]
    assert levels(battery, 4200, 4200, 4200) == [EMPTY, EMPTY, WELL]


def test_what_is_allowed_at_each_level():
    for level, slower, satellites, radio, measures in (
        (WELL, 1, True, True, True),
        (LOW, 4, False, True, True),
        (SAVING, 12, False, False, True),
        (EMPTY, 60, False, False, False),
    ):
        battery = BatteryLevel(Limits(), level)
        assert battery.slower() == slower and battery.satellites() == satellites
        assert battery.radio() == radio and battery.measures() == measures


def test_after_a_power_cut_the_first_measurement_must_be_well_above():
    for millivolts, level in (
        (3600, LOW),
        (3660, WELL),
        (3400, SAVING),
        (3150, EMPTY),
        (3260, SAVING),
    ):
        battery = BatteryLevel(Limits())
        battery.note(millivolts)
        assert battery.level == level, millivolts


def test_limits_in_the_wrong_order_are_refused():
    for wrong in ({"low_mv": 3000}, {"empty_mv": 3400}, {"empty_mv": 0}, {"hysteresis_mv": -1}):
        try:
            Limits(**wrong)
        except ValueError:
            continue
        raise AssertionError(wrong)


class Thermometer:
    channels = (TEMPERATURE,)
    settle_ms = 0
    reads = 0

    def start(self):
        pass

    def read(self):
        self.reads += 1
        return {TEMPERATURE: 500}


def node(cell, level=None):
    battery = BatteryLevel(Limits(), level)
    thermometer = Thermometer()
    drivers = [thermometer, BatteryVoltage(cell, cell.ratio)]
    return thermometer, battery, PolledSensors(drivers, WallClock(), 60000, battery=battery)


def days(sensors, hours, start=0):
    """Readings of so many hours, and when it ended."""
    readings = []
    now = start
    while now < start + hours * 3600000:
        readings += sensors.poll(now)
        now = max(now + 1, sensors.wake(now))
    return readings, now


def test_a_discharge_goes_through_all_levels_and_a_charge_back_by_itself():
    cell = Cell(80)
    thermometer, battery, sensors = node(cell)
    now, counts, told = 0, [], []
    for cell.percent in (80, 15, 8, 3, 3, 9, 18, 80, 80):
        readings, now = days(sensors, 5, now)
        counts.append(len(readings))
        told.append((battery.level, sensors.radio(), sensors.measures()))
    assert [level for level, _, _ in told] == [
        WELL,
        LOW,
        SAVING,
        EMPTY,
        EMPTY,
        SAVING,
        LOW,
        WELL,
        WELL,
    ]
    assert told[2][1:] == (False, True) and told[3][1:] == (False, False)
    assert counts[0] == 300 and 75 <= counts[1] <= 80 and 25 <= counts[2] <= 34
    assert counts[4] == 0 and counts[8] == 300
    before = thermometer.reads
    cell.percent = 3
    days(sensors, 30, now)
    _, now = days(sensors, 30, now)
    assert thermometer.reads - before < 60, "an empty battery measures nothing but itself"


def test_a_node_that_comes_back_from_deep_discharge_does_not_start_its_radio_at_once():
    cell = Cell(6, milliohm=300)  # 3150 mV: a radio at 300 mA would pull it to 3060
    _, battery, sensors = node(cell)
    levels_seen = []
    now = 0
    for _ in range(20):
        _, now = days(sensors, 2, now)
        levels_seen.append(battery.level)
        cell.load_ma = 300 if sensors.radio() else 5
        cell.percent = min(60, cell.percent + 3)  # it is being charged
    assert levels_seen[0] == EMPTY and levels_seen[-1] == WELL
    ups = [b - a for a, b in zip(levels_seen, levels_seen[1:])]  # noqa: B905, RUF007
    assert max(ups) == 0, "once it is back it stays"


def test_a_battery_that_cannot_be_measured_is_a_fault_and_changes_nothing():
    cell = Cell(80)
    _, battery, sensors = node(cell)
    readings, now = days(sensors, 1)
    cell.switched = False
    readings, now = days(sensors, 1, now)
    assert {reading.faults for reading in readings} == {1 << BATTERY}
    assert all(BATTERY not in reading.values for reading in readings)
    assert battery.level == WELL
    cell.switched = True
    readings, _ = days(sensors, 1, now)
    assert readings[-1].faults == 0
