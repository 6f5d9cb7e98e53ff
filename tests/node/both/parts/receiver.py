"""Model of a satellite receiver on a UART: NMEA sentences once a second (IEC 61162-1; formats as
u-blox M8 tells them), a time to first fix after each switching on, time before position, the
receive buffer of the chip, which drops what does not fit, and wires that turn over bits."""


class Receiver:
    """`sky`: whether satellites are seen. Tests move time with `run`."""

    def __init__(self, first_fix_ms=35000, buffer=2048):
        self.first_fix_ms = first_fix_ms
        self.buffer = buffer
        self.sky = True
        self.wire = True
        self.on = 0
        self.on_since = None
        self.on_ms = 0
        self.now = 0
        self.start_s = 45 * 60  # seconds of day at time 0
        self.date = "211126"
        self.late_ms = 300  # behind the second that a sentence names
        self.position = ("4807.03800", "N", "01131.00000", "E")
        self.hdop = "0.90"
        self.deviation = None
        self.flip = None  # every so many bytes one bit is turned over
        self.sent = 0
        self.held = b""

    def switch(self, level):
        if level and not self.on:
            self.on_since = self.now
        self.on = level  # what is in the chip's buffer stays there

    def any(self):
        return len(self.held)

    def read(self, size):
        data, self.held = self.held[:size], self.held[size:]
        return data or None

    def run(self, now):
        """Time goes on to `now`, in ms."""
        if self.on:
            self.on_ms += now - self.now
            told = (self.now - self.late_ms) // 1000 + 1
            while told * 1000 + self.late_ms <= now:
                self.now = told * 1000 + self.late_ms
                self._tell(told + self.start_s)
                told += 1
        self.now = now

    def _tell(self, second):
        since = self.now - self.on_since
        time_known = self.sky and since >= self.first_fix_ms // 2
        fixed = self.sky and since >= self.first_fix_ms
        clock = f"{second // 3600:02d}{second // 60 % 60:02d}{second % 60:02d}.00"
        place = ",".join(self.position) if fixed else ",,,"
        quality, hdop = ("1", self.hdop) if fixed else ("0", "99.99")
        told = clock if time_known else ""
        status = "A" if fixed else "V"
        self.say(f"GNRMC,{told},{status},{place},0.0,,{self.date},,,{status}")
        if self.deviation and fixed:
            self.say(f"GNGST,{told},1.0,,,,{self.deviation},{self.deviation},2.0")
        self.say(f"GNGGA,{told},{place},{quality},07,{hdop},520.0,M,47.0,M,,")

    def say(self, body):
        data = sentence(body)
        if self.flip:
            data = bytearray(data)
            for at in range(len(data)):
                self.sent += 1
                if self.sent % self.flip == 0:
                    data[at] ^= 4
            data = bytes(data)
        if self.wire:
            self.held = (self.held + data)[: self.buffer]


def sentence(body):
    """A sentence with its checksum."""
    total = 0
    for byte in body.encode():
        total ^= byte
    return b"$" + body.encode() + b"*%02X\r\n" % total
