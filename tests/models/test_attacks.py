"""The table of attacks: it can tell an attack from none, and says so when it cannot."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cargoseal.policy.plausibility.vapour import vapour
from cargoseal_wire.constants import HUMIDITY, LIGHT, SHOCK, TEMPERATURE
from models.data.recording import Recording
from models.evaluate import attacks
from models.evaluate.attack_judge import PLAUSIBILITY, ROOM, Judge
from models.evaluate.attack_trials import Tried
from models.evaluate.detectors import load_detectors
from models.evaluate.forged import forgeries, refusal, sealed
from models.evaluate.sets.attacks import evaluate, goal, table

MINUTE_MS = 60_000


def shipment(seed: int = 1) -> list[Recording]:
    """Three nodes beside each other for four hours, a reading a minute."""
    chance = np.random.default_rng(seed)
    minutes = np.arange(240)
    swing = 40 * np.sin(minutes / 80)
    found = []
    for node in range(3):
        noise = chance.normal(0, 3, (3, 240))
        columns = {
            TEMPERATURE: (2000 + swing + noise[0]).round().astype(int),
            HUMIDITY: (5000 - 3 * swing + 3 * noise[1]).round().astype(int),
            LIGHT: (3000 + noise[2]).round().astype(int),
            SHOCK: np.full(240, 1000),
        }
        found.append(
            Recording(
                "made",
                f"node {node}",
                "none",
                "made",
                1_700_000_000_000 + minutes.astype(np.int64) * MINUTE_MS,
                {channel: list(values.tolist()) for channel, values in columns.items()},
            )
        )
    return found


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(load_detectors(), ROOM + PLAUSIBILITY, "any")


def test_nothing_is_noticed_where_nobody_attacks(judge: Judge) -> None:
    assert {word for word in judge(shipment()) if not word.startswith("score")} == set()


@pytest.mark.parametrize(
    ("act", "word"),
    [
        (attacks.heated(20, 15), "alone"),
        (attacks.heated(-15, 15), "alone"),
        (attacks.heated(20, 15, dry=False), "vapour"),
        (attacks.covered, "shaded"),
        (attacks.played_again(), "replay"),
        (attacks.played_again(level=-300), "replay"),
        (attacks.played_again(other=True), "replay"),
        (attacks.stuck, "stuck"),
        (attacks.shifted(12), "limits"),
    ],
)
def test_an_attack_is_noticed_by_the_rule_that_is_made_for_it(
    judge: Judge, act: attacks.Act, word: str
) -> None:
    assert word in judge(act(shipment(), np.random.default_rng(1)))


def test_a_shaken_replay_is_honestly_not_noticed_as_one(judge: Judge) -> None:
    found = judge(attacks.played_again(noise=1)(shipment(), np.random.default_rng(1)))
    assert "replay" not in found


def test_windows_that_are_withheld_leave_a_gap(judge: Judge) -> None:
    assert "gap" in judge(shipment(), lambda sent: [s for s in sent if s.counter != 2])


def test_heat_at_constant_vapour_keeps_the_vapour_and_strikes_one_node_only() -> None:
    calm = shipment()
    hot = attacks.heated(20, 15)(calm, np.random.default_rng(1))
    assert hot[1:] == calm[1:]
    at = 128
    before, after = calm[0].columns, hot[0].columns
    assert after[TEMPERATURE][at] == (before[TEMPERATURE][at] or 0) + 2000
    old = vapour(before[TEMPERATURE][at] or 0, before[HUMIDITY][at] or 0)
    new = vapour(after[TEMPERATURE][at] or 0, after[HUMIDITY][at] or 0)
    assert new == pytest.approx(old, rel=0.002)


def test_an_honest_segment_is_taken_and_every_forged_one_refused() -> None:
    assert refusal(sealed()) == ""
    assert [why for _, why in forgeries()] == [
        "refused: DigestMismatch",
        "refused: BadSignature",
        "refused: WrongScore",
        "refused: WrongAudience",
    ]


def test_on_the_recordings_the_loud_attacks_are_noticed_and_the_quiet_ones_told(
    shared_data: Callable[[str], Path],
) -> None:
    data = shared_data("public/room_climate_doors/SOURCE.md").parents[1]
    result = evaluate(data, load_detectors(), lambda _: None)
    assert result is not None
    lines = [text.split(" | ") for text in result.text.splitlines() if text.startswith("| ")][1:]
    assert len(lines) == len(result.facts) >= 28
    notes = {cells[0].removeprefix("| "): cells[-1] for cells in lines}
    assert notes["heat gun on one sensor (+20 K)"].startswith("alone, limits")
    assert "replay" in notes["first half played again"]
    assert "stuck" in notes["sensor stuck for two hours"]
    assert "gap" in notes["every fifth window withheld"]
    assert "clock" in notes["node's clock put a day ahead"]
    assert "replay" not in notes["first half again, last digit shaken"]
    for cells in lines:  # what was altered, on which recording, by what or why not
        assert len(cells) == 4 and all(cell.strip("| ") for cell in cells)
    assert "the reason is not known" not in result.text


def test_what_nobody_notices_counts_as_missed_and_is_told_with_its_reason() -> None:
    tried = [
        Tried("loud", "heat", "a room", 3, {"limits": 3, "score": 1}),
        Tried("quiet", "a shift", "a room", 3, {}, "it stays within limits"),
        Tried("tried only", "a ramp", "a room", 3, {"score (does not ship)": 3}, "it is slow"),
    ]
    assert table(tried).splitlines()[2:] == [
        "| loud | heat | a room | limits, score (1 of 3) |",
        "| quiet | a shift | a room | **not noticed**: it stays within limits |",
        "| tried only | a ramp | a room | **not noticed**: it is slow; score (does not ship) |",
    ]
    said = goal(tried)
    assert said.figure.startswith("1 of 3 noticed by what ships")
    assert (said.reached, said.baseline) == (None, "limits alone: 1")


def test_a_folder_without_the_sets_has_no_table(tmp_path: Path) -> None:
    assert evaluate(tmp_path, load_detectors(), lambda _: None) is None
