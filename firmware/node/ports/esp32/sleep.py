"""Deep sleep: what goes through RTC memory, what wakes the chip, and the way back.

Pins wake the chip by a high level: the accelerometer's and the light sensor's interrupts, as their
drivers set them. A chip whose port cannot wake by a pin sleeps until the timer.
"""

import esp32
import machine

from node.ports.esp32 import timer
from node.power import DutyCycle, Held, decode
from node.retained import Retained

TYPE_CHECKING = False
if TYPE_CHECKING:
    from node.app import App
    from node.board import Board
    from node.ports.esp32.parts import BoardParts


def taken() -> Held | None:
    """What the life before the sleep held, once; None after a power cut."""
    held = decode(timer.read_memory(), timer.timer_ms())
    timer.write_memory(b"")
    return held


def felt(held: Held, parts: "BoardParts", app: "App") -> None:
    """What woke the chip, when it was the accelerometer, goes to the app."""
    names = ("PIN_WAKE", "EXT0_WAKE", "EXT1_WAKE")
    by_pin = machine.wake_reason() in [getattr(machine, name, None) for name in names]
    # Both interrupts may be on one group of pins: the accelerometer says whether it was it.
    now = held.record.uptime_ms + timer.timer_ms() - held.record.timer_ms
    app.felt(parts.sensors.woken(parts.watch, now, by_pin))


class Sleeper:
    """Decides when the radio is on and when the chip sleeps, and puts it to sleep."""

    def __init__(
        self, upload_ms: int, board: "Board", parts: "BoardParts", held: Held | None
    ) -> None:
        self._parts = parts
        self._pins = [
            pin
            for pin in (board.pin("accelerometer", "interrupt"), board.pin("light", "interrupt"))
            if pin is not None
        ]
        next_upload = 0 if held is None else held.next_upload
        next_alarm = 0 if held is None else held.next_alarm
        self._duty = DutyCycle(upload_ms, next_upload, next_alarm)

    def radio(self, app: "App", now: int) -> bool:
        """Whether the radio is to be on: it is worth it, and the battery carries it."""
        wanted = self._duty.radio(now, app.spool.pending(), app.urgent())
        return wanted and self._parts.sensors.radio()

    def rest(self, app: "App", now: int, wake: int) -> None:
        """Sleeps until the sensors are due, if that is worth it and loses nothing. Does not return
        from a sleep: the chip starts anew."""
        sensors = self._parts.sensors
        if sensors.busy() or not app.settled():
            return
        sleep_ms = self._duty.sleep_ms(now, wake, app.spool.pending(), app.urgent())
        if not sensors.measures():
            sleep_ms = max(0, wake - now)  # an empty battery: always, and nothing is sent
        if not sleep_ms:
            return
        record = Retained()
        record.hold_clock(self._parts.clock, now, timer.timer_ms())
        sensors.hold(record)
        held = Held(record)
        app.hold(held)
        held.next_upload, held.next_alarm = self._duty.next_upload, self._duty.next_alarm
        data = held.encode()
        if data is None:
            app.finish()
            return
        sensors.watch(self._parts.watch)
        self._arm()
        timer.write_memory(data)
        machine.deepsleep(sleep_ms)

    def _arm(self) -> None:
        pins = [machine.Pin(pin, machine.Pin.IN) for pin in self._pins]
        if pins and hasattr(esp32, "wake_on_ext1"):
            esp32.wake_on_ext1(pins, esp32.WAKEUP_ANY_HIGH)
        elif pins and hasattr(esp32, "wake_on_gpio"):
            esp32.wake_on_gpio(pins, esp32.WAKEUP_ANY_HIGH)
