"""From a modem that is off to a line that is PPP's: every step bounded, every failure survived."""

from node import modem
from node.modem import Modem

from tests.node.both.modem_side import ModemSide
from tests.node.both.world import Dice

STEP_MS = 100


class Line:
    """A modem, its driver, and time. `noise` may change what comes."""

    def __init__(self, side=None, noise=None, **settings):
        self.side = side or ModemSide()
        self.noise = noise
        self.now = 0
        self.modem = Modem("internet.example", Dice(5), **settings)

    def step(self):
        self.now += STEP_MS
        self.side.now = self.now
        out, self.side.out = self.side.out, b""
        if self.noise is not None:
            out = self.noise(out)
        self.modem.feed(out, self.now)
        self.modem.step(self.now)
        self.side.key(self.modem.key)
        if self.modem.unsent:
            self.side.feed(self.modem.unsent)
            self.modem.unsent = b""

    def run(self, ms):
        for _ in range(ms // STEP_MS):
            if self.modem.online():
                return True
            self.step()
        return self.modem.online()

    def attempts_end(self, count):
        """Steps until so many attempts have failed; the longest of them in ms."""
        longest = 0
        for wanted in range(1, count + 1):
            began = None
            while self.modem.failures < wanted:
                assert not self.modem.online()
                self.step()
                if began is None and self.modem.attempts == wanted:
                    began = self.now
            longest = max(longest, self.now - began)
        return longest


def test_a_modem_that_is_off_is_switched_on_and_dials():
    line = Line()
    assert line.run(60000)
    assert line.side.data_mode and line.side.apn == "internet.example"
    assert line.side.key_presses == 1 and line.modem.attempts == 1


def test_a_modem_that_is_on_is_not_switched_off():
    line = Line(ModemSide(on=True))
    assert line.run(60000)
    assert line.side.key_presses == 0


def test_a_modem_left_in_data_mode_by_an_earlier_start_is_called_back():
    side = ModemSide(on=True)
    side.data_mode = True
    side.booted_at = -60000
    line = Line(side)
    assert line.run(60000)
    assert side.key_presses == 0


def test_a_modem_without_a_power_key_is_waited_for():
    side = ModemSide(on=True)
    side.booted_at = 10000
    assert Line(side, has_key=False).run(120000)


def test_a_modem_that_only_knows_gsm_registers_there():
    side = ModemSide()
    side.networks = ("+CREG",)
    assert Line(side).run(120000)


def test_the_pin_is_given_when_the_card_asks():
    side = ModemSide()
    side.pin = "4711"
    assert Line(side, pin="4711").run(90000)
    assert side.wrong_pins == 0


def test_a_wrong_pin_is_tried_once_in_a_lifetime():
    side = ModemSide()
    side.pin = "4711"
    refused = False
    for _ in range(5):  # starts
        line = Line(side, pin="0000", pin_refused=refused)
        line.attempts_end(4)
        refused = line.modem.pin_refused
        assert refused
        side.now = 0
        side.booted_at = -10000
    assert side.wrong_pins == 1
    assert "SIM PIN" in line.modem.last_failure


def test_a_card_that_asks_for_a_pin_nobody_gave_is_told():
    side = ModemSide()
    side.pin = "4711"
    line = Line(side)
    line.attempts_end(1)
    assert line.modem.last_failure == "SIM: SIM PIN"
    assert side.wrong_pins == 0


def faults():
    """(name, what makes a modem have it, what ends it)"""
    return (
        ("silent", {"silent": True}, {"silent": False}),
        ("no SIM", {"sim": False}, {"sim": True}),
        ("locked SIM", {"wrong_pins": 3}, {"wrong_pins": 0}),
        ("no network", {"registers_after_ms": 10**9}, {"registers_after_ms": 1000}),
        ("denied", {"denied": True}, {"denied": False}),
        ("no carrier", {"no_carrier": True}, {"no_carrier": False}),
    )


def test_every_failure_ends_in_time_and_is_survived():
    count = 0
    for name, begin, end in faults():
        for after in (1, 4):
            line = Line()
            for key, value in begin.items():
                setattr(line.side, key, value)
            longest = line.attempts_end(after)
            assert longest <= modem.ATTEMPT_MS + STEP_MS, (name, longest)
            assert line.modem.last_failure, name
            for key, value in end.items():
                setattr(line.side, key, value)
            assert line.run(4 * modem.BACKOFF_MOST_MS), (name, line.modem.last_failure)
            count += 1
    print("modem faults survived:", count)


def test_waits_after_failures_double_up_to_a_limit_and_are_not_all_alike():
    line = Line()
    line.side.sim = False
    waits = []
    for wanted in range(1, 11):
        while line.modem.failures < wanted:
            line.step()
        failed_at, attempts = line.now, line.modem.attempts
        while line.modem.attempts == attempts:
            line.step()
        waits.append(line.now - failed_at)
    for i, wait in enumerate(waits):
        most = min(modem.BACKOFF_MS << i, modem.BACKOFF_MOST_MS)
        assert 3 * most // 4 <= wait <= most + STEP_MS, (i, wait)
    assert len(set(waits[-3:])) == 3


def test_a_modem_that_restarts_at_any_step_is_brought_back():
    count = 0
    for at in range(200, 16000, 300):
        line = Line()
        while line.now < at:
            line.step()
        line.side.restart()
        assert line.run(20 * 60000), (at, line.modem.last_failure)
        count += 1
    print("modem restarts survived:", count)


def test_noise_on_the_line_is_no_answer_and_no_trap():
    """Bytes lost, changed and put in between, at fixed seeds."""
    for seed in range(1, 21):
        dice = Dice(seed)

        def noise(data, dice=dice):
            out = b""
            for byte in data:
                chance = dice(1)[0]
                if chance < 3:
                    continue
                out += bytes([byte ^ 1 << chance % 8]) if chance < 6 else bytes([byte])
                if chance > 253:
                    out += dice(40)
            return out

        line = Line(noise=noise)
        for _ in range(30 * 60000 // STEP_MS):
            if line.modem.online() and not line.side.data_mode:
                line.modem.lost(line.now)  # PPP would say so
            line.step()
            if line.modem.online() and line.side.data_mode:
                break
            assert len(line.modem._line) <= modem.LINE_BYTES + 1
        assert line.modem.online() and line.side.data_mode, (seed, line.modem.last_failure)


def test_a_lost_connection_is_dialled_again():
    line = Line()
    assert line.run(60000)
    for _ in range(3):
        line.modem.lost(line.now)
        assert line.modem.last_failure == "PPP is down"
        assert line.run(60000)
    assert line.side.key_presses == 1
