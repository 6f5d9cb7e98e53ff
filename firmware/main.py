"""Starts the node on a board: reads /board.json and /config.json, wires the parts, steps for ever.

`board.json`: "wifi" and "password", the I2C pins "scl" and "sda", "accelerometer" (the address of
a LIS2DH12 or LIS3DH, 24 or 25; without it there are no handling windows), and until the key exists
"entropy" (hexadecimal, from the enrolling host). `config.json` is what `cargoseal node enroll`
gave for this node's public key; without it the node says its public key and stops.
`models/<digest>.blob`: a model that `config.json` names without giving it.
The sensor set is an SHT4x on I2C 0, and the accelerometer.
"""

import binascii
import time

import machine
from node import keystore
from node.app import App
from node.clock import WallClock
from node.config import Config
from node.files import FileFlash
from node.ports import esp32
from node.sensors.lis2dh12 import Lis2dh12
from node.sensors.polled import PolledSensors
from node.sensors.sht4x import Sht4x

WATCHDOG_MS = 60000
LONGEST_SLEEP_MS = 250  # the transport cannot wake the node: it is looked at this often


def main() -> None:
    """Returns only when the node is not enrolled. A failure leaves as an exception; the watchdog
    then restarts the board."""
    board = esp32.read_json("/board.json")
    wifi = esp32.Wifi(board["wifi"], board["password"])  # the radio feeds the random generator
    nvs = esp32.BoardNvs()
    entropy = binascii.unhexlify(board.get("entropy", ""))
    key = keystore.open_key(nvs, esp32.random_bytes, entropy)
    print("public key", binascii.hexlify(key.public_key).decode(), keystore.origin(nvs).decode())
    try:
        config = Config(esp32.read_json("/config.json"))
    except OSError:
        print("not enrolled: expected /config.json, got none")
        return
    for model in config.models:
        if model.blob is None and model.digest is not None:
            name = binascii.hexlify(model.digest).decode()
            model.blob = esp32.read_file("/models/" + name + ".blob")
    clock = WallClock()
    bus = machine.I2C(0, scl=machine.Pin(board["scl"]), sda=machine.Pin(board["sda"]))
    stream, burst = None, None
    if "accelerometer" in board:
        stream, burst = Lis2dh12(bus, board["accelerometer"]), config.burst
    sensors = PolledSensors([Sht4x(bus)], clock, config.sample_ms, stream, burst)
    transport = esp32.SocketTransport(config.host, config.port)
    flash = FileFlash("/spool")
    app = App(config, key, nvs, flash, sensors, transport, esp32.random_bytes)
    run(app, esp32.Uptime(), wifi, esp32.NtpSync(clock))


def run(app: App, uptime: esp32.Uptime, wifi: esp32.Wifi, ntp: esp32.NtpSync) -> None:
    """Steps the app; the watchdog is fed once per round."""
    watchdog = machine.WDT(timeout=WATCHDOG_MS)
    online = False
    while True:
        now = uptime()
        if wifi.connected() != online:
            online = not online
            if online:
                app.uplink.hurry(now)
        if online:
            ntp.step(now)
        wake = app.step(now)
        watchdog.feed()
        time.sleep_ms(max(0, min(wake - uptime(), LONGEST_SLEEP_MS)))


if __name__ == "__main__":
    main()
