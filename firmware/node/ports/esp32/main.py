"""The application on a board: reads /board.json and /config.json, wires the parts, steps for ever.

`board.json`: what the board has and where, see node.board. `config.json` is what `cargoseal node
enroll` gave for this node's public key; without it the node says its public key and stops.
`models/<digest>.blob`: a model that `config.json` names without giving it.
"""

import binascii
import time

import machine

from cargoseal_boot.nvs import BoardNvs
from node import keystore
from node.app import App
from node.board import Board
from node.files import FileFlash
from node.ports.esp32 import files, releases, sntp, timer
from node.ports.esp32.link import Link, network_of
from node.ports.esp32.parts import BoardParts, carries_radio
from node.ports.esp32.sleep import Sleeper, felt, taken
from node.ports.esp32.uptime import Uptime
from node.power import Held
from node.sensors.polled import PolledSensors
from node.update.runs import Runs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cargoseal_boot.start import Start
    from node.ports.esp32.cellular import Cellular
    from node.ports.esp32.wifi import Wifi

WATCHDOG_MS = 60000
RECOVER_MS = 600000  # after deep discharge: asleep until the battery carries the radio
LONGEST_SLEEP_MS = 250  # the transport cannot wake the node: it is looked at this often


def main(start: "Start") -> None:
    """`start`: what cargoseal_boot chose. Returns only when the node is not enrolled. A failure
    leaves as an exception; cargoseal_boot or the watchdog then starts the board again."""
    held = taken()
    board = Board(files.read_json("/board.json"))
    if held is None and not carries_radio(board):
        machine.deepsleep(RECOVER_MS)
    nvs = BoardNvs()
    try:
        settings = files.read_json("/config.json")
    except OSError:
        print("not enrolled: expected /config.json, got none; see tools/provision.py")
        return
    radio, random = network_of(board, nvs)
    entropy = binascii.unhexlify(board.texts.get("entropy", ""))
    key = keystore.open_key(nvs, random, entropy)
    print("public key", binascii.hexlify(key.public_key).decode(), keystore.origin(nvs).decode())
    config = Runs(settings, start.slots, releases.open_folder).config
    for model in config.models:
        if model.blob is None and model.digest is not None:
            name = binascii.hexlify(model.digest).decode()
            model.blob = files.read_file("/models/" + name + ".blob")
    parts = BoardParts(board, config, None if held is None else held.record)
    uptime = Uptime(0 if held is None else woken(held, parts))
    link = Link(config, nvs, parts.clock, uptime)
    flash = FileFlash("/spool")
    app = App(config, key, nvs, flash, parts.sensors, link.transport, random, start.number, held)
    updates = releases.Releases(start, settings, config, app, nvs, uptime())
    link.listen(app)
    if held is not None:
        felt(held, parts, app)
    ntp = sntp.NtpSync(parts.clock, board.texts.get("ntp", sntp.SERVER))
    sleeper = Sleeper(config.upload_ms, board, parts, held)
    watchdog = machine.WDT(timeout=WATCHDOG_MS) if start.production else None
    run(app, parts, uptime, radio, ntp, sleeper, updates, watchdog)


def woken(held: Held, parts: BoardParts) -> int:
    """The uptime that it is after a sleep; the clock goes on."""
    return held.record.wake_clock(parts.clock, timer.timer_ms(), parts.sleep_ppm)


def run(
    app: App,
    parts: BoardParts,
    uptime: Uptime,
    radio: "Wifi | Cellular",
    ntp: sntp.NtpSync,
    sleeper: Sleeper,
    updates: releases.Releases,
    watchdog: "machine.WDT | None",
) -> None:
    """Steps the app as far as the battery lets it; the watchdog is fed once per round, where
    there is one: at an open console whoever interrupts has all the time."""
    online = False
    while True:
        now = uptime()
        if parts.timekeeper is not None:
            parts.timekeeper.step(now)
        carried = parts.sensors.radio()  # the battery lets send
        radio.power(sleeper.radio(app, now) or (carried and updates.busy(now)))
        radio.step(now)
        if radio.connected() != online:
            online = not online
            if online:
                app.uplink.hurry(now)
        if online:
            ntp.step(now)
        wake = step(app, parts.sensors, now)
        if watchdog is not None:
            watchdog.feed()
        updates.step(uptime())
        if not (carried and updates.awake(uptime())):
            sleeper.rest(app, uptime(), wake)
        time.sleep_ms(max(0, min(wake - uptime(), LONGEST_SLEEP_MS)))


def step(app: App, sensors: PolledSensors, now: int) -> int:
    """As much of a step as the battery carries; when to call again. What is open or waiting when
    it is empty is still sealed, once; then nothing is written."""
    if not sensors.measures() and app.settled():
        sensors.poll(now)
        return sensors.wake(now)
    return app.step(now) if sensors.radio() else app.sense(now)
