"""A cellular modem on its serial line, as 3GPP TS 27.007 describes it: what comes back for what is
sent, the power key, the SIM, the cell, and what can go wrong with each."""

BOOT_MS = 4000
KEY_MS = 1000


class ModemSide:
    """Bytes in, bytes out. Switch attributes to make it fail."""

    def __init__(self, on=False):
        self.on = on
        self.now = 0
        self.out = b""
        self.echo = True
        self.data_mode = False
        self.pin = None  # what the SIM asks for
        self.wrong_pins = 0
        self.unlocked = False
        self.sim = True
        self.registers_after_ms = 3000
        self.denied = False
        self.networks = ("+CEREG", "+CGREG", "+CREG")
        self.silent = False
        self.no_carrier = False
        self.apn = None
        self.commands = []
        self.key_presses = 0
        self.booted_at = 0
        self._pressed_at = None
        self._line = b""
        self._escaped_at = None
        self._last_byte_at = -10000

    def key(self, level):
        """The power key's level: a press long enough switches on, or off."""
        if level and self._pressed_at is None:
            self._pressed_at = self.now
        elif not level and self._pressed_at is not None:
            if self.now - self._pressed_at >= KEY_MS:
                self.key_presses += 1
                self.on = not self.on
                self.restart()
            self._pressed_at = None

    def restart(self):
        """As after a dip of its supply, too."""
        self.booted_at = self.now
        self.echo = True
        self.data_mode = False
        self.unlocked = False
        self.out = b""
        self._line = b""

    def feed(self, data):
        if not self.on or self.silent or self.now - self.booted_at < BOOT_MS:
            return
        quiet = self.now - self._last_byte_at >= 1000
        self._last_byte_at = self.now
        if self.data_mode:
            if data == b"+++" and quiet:
                self.data_mode = False
                self.say("OK")
            return
        if self.echo:
            self.out += data
        for byte in data:
            if byte == 13:
                line, self._line = self._line, b""
                at = line.find(b"AT")
                if at >= 0:
                    self.command(line[at:].decode())
            else:
                self._line += bytes([byte])

    def say(self, line):
        self.out += b"\r\n" + line.encode() + b"\r\n"

    def command(self, line):
        self.commands.append(line)
        if line == "ATE0":
            self.echo = False
            self.say("OK")
        elif line == "AT+CPIN?":
            self.card()
        elif line[:9] == 'AT+CPIN="':
            self.try_pin(line[9:-1])
        elif line[-1] == "?":
            self.registration(line[2:-1])
        elif line[:10] == "AT+CGDCONT":
            self.apn = line.split('"')[3]
            self.say("OK")
        elif line[:3] == "ATD":
            self.dial()
        else:
            self.say("OK")

    def card(self):
        if not self.sim:
            self.say("+CME ERROR: SIM not inserted")
            return
        if self.wrong_pins >= 3:
            self.say("+CPIN: SIM PUK")
        elif self.pin is not None and not self.unlocked:
            self.say("+CPIN: SIM PIN")
        else:
            self.say("+CPIN: READY")
        self.say("OK")

    def try_pin(self, pin):
        if pin == self.pin:
            self.unlocked = True
            self.say("OK")
        else:
            self.wrong_pins += 1
            self.say("+CME ERROR: incorrect password")

    def registered(self):
        return self.now - self.booted_at >= BOOT_MS + self.registers_after_ms

    def registration(self, name):
        if name not in self.networks:
            self.say("ERROR")
            return
        state = 3 if self.denied else (1 if self.registered() else 2)
        self.say(name + ": 0," + str(state))
        self.say("OK")

    def dial(self):
        if self.no_carrier or self.apn is None or not self.registered():
            self.say("NO CARRIER")
        else:
            self.data_mode = True
            self.say("CONNECT 150000000")
