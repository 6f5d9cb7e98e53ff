"""The talk with a cellular modem until its serial line carries PPP, without I/O: bytes and times
in, bytes and the level of the power key out. Commands of 3GPP TS 27.007 and ITU-T V.250 only.

Rules
1. One attempt: key, AT, SIM, registration, APN, dial. Every step has a time-out; an attempt is
   over, one way or the other, after at most ATTEMPT_MS.
2. After a failure the modem is left alone for a wait that doubles from BACKOFF_MS to
   BACKOFF_MOST_MS, a quarter of it random: no battery is emptied in a lorry's steel, and no fleet
   storms a cell.
3. The power key switches a modem off that is on. So it is pressed when the modem does not answer,
   and from the third failure in a row on, when switching off and on is what is left.
4. A SIM's PIN is tried once. One that was refused is never tried again, over restarts too (the
   caller keeps it): the third wrong one locks the card.
5. Whatever the modem says unasked is skipped; a line longer than LINE_BYTES is noise.
6. Nothing here is read or written while `online`: the line is PPP's then, until `lost`.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from node.parts import Random

LINE_BYTES = 128
KEY_MS = 1500  # how long the power key is held: 1 to 2 s for SIMCom, 0.5 to 2 s for Quectel
QUIET_MS = 1100  # silence before and after the escape to command mode (V.250: one second)
BACKOFF_MS = 10000
BACKOFF_MOST_MS = 900000
KEY_AFTER = 3  # failures in a row
SILENT_TRIES = 4  # without an answer, before the key is pressed
ATTEMPT_MS = 300000

# (name, command, what its answer must begin with besides OK, time-out of one try, tries, pause)
_STEPS = (
    ("attention", "ATE0", "", 1000, 15, 500),
    ("words for errors", "AT+CMEE=2", "", 1000, 1, 0),
    ("SIM", "AT+CPIN?", "+CPIN: READY", 5000, 10, 1000),
    ("radio", "AT+CFUN=1", "", 10000, 1, 0),
    ("registration", "", "", 3000, 45, 1000),
    ("APN", "", "", 3000, 2, 500),
    ("dial", "ATD*99***1#", "CONNECT", 60000, 1, 0),
)
_NETWORKS = ("+CEREG", "+CGREG", "+CREG")  # LTE, GPRS, GSM: a modem knows some of them
_REGISTERED = ("1", "5")  # home, roaming
_DENIED = "3"
_FAILURES = ("ERROR", "NO CARRIER", "BUSY", "NO ANSWER", "NO DIALTONE")  # and +CME, +CMS ERROR
_WAITING, _KEY, _ESCAPE, _TALKING, _ONLINE = 0, 1, 2, 3, 4


class Modem:
    """What it wants: `unsent` written, the power key at `key`; `online` when PPP may begin."""

    def __init__(
        self,
        apn: str,
        random: "Random",
        pin: str | None = None,
        pin_refused: bool = False,
        has_key: bool = True,
    ) -> None:
        """`pin_refused`: an earlier start has seen this PIN refused. `has_key`: whether the power
        key is wired; without it the modem is expected to be on."""
        self._apn = apn
        self._random = random
        self._pin = pin
        self._has_key = has_key
        self.pin_refused = pin_refused
        self.unsent = b""
        self.key = False
        self.attempts = 0
        self.failures = 0  # in a row
        self.last_failure = ""
        self._state = _WAITING
        self._until = 0  # when the state is over, or the try of a step
        self._began_at = 0
        self._step = 0
        self._tries = 0
        self._asked = False  # a command is out, no final answer came
        self._answer = ""
        self._network = 0
        self._pin_wanted = False  # the next command is the PIN
        self._pin_sent = False  # in this attempt
        self._pin_out = False  # it is the command that is out
        self._pressed = False
        self._line = bytearray()

    def online(self) -> bool:
        """Whether the serial line is PPP's."""
        return self._state == _ONLINE

    def lost(self, now: int) -> None:
        """PPP is down: back to command mode, and from the beginning after a wait."""
        if self._state == _ONLINE:
            self._fail("PPP is down", now)

    def feed(self, data: bytes, now: int) -> None:
        """Takes what came on the serial line."""
        for byte in data:
            if self._state == _ONLINE:
                return
            if byte in b"\r\n":
                line, self._line = bytes(self._line), bytearray()
                if line and len(line) <= LINE_BYTES and self._state == _TALKING and self._asked:
                    self._take("".join([chr(c) for c in line]), now)
            elif len(self._line) <= LINE_BYTES:
                self._line.append(byte)

    def step(self, now: int) -> int:
        """What is due at this time; when to come again."""
        if self._state == _TALKING and now - self._began_at >= ATTEMPT_MS:
            self._fail("attempt took too long", now)
        elif self._state != _ONLINE and now >= self._until:
            if self._state == _WAITING:
                self._begin(now)
            elif self._state == _KEY:
                self.key = False
                self._talk(now)
            elif self._state == _ESCAPE:
                self.unsent += b"+++"
                self._talk(now)
                self._until = now + QUIET_MS
            elif self._asked:
                self._again("no answer", now)
            else:
                self._ask(now)
        return self._until if self._state != _ONLINE else now + 86400000

    def _begin(self, now: int) -> None:
        """Out of data mode, in which an earlier start may have left the modem."""
        self.attempts += 1
        self._began_at = now
        self._pin_wanted = self._pin_sent = self._pressed = False
        self._state = _ESCAPE
        self._until = now + QUIET_MS
        if self.failures >= KEY_AFTER:
            self._press(now)

    def _press(self, now: int) -> None:
        """Rule 3."""
        if self._has_key:
            self._state = _KEY
            self.key = True
            self._until = now + KEY_MS

    def _talk(self, now: int) -> None:
        self._state = _TALKING
        self._line = bytearray()
        self._enter(0, now)

    def _enter(self, step: int, now: int) -> None:
        self._step = step
        self._tries = 0
        self._asked = False
        self._until = now

    def _ask(self, now: int) -> None:
        """Sends the step's command."""
        name, command, _, timeout_ms, _, _ = _STEPS[self._step]
        self._pin_out = self._pin_wanted
        if self._pin_wanted:
            command = 'AT+CPIN="' + (self._pin or "") + '"'
            self._pin_wanted, self._pin_sent = False, True
        elif name == "registration":
            command = "AT" + _NETWORKS[self._network] + "?"
        elif name == "APN":
            command = 'AT+CGDCONT=1,"IP","' + self._apn + '"'
        self._asked = True
        self._answer = ""
        self._tries += 1
        self._until = now + timeout_ms
        self.unsent += command.encode() + b"\r"

    def _take(self, line: str, now: int) -> None:
        """A line of the answer. Final ones end the try."""
        name, _, wanted, _, _, _ = _STEPS[self._step]
        if line.startswith("CONNECT") and wanted == "CONNECT":
            self._state = _ONLINE
            self.failures = 0
        elif line.startswith("+CM") or line in _FAILURES:
            self._refused(name, line, now)
        elif line == "OK":
            self._accepted(name, wanted, now)
        elif line.startswith("+"):
            self._answer = line

    def _accepted(self, name: str, wanted: str, now: int) -> None:
        if name == "dial":
            return  # of an earlier command
        if name == "registration":
            self._registration(now)
        elif name == "SIM" and self._answer != wanted:
            self._card(now)
        else:
            self._enter(self._step + 1, now)

    def _refused(self, name: str, line: str, now: int) -> None:
        if self._pin_out and "busy" not in line:
            self.pin_refused = True
            self._fail("SIM: PIN refused", now)
            return
        if name == "registration":
            self._network = (self._network + 1) % len(_NETWORKS)
        self._again(line, now)

    def _card(self, now: int) -> None:
        """Rule 4. No state is what the answer to a PIN has: the state is asked for again."""
        state = self._answer[7:]
        if not state:
            self._again("no state", now)
        elif state != "SIM PIN" or self._pin is None or self.pin_refused or self._pin_sent:
            self.pin_refused = self.pin_refused or self._pin_sent
            self._fail("SIM: " + state, now)
        else:
            self._pin_wanted = True
            self._again("PIN", now)

    def _registration(self, now: int) -> None:
        """+CEREG: <n>,<state>[,…]"""
        parts = self._answer.split(":")[-1].split(",")
        state = parts[1].strip() if len(parts) > 1 else ""
        if state in _REGISTERED:
            self._enter(self._step + 1, now)
        elif state == _DENIED:
            self._fail("registration denied", now)
        else:
            self._network = (self._network + 1) % len(_NETWORKS)
            self._again("not registered", now)

    def _again(self, why: str, now: int) -> None:
        """Another try of the step after its pause, or the end of the attempt."""
        name, _, _, _, tries, pause_ms = _STEPS[self._step]
        if name == "attention" and self._tries >= SILENT_TRIES and not self._pressed:
            self._pressed = True
            self._press(now)
            return
        if self._tries >= tries:
            self._fail(name + ": " + why, now)
            return
        self._asked = False
        self._until = now + pause_ms

    def _fail(self, why: str, now: int) -> None:
        self.last_failure = why
        wait = min(BACKOFF_MS << min(self.failures, 10), BACKOFF_MOST_MS)
        self.failures += 1
        self.key = False
        self.unsent = b""
        self._state = _WAITING
        jitter = int.from_bytes(self._random(2), "little") * (wait // 4) >> 16
        self._until = now + wait - wait // 4 + jitter
