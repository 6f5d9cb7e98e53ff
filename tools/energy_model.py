"""How long a battery lasts: currents of the parts' data sheets times how long each is drawn.

Rules
1. Every input is a value with its source; nothing is measured here. Currents are the data sheets'
   typical ones at 25 °C and 3.3 V (modems: 3.8 V), times are stated assumptions, marked as such.
2. A day is a sum of charges: asleep, starts and samples, the work of a window, uploads. Charges at
   different voltages are added as they are: the battery feeds a linear regulator.
3. `usable` takes off what a cell does not give: cold, ageing, the last volts. Self-discharge is
   counted on top of the node's own current.
"""

from dataclasses import dataclass

DAY_S = 86400
MONTHS = 12
HOURS_A_YEAR = 8766


@dataclass(frozen=True)
class Value:
    """One input: a number, its unit, and where it comes from."""

    number: float
    unit: str
    source: str


@dataclass(frozen=True)
class Link:
    """What one upload takes: seconds at a current, on top of the chip's own."""

    name: str
    find_s: Value  # from switching on to a connection with the broker
    find_ma: Value
    send_s: Value  # handshake, segments, receipts
    send_ma: Value
    off_ua: Value  # between uploads


@dataclass(frozen=True)
class Node:
    """The chip and its sensors."""

    sleep_ua: Value
    run_ma: Value
    start_s: Value
    noise_s: Value
    noise_ma: Value
    sample_s: Value
    sensors_ua: Value
    sample_uas: Value
    instructions_per_s: Value


@dataclass(frozen=True)
class Profile:
    """What the node does. `window_instructions`: from features to spool."""

    sample_s: float = 300
    upload_s: float = 3600
    readings_per_window: int = 12
    window_instructions: float = 6_000_000


@dataclass(frozen=True)
class Battery:
    """A cell, or several side by side."""

    capacity_mah: float = 3400
    usable: float = 0.8
    self_discharge_per_month: float = 0.02


NODE = Node(
    sleep_ua=Value(5, "µA", "ESP32-C3 data sheet: deep sleep, RTC timer and RTC memory on"),
    run_ma=Value(28, "mA", "ESP32-C3 data sheet: CPU running at 160 MHz, radio off"),
    start_s=Value(0.6, "s", "assumed: boot loader, MicroPython, imports of frozen modules"),
    noise_s=Value(0.15, "s", "assumed: at each start the radio is on for random numbers"),
    noise_ma=Value(87, "mA", "ESP32-C3 data sheet: receiving"),
    sample_s=Value(0.05, "s", "assumed: conversions of SHT4x (8.3 ms) and BMP390, and bytecode"),
    sensors_ua=Value(
        12.4, "µA", "data sheets, idle or watching: LIS2DH12 low power at 100 Hz 10, OPT3001 "
        "shut down 0.3, SHT4x 0.1, BMP390 asleep 2"
    ),
    sample_uas=Value(10, "µA s", "SHT4x 320 µA for 8.3 ms, BMP390 0.7 mA for 10 ms (data sheets)"),
    instructions_per_s=Value(100e6, "1/s", "assumed: 160 MHz at 1.6 cycles per instruction"),
)  # fmt: skip

WIFI = Link(
    "Wi-Fi",
    find_s=Value(3, "s", "assumed: scan, association, DHCP"),
    find_ma=Value(87, "mA", "ESP32-C3 data sheet: receiving, 802.11n HT40"),
    send_s=Value(2.5, "s", "assumed: TCP, TLS with client certificate, segments, receipt"),
    send_ma=Value(
        120, "mA", "ESP32-C3 data sheet: 335 sending, 87 receiving; 13 % sending assumed"
    ),
    off_ua=Value(0, "µA", "part of the chip"),
)
LTE_M = Link(
    "LTE-M (PPP)",
    find_s=Value(20, "s", "assumed: modem's start, registration, PPP"),
    find_ma=Value(60, "mA", "SIM7000 hardware design: 11 idle to 167 sending; mix assumed"),
    send_s=Value(10, "s", "assumed: TLS over PPP, segments, receipt"),
    send_ma=Value(167, "mA", "SIM7000 hardware design: LTE data at 23 dBm (worst case)"),
    off_ua=Value(7, "µA", "SIM7000 hardware design: powered off"),
)
GPRS = Link(
    "2G (PPP)",
    find_s=Value(20, "s", "assumed: modem's start, registration, PPP"),
    find_ma=Value(80, "mA", "assumed; SARA-G450 manual shows 60 to 120 between bursts"),
    send_s=Value(15, "s", "assumed: TLS over PPP at GPRS speed, segments, receipt"),
    send_ma=Value(300, "mA", "SARA-G450 manual: bursts of 1.6 A one quarter of the time, at most"),
    off_ua=Value(30, "µA", "assumed: modem switched off by its power key"),
)
LINKS = (WIFI, LTE_M, GPRS)


@dataclass(frozen=True)
class Budget:
    """Charges of a day in mAh, and how many days that is."""

    asleep: float
    sensors: float
    starts: float
    windows: float
    uploads: float
    days: float

    @property
    def total(self) -> float:
        return self.asleep + self.sensors + self.starts + self.windows + self.uploads


def budget(profile: Profile, link: Link, battery: Battery, node: Node = NODE) -> Budget:
    """A day of this profile over this link."""
    samples = DAY_S / profile.sample_s
    uploads = DAY_S / profile.upload_s
    windows = samples / profile.readings_per_window
    run_ma = node.run_ma.number
    start_s = samples * (node.start_s.number + node.sample_s.number)
    window_s = windows * profile.window_instructions / node.instructions_per_s.number
    upload_s = uploads * (link.find_s.number + link.send_s.number)
    asleep_s = max(0.0, DAY_S - start_s - window_s - upload_s)
    radio = link.find_s.number * link.find_ma.number + link.send_s.number * link.send_ma.number
    chip = 0.0 if link is WIFI else run_ma * (link.find_s.number + link.send_s.number)
    made = {
        "asleep": asleep_s * (node.sleep_ua.number + link.off_ua.number) / 1000,
        "sensors": (DAY_S * node.sensors_ua.number + samples * node.sample_uas.number) / 1000,
        "starts": start_s * run_ma + samples * node.noise_s.number * node.noise_ma.number,
        "windows": window_s * run_ma,
        "uploads": uploads * (radio + chip),
    }
    hours = {name: charge / 3600 for name, charge in made.items()}
    lost = battery.capacity_mah * battery.self_discharge_per_month * MONTHS / HOURS_A_YEAR * 24
    days = battery.capacity_mah * battery.usable / (sum(hours.values()) + lost)
    return Budget(days=days, **hours)
