"""Which handling detector ships is what the contest says, and nothing else."""

import json

from models.evaluate.detectors import CONTENDERS, SHIPPED, load_detectors
from models.evaluate.result import SetResult
from models.evaluate.sets.handling import NAME, ships
from models.evaluate.sets.handling_bursts import cases
from models.evaluate.sets.handling_judges import judged, judges
from models.evaluate.sets.handling_labels import SETS
from models.evaluate.sets.handling_streams import streams
from models.train.handling import CALM_OR_LONG
from tests.shared_data import shared_data

FOLDER = SHIPPED / "handling-v1"


def test_the_shipped_blob_is_byte_for_byte_the_one_that_the_contest_names() -> None:
    found = [s for name in SETS for s in streams(shared_data("public"), name) or []]
    bursts = cases(found)
    blobs = judges(load_detectors())[: len(load_detectors().handling)]
    said = {j.name: judged(j, j.says([c.burst for c in bursts]), bursts, found) for j in blobs}
    winner = ships(SetResult(NAME, "", judged=said), blobs)
    (folder,) = [
        path.parent
        for path in CONTENDERS.glob("handling-*/detector.json")
        if json.loads(path.read_text())["name"] == winner.name
    ]
    assert (FOLDER / "model.blob").read_bytes() == (folder / "model.blob").read_bytes()
    assert json.loads((FOLDER / "metrics.json").read_text())["ships"]["detector"] == (
        "baseline" if winner.is_baseline else "model"
    )


def test_the_rule_that_stands_first_is_the_strongest_on_simulated_shipments() -> None:
    """At one false alarm in a hundred no other rule finds more of the simulated drops."""
    first = load_detectors().handling[1]
    assert first.is_baseline and first.name == CALM_OR_LONG
    tables = json.loads((FOLDER / "metrics.json").read_text())["tables"]
    (table,) = [t for t in tables if t["title"] == "Simulated faults"]
    (drops,) = [row for row in table["rows"] if row[0] == "drop"]
    names = [c.removesuffix(": AUC") for c in table["columns"][1::2]]
    found = dict(zip(names, map(float, drops[2::2]), strict=True))
    rules = [d.name for d in load_detectors().handling if d.is_baseline]
    assert len(rules) > 3 and found[first.name] == max(found[name] for name in rules)


def test_the_thresholds_that_are_judged_are_those_of_the_card() -> None:
    told = json.loads((FOLDER / "metrics.json").read_text())["operating_points"]
    (shipped,) = [
        d
        for d in load_detectors().handling
        if d.model.digest.hex() == json.loads((FOLDER / "metrics.json").read_text())["model"]
    ]
    assert {p["use"]: float(p["threshold"]) for p in told} == {
        use: point.threshold for use, point in shipped.points.items()
    }
