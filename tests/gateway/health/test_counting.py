"""Drift from sealed windows to the store: each counts once, a restart loses none, no verdict."""

from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from cargoseal.evidence.entries import Verdict
from cargoseal.health import ModelWatch, Reference, model_watches
from cargoseal.health.detector import WINDOWS_PER_UNIT
from cargoseal.health.making import make_reference
from cargoseal.ingest.committer import Arrival
from cargoseal.scoring import rescore_many
from cargoseal.store.schema import drift_units, model_health, segments
from cargoseal_wire import constants as c
from cargoseal_wire.topics import topic
from models.train.dataset import Window
from tests.gateway.evidence.gatehouse import Gatehouse
from tests.gateway.policy.world import MODEL, Box, Row, Sealed, profile

NODES = 9
SENSORS = bytes.fromhex("0000002a00000001")


def rows_at(hour: int, level: int, chance: np.random.Generator) -> list[Row]:
    """Twenty minutes of an hour about a level, in counts."""
    noise = chance.normal(0, 3, 20).astype(int).tolist()
    return [(60 * hour + n, {c.TEMPERATURE: level + noise[n]}) for n in range(20)]


@pytest.fixture(scope="module")
def reference() -> Reference:
    chance = np.random.default_rng(7)
    windows = [
        Window(
            [60_000 * n for n in range(20)],
            {c.TEMPERATURE: [v[c.TEMPERATURE] for _, v in rows_at(0, int(level), chance)]},
        )
        for level in chance.uniform(0, 2000, 1200)
    ]
    flat = b"".join(model_input for model_input, _ in rescore_many(MODEL, windows))
    inputs = np.frombuffer(flat, np.int8).reshape(-1, MODEL.inputs)
    return make_reference(MODEL, inputs, [window.columns for window in windows])


def sealed_by(box: Box, level: int, hours: int = WINDOWS_PER_UNIT) -> list[Sealed]:
    chance = np.random.default_rng(box.seed)
    return [box.seal(rows_at(hour, level, chance)) for hour in range(hours)]


def house(folder: Path, reference: Reference, boxes: list[Box]) -> Gatehouse:
    found = Gatehouse(folder, *boxes, references={MODEL.digest: reference})
    found.ship(7, profile(silence=100_000), *boxes)
    return found


def take(gate: Gatehouse, sealed: list[Sealed]) -> None:
    """The windows of one node arrive at once."""
    name = topic(sealed[0].facts.statement.node, "segment")
    gate.clock.now = max(gate.clock.now, sealed[-1].received_ms)
    gate.committer.commit([Arrival(one.raw, name, False, one.received_ms) for one in sealed])
    gate.recorder.step()


def watches(gate: Gatehouse) -> list[ModelWatch]:
    with gate.store.read() as db:
        return model_watches(db, {MODEL.digest: "climate-v1"})


def strange_fleet() -> list[Box]:
    return [Box(seed, sensors=SENSORS) for seed in range(1, NODES + 1)]


def test_drift_is_a_fact_about_the_model_and_no_verdict(
    tmp_path: Path, reference: Reference
) -> None:
    boxes = strange_fleet()
    gate = house(tmp_path, reference, boxes)
    for box in boxes:
        take(gate, sealed_by(box, 9000))
    (watch,) = watches(gate)
    assert not watch.fits
    assert watch.units == NODES
    assert watch.sensors == SENSORS[:4]
    assert watch.most_changed is not None and watch.most_changed.startswith("temperature")
    assert "no longer look like those it was trained on, since 14 Nov 2023" in watch.sentence
    assert "nothing about the goods" in watch.sentence
    assert not [entry for entry in gate.log(7) if isinstance(entry, Verdict)]
    assert gate.waiting(7) == []


def test_a_fleet_like_the_training_is_told_to_fit(tmp_path: Path, reference: Reference) -> None:
    boxes = strange_fleet()
    gate = house(tmp_path, reference, boxes)
    for box in boxes:
        take(gate, sealed_by(box, 200 * box.seed))
    (watch,) = watches(gate)
    assert (watch.fits, watch.units, watch.open_units) == (True, NODES, 0)
    assert "look like those it was trained on." in watch.sentence


def test_a_restart_at_any_moment_changes_nothing(tmp_path: Path, reference: Reference) -> None:
    found = []
    for restarting in (False, True):
        boxes = strange_fleet()[:4]
        gate = house(tmp_path / str(restarting), reference, boxes)
        for box in boxes:
            for sealed in sealed_by(box, 9000):
                gate.take(sealed)
                if restarting:
                    gate.restart()
        with gate.store.read() as db:
            found.append(
                [
                    [tuple(row) for row in db.execute(sa.text(f"SELECT * FROM {table}"))]
                    for table in ("drift", "drift_units", "model_health")
                ]
            )
    assert found[0] == found[1]
    assert found[0][0]


