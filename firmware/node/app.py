"""The node as one step function: the only module here that knows all others.

The way of a reading
1. sensors -> sampler: a window, closed when full, old, or an alarm begins. A burst of accelerations
   is a window of its own, closed when it comes; it cuts no other. What is closed is sealed in the
   order of closing, in one chain.
2. A counter is taken (its block durably reserved), the window scored, stated and sealed.
3. The spool makes the segment durable. Only now does it exist: a cut before leaves no trace but a
   skipped counter.
4. The uplink publishes it and waits for a receipt.

Rules
1. `step(now)` does a bounded amount of work, at most one seal and one publish, and returns when it
   wants to be called again. It never blocks and never raises for a failure of the world.
2. `now` is milliseconds since boot, never going back. `sense` and `link` are the two halves, for a
   host whose sensors live in another time than its network.
3. When flash fails the sealed segment waits in RAM and is tried again; windows behind it queue, and
   beyond MAX_WAITING of them the oldest that is not urgent goes, counted in `dropped`.
"""

from cargoseal_wire.constants import (
    FLAG_COUNTER_SKIPPED,
    FLAG_READINGS_DROPPED,
    FLAG_REBOOTED,
    FLAG_SEGMENTS_DROPPED,
)
from cargoseal_wire.errors import OversizedError, WireError
from node import kernels
from node.alarms import Alarms, urgent
from node.counters import Counters
from node.sampler import Sampler
from node.scorer import Scorer
from node.sealer import Sealer
from node.spool import Spool
from node.uplink import Uplink

TYPE_CHECKING = False
if TYPE_CHECKING:
    from node.burst import Burst
    from node.config import Config
    from node.ed25519 import SigningKey
    from node.parts import Flash, Nvs, Random, Sensors, Transport
    from node.power import Held
    from node.sealer import Sealed
    from node.window import Window

MAX_WAITING = 8  # closed windows in RAM
RETRY_MS = 5000  # after a failure of flash


