"""Handling windows on a page: the hardest in words, and none of their samples in the pictures."""

from cargoseal.policy.bursts import Burst
from cargoseal.policy.profile import load_profile
from cargoseal.web.handling import MOST_TOLD, handling_of
from cargoseal.web.panels import Sealed, panels_of
from cargoseal_wire import constants as wire

START_MS = 1_780_272_000_000  # 2026-06-01T00:00:00Z


def sealed(number: int, burst: Burst | None, score: int = 7) -> Sealed:
    columns: dict[int, list[int | None]] = {wire.TEMPERATURE: [500, 510]}
    if burst is not None:
        columns = {axis: [0, 1] for axis in (wire.ACCEL_X, wire.ACCEL_Y, wire.ACCEL_Z)}
    start_ms = START_MS + number * 60_000
    return Sealed(bytes(8), number, score, start_ms, start_ms + 10, [0, 10], columns, [], burst)


def test_a_fall_is_told_with_its_time_its_height_and_what_the_model_says() -> None:
    told = handling_of([sealed(1, None), sealed(61, Burst(22_627, 1000, 390, 1000), 15_876)])
    assert told.count == 1
    assert told.hardest == [
        "01 Jun 2026 01:01 UTC, node 000000: a fall of 390 ms, about 0.74 m, then a peak of "
        "22.6 g; score 15,876"
    ]


def test_a_shock_without_a_fall_has_no_height() -> None:
    told = handling_of([sealed(1, Burst(2936, 1000, 0, 1500))])
    assert told.hardest[0].endswith("node 000000: a peak of 2.9 g; score 7")


def test_falls_come_first_then_peaks_and_a_long_list_is_counted_not_shown() -> None:
    shocks = [sealed(n, Burst(2000 + 100 * n, 1000, 0, 1500)) for n in range(20)]
    told = handling_of([*shocks, sealed(30, Burst(2100, 1000, 200, 1000))])
    assert told.count == 21 and len(told.hardest) == MOST_TOLD
    assert "a fall of 200 ms" in told.hardest[0]
    assert "3.9 g" in told.hardest[1] and "3.1 g" in told.hardest[-1]


def test_samples_of_bursts_are_in_no_picture() -> None:
    windows = [sealed(1, None), sealed(2, Burst(2500, 1000, 0, 1500))]
    panels = panels_of(windows, load_profile("vaccine-2-8"))
    assert [panel.title for panel in panels] == ["Temperature"]
