"""kill -9 of a recorder at random moments: no segment missing, none twice, no verdict twice."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from cargoseal.evidence.entries import SegmentEntry
from tests.gateway.evidence.gatehouse import Gatehouse
from tests.gateway.policy.world import AUDIENCE, WARM, Box, Story, profile, steady

KILLS = 4
PER_ROUND = 25
RECORDER = """
import sys
from pathlib import Path
from cargoseal import recorder
from cargoseal.clock import FileClock
from cargoseal.store import Store

recorder.BATCH = 3  # many small transactions, so that kills fall between and into them
with Store(Path(sys.argv[1])) as store:
    one = recorder.Recorder(store, FileClock(sys.argv[2]), bytes.fromhex(sys.argv[3]))
    print("READY", flush=True)
    while True:
        one.step()
"""


def test_a_recorder_that_is_killed_again_and_again_writes_the_same_log(tmp_path: Path) -> None:
    chance = random.Random(11)
    rules = profile(WARM, silence=10_000)
    box, twin = Box(), Box()
    house, story = Gatehouse(tmp_path, box), Story(rules, twin)
    house.ship(7, rules, box)
    house.recorder.step()
    clock = tmp_path / "clock"
    clock.write_bytes(house.clock.now.to_bytes(8, "little"))
    arguments = [str(tmp_path / "gateway.db"), str(clock), AUDIENCE.hex()]
    minute = 0
    for _ in range(KILLS):
        for _ in range(PER_ROUND):
            value = chance.choice([500, 500, 900])
            house.take(box.seal(steady(minute, minute + 19, value)), record=False)
            story.receive(twin.seal(steady(minute, minute + 19, value)))
            minute += 20
        clock.write_bytes(house.clock.now.to_bytes(8, "little"))
        _run_and_kill(arguments, chance.uniform(0.0, 0.15))
    house.restart()
    while house.recorder.step():
        pass
    assert house.log(7) == story.entries
    counted = [e.counter for e in house.log(7) if isinstance(e, SegmentEntry)]
    assert counted == list(range(1, KILLS * PER_ROUND + 1))
    assert len(house.waiting(7)) == len(story.posted)
    house.store.close()


def _run_and_kill(arguments: list[str], after_s: float) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", RECORDER, *arguments], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "READY\n"
    time.sleep(after_s)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