class App:
    """One node, from boot to the next power cut."""

    def __init__(
        self,
        config: "Config",
        key: "SigningKey",
        nvs: "Nvs",
        flash: "Flash",
        sensors: "Sensors",
        transport: "Transport",
        random: "Random",
        application: int = 0,
        held: "Held | None" = None,
    ) -> None:
        """Recovers the spool and raises the power-cycle counter, or goes on with what was `held`
        over a deep sleep. OSError when flash or NVS fails, ScoreError for a model that is none,
        ConfigError for another model than the enrolled. `application`: its release number."""
        self._sensors = sensors
        scorer = Scorer(config.models)
        self.spool = Spool(flash, config.spool_bytes)
        self.counters = Counters(nvs, self.spool.last_counter(), held=held)
        self._alarms = Alarms(config.alarms)
        self.sampler = Sampler(self._alarms, config.max_readings, config.max_duration_ms)
        self._sealer = Sealer(
            key, config.audience, config.sensors, scorer, random, application, config.release
        )
        self.node = self._sealer.node
        self.uplink = Uplink(self.node, config, self.spool, transport, random)
        self._waiting: list[Window | Burst] = []
        self._unsaved: Sealed | None = None
        self._retry_at = 0
        self._once = FLAG_REBOOTED if self.counters.boot > 1 else 0
        if self.counters.skipped:
            self._once |= FLAG_COUNTER_SKIPPED
        self._dropped = 0  # readings, since the last segment
        self._spool_dropped = self.spool.told
        self.sealed = 0
        self.readings = 0
        self.bursts = 0
        self.dropped_readings = 0
        self.failures = 0  # of flash and NVS
        if held is not None and self.counters.resumed:
            self._resume(held)

    def step(self, now: int) -> int:
        """One bounded piece of work; when to call again."""
        wake = self.sense(now)
        return min(wake, self.link(now))

    def sense(self, now: int) -> int:
        """From the sensors to the spool; when to call again."""
        for window in self._closed(now):
            self._queue(window)
        old = self.sampler.tick(now)
        if old is not None:
            self._queue(old)
        if now >= self._retry_at:
            try:
                self._seal_one()
            except OSError:
                self.failures += 1
                self._retry_at = now + RETRY_MS
        return self._sense_wake(now)

    def link(self, now: int) -> int:
        """From the spool to the gateway and back; when to call again."""
        return self.uplink.step(now)

    def idle(self) -> bool:
        """Whether nothing waits to be sealed, not even in an open window."""
        return not self._waiting and self._unsaved is None and not self.sampler.waiting()

    def felt(self, bursts: "list[Burst]") -> None:
        """What woke the node out of a sleep; it is sealed like any other burst."""
        for burst in bursts:
            self._queue(self._judged(burst))

    def settled(self) -> bool:
        """Whether a sleep would lose nothing but what `hold` keeps."""
        return not self._waiting and self._unsaved is None

    def finish(self) -> None:
        """Closes the open window for a sleep that it does not fit over, or a new start; it is then
        to be sealed."""
        window = self.sampler.finish()
        if window is not None:
            self._queue(window)

    def hold(self, held: "Held") -> None:
        """Notes what goes on after a sleep; settled nodes only."""
        self.counters.hold(held)
        held.flags, held.dropped = self._once, self._dropped
        held.window, held.last_sound = self.sampler.hold()
        held.record.alarms = self._alarms.lasting()

    def urgent(self) -> bool:
        """Whether what is to be sent next is urgent."""
        entry = self.spool.next_to_send()
        return entry is not None and entry.urgent

    def stats(self) -> dict:
        """Every count that says what was lost or is on its way."""
        return {
            "readings": self.readings,
            "bursts": self.bursts,
            "skipped_bursts": self._sensors.skipped(),
            "sealed": self.sealed,
            "sent": self.uplink.sent,
            "resent": self.uplink.resent,
            "acknowledged": self.uplink.acknowledged,
            "receipted": self.uplink.receipted,
            "spooled": self.spool.pending(),
            "oldest_pending_ms": self.spool.oldest_ms(),
            "last_receipt_ms": self.uplink.last_receipt_ms(),
            "spool_bytes": self.spool.used_bytes(),
            "written_bytes": self.spool.written_bytes(),
            "dropped_segments": self.spool.dropped,
            "dropped_readings": self.dropped_readings,
            "damaged_bytes": self.spool.damaged_bytes(),
            "ignored": self.uplink.ignored,
            "failures": self.failures + self.uplink.unreadable,
            "connected": self.uplink.connected(),
            "connects": self.uplink.connects,
            "lost": self.uplink.lost,
            "last_loss": self.uplink.last_loss,
            "native": kernels.native(),
            "boot": self.counters.boot,
            "last_counter": self.spool.last_counter(),
        }

    def _resume(self, held: "Held") -> None:
        self._once, self._dropped = held.flags, held.dropped
        self._alarms.resume(held.record.alarms)
        if held.window is not None:
            self.sampler.resume(held.window, held.last_sound)

    def _closed(self, now: int) -> "list[Window | Burst]":
        """The windows that what the sensors have now closes, in the order of their ends."""
        closed: list[Window | Burst] = []
        for reading in self._sensors.poll(now):
            self.readings += 1
            closed += self.sampler.add(reading)
        for burst in self._sensors.bursts(now):
            self._judged(burst)
            at = len(closed)
            while at and closed[at - 1].end_ms() > burst.end_ms():
                at -= 1
            closed.insert(at, burst)
        return closed

    def _judged(self, burst: "Burst") -> "Burst":
        self.bursts += 1
        burst.flags |= self._alarms.judge_burst(burst)
        return burst

    def _queue(self, window: "Window | Burst") -> None:
        self._waiting.append(window)
        if len(self._waiting) > MAX_WAITING:
            at = 0
            while at < MAX_WAITING and urgent(self._waiting[at].flags):
                at += 1
            self._lose(self._waiting.pop(at % MAX_WAITING))

    def _lose(self, window: "Window | Burst") -> None:
        self._dropped += window.count()
        self.dropped_readings += window.count()

    def _seal_one(self) -> None:
        """Seals the oldest waiting window and stores it, or stores what could not be stored."""
        if self._unsaved is None and self._waiting:
            self._unsaved = self._seal(self._waiting[0])
        sealed = self._unsaved
        if sealed is not None:
            self.spool.append(sealed.counter, urgent(sealed.flags), sealed.data, sealed.digest)
            self._unsaved = None
            self.sealed += 1

    def _seal(self, window: "Window | Burst") -> "Sealed | None":
        """The segment of the window at the head of the queue, which it leaves. None when the
        window was split or had to be dropped instead."""
        flags = self._once
        if self._dropped:
            flags |= FLAG_READINGS_DROPPED
        spool_dropped = self.spool.dropped
        if spool_dropped != self._spool_dropped:
            flags |= FLAG_SEGMENTS_DROPPED
        counter = self.counters.take()
        previous = self.spool.last_digest
        try:
            sealed = self._sealer.seal(
                window, counter, previous, self.counters.boot, self._dropped, flags
            )
        except OversizedError:
            self._waiting.pop(0)
            self._once |= FLAG_COUNTER_SKIPPED
            halves = window.halves()
            self._waiting = list(halves) + self._waiting
            if not halves:
                self._lose(window)
            return None
        except WireError:  # a value that the format has no room for
            self._waiting.pop(0)
            self._once |= FLAG_COUNTER_SKIPPED
            self._lose(window)
            return None
        self._waiting.pop(0)
        self._once = 0
        self._dropped = 0
        self._spool_dropped = spool_dropped
        return sealed

    def _sense_wake(self, now: int) -> int:
        if self._waiting or self._unsaved is not None:
            return max(now, self._retry_at)
        times = [now + 86400000]
        deadline = self.sampler.deadline()
        if deadline is not None:
            times.append(deadline)
        wake = self._sensors.wake(now)
        if wake is not None:
            times.append(wake)
        return max(now, min(times))