def test_a_window_that_comes_twice_counts_once(tmp_path: Path, reference: Reference) -> None:
    (box,) = strange_fleet()[:1]
    gate = house(tmp_path, reference, [box])
    sealed = sealed_by(box, 9000, hours=5)
    gate.take(*sealed)
    with gate.store.write() as db:  # offered again, as after a late assignment
        db.execute(segments.update().values(entered=False))
    for one in sealed:
        again = Arrival(one.raw, topic(box.node, "segment"), True, one.received_ms)
        gate.committer.commit([again])
        gate.recorder.step()
    with gate.store.read() as db:
        (state,) = db.execute(sa.select(drift_units.c.state)).scalars()
    assert '"windows":5' in state


def test_a_step_that_fails_counts_nothing(
    tmp_path: Path, reference: Reference, monkeypatch: pytest.MonkeyPatch
) -> None:
    (box,) = strange_fleet()[:1]
    gate = house(tmp_path, reference, [box])
    sealed = sealed_by(box, 9000, hours=3)
    gate.take(*sealed[:2])
    gate.take(sealed[2], record=False)
    monkeypatch.setattr("cargoseal.recorder.mark_entered", lambda *_: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        gate.recorder.step()
    monkeypatch.undo()
    gate.recorder.step()
    with gate.store.read() as db:
        (state,) = db.execute(sa.select(drift_units.c.state)).scalars()
    assert '"windows":3' in state


def test_a_full_unit_that_was_undone_is_counted_again(
    tmp_path: Path, reference: Reference, monkeypatch: pytest.MonkeyPatch
) -> None:
    (box,) = strange_fleet()[:1]
    gate = house(tmp_path, reference, [box])
    sealed = sealed_by(box, 9000)
    gate.take(*sealed[:-1])
    gate.take(sealed[-1], record=False)
    monkeypatch.setattr("cargoseal.recorder.mark_entered", lambda *_: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        gate.recorder.step()
    monkeypatch.undo()
    gate.recorder.step()
    assert watches(gate)[0].units == 1


def test_windows_of_one_hour_count_as_one(tmp_path: Path, reference: Reference) -> None:
    (box,) = strange_fleet()[:1]
    gate = house(tmp_path, reference, [box])
    gate.take(*[box.seal([(minute, {0: 9000})]) for minute in (0, 10, 20, 30)])
    with gate.store.read() as db:
        (state,) = db.execute(sa.select(drift_units.c.state)).scalars()
    assert '"windows":1' in state


def test_one_shipment_of_one_month_is_one_unit_however_long_it_lasts(
    tmp_path: Path, reference: Reference
) -> None:
    (box,) = strange_fleet()[:1]
    gate = house(tmp_path, reference, [box])
    take(gate, sealed_by(box, 9000, hours=5 * WINDOWS_PER_UNIT))
    (watch,) = watches(gate)
    assert (watch.units, watch.fits) == (1, True)


def test_each_sensor_type_is_judged_by_itself_and_calibrations_share_one(
    tmp_path: Path, reference: Reference
) -> None:
    boxes = [*strange_fleet(), Box(20, sensors=bytes(8))]
    boxes[0].sensors = bytes.fromhex("0000002a00000002")
    gate = house(tmp_path, reference, boxes)
    for box in boxes:
        take(gate, sealed_by(box, 9000 if box.seed < 20 else 800))
    strange, usual = watches(gate)
    assert (strange.sensors, strange.units, strange.fits) == (SENSORS[:4], NODES, False)
    assert (usual.sensors, usual.units, usual.fits) == (bytes(4), 1, True)


def test_drift_that_goes_on_is_noted_once_and_over_when_it_has_passed(
    tmp_path: Path, reference: Reference
) -> None:
    boxes = [Box(seed, sensors=SENSORS) for seed in range(1, 50)]
    gate = house(tmp_path, reference, boxes)
    for box in boxes:
        take(gate, sealed_by(box, 9000 if box.seed <= 25 else 300 + 20 * box.seed))
    with gate.store.read() as db:
        events = list(db.execute(sa.select(model_health.c.event)).scalars())
    assert events == ["drift", "over"]
    assert watches(gate)[0].fits


def test_a_model_without_a_reference_is_not_watched(tmp_path: Path, reference: Reference) -> None:
    (box,) = strange_fleet()[:1]
    gate = Gatehouse(tmp_path, box, references={})
    gate.ship(7, profile(), box)
    take(gate, sealed_by(box, 9000))
    assert watches(gate) == []
