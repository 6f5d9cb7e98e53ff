"""The demonstration comes out as its scenario says, on a chain in plain Python."""

import json
from pathlib import Path
from typing import Any

import demo
import pytest
from scenario import STORIES

from cargoseal.errors import LinkError, UsageError
from cargoseal.replay.table import STABLE_COLUMNS


@pytest.mark.xdist_group("demo")
@pytest.mark.parametrize("chain", ["embedded"])
def test_the_demonstration_comes_out_as_its_scenario_says(tmp_path: Path, chain: str) -> None:
    said: list[str] = []
    result = demo.demonstrate(tmp_path / "demo", chain, said.append)
    assert demo.complaints(result) == []
    rows = {row["shipment"]: row for row in result["rows"]}
    assert list(rows) == [story.label for story in STORIES]
    # Nothing that was sealed is lost over a link drop and two power cuts.
    quiet = rows["link and power lost"]
    assert quiet["sealed"] == quiet["verified"]
    assert (quiet["gaps"], quiet["silences"]) == (0, 1)
    # Two nodes agree; the tamper is proven; one node is silent on chain.
    assert "2 nodes agree" in rows["cooling failed"]["why"]
    assert "tamper" in rows["tracker taken off"]["why"]
    assert rows["node falls silent"]["silences"] == 1
    assert rows["link under attack"]["refused"] == 3
    # A pothole and a drop are handling windows of one node; the drop is told with its height.
    dropped = rows["dropped at the dock"]
    assert dropped["handling"].startswith("2, score ")
    assert dropped["why"].endswith("fall of 391 ms (749 mm)")  # from 760 mm
    (stream,) = result["shipments"][-1]["streams"].values()
    assert (stream["samples"], stream["sealed"], stream["bursts"]) == (12_000, 302, 2)
    assert [row["handling"] for row in result["rows"]][:-1] == [""] * 6
    for shipment in result["shipments"]:
        if shipment["row"]["condition"] in ("flagged", "compromised"):
            assert shipment["seconds"]["stored_to_status_of"] < 30
    # A gateway that lies about one score is refuted by somebody who has its bundle and no more.
    ending = result["refutation"]
    assert ending["said"]["words"].endswith("got 999999 in the log")
    assert [one["type"] for one in ending["history_before"]] == ["minted", "posted"]
    assert [one["type"] for one in ending["history_after"]] == ["minted", "posted", "refuted"]
    assert "are what their nodes sealed" in ending["honest"]["why"]
    assert {path.name for path in (tmp_path / "demo" / "bystander").iterdir()} == {
        "bystander.key",
        "honest.cargoseal",
        "token.cargoseal",
    }
    # The nodes' own time from the excursion to its verdict; nothing to say where there was none.
    waits = [row["excursion→verdict"] for row in result["rows"]]
    assert waits == ["–", "55 min", "85 min", "60 min", "–", "–", "1 s"]
    json.dumps(result)
    assert set(result["stable_columns"]) == set(STABLE_COLUMNS)


def test_a_folder_with_other_files_is_not_emptied(tmp_path: Path) -> None:
    precious = tmp_path / "letters.txt"
    precious.write_text("keep me")
    with pytest.raises(UsageError, match="got one with other files"), demo.emptied(tmp_path):
        pass
    assert precious.read_text() == "keep me"


def test_the_folder_of_an_earlier_demonstration_is_emptied_and_held(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    with demo.emptied(folder):
        (folder / "clock").touch()
        with pytest.raises(UsageError, match="another demonstration"), demo.emptied(folder):
            pass
        assert (folder / "clock").exists()
    with demo.emptied(folder):
        assert not (folder / "clock").exists()


def test_a_simulator_that_cannot_run_is_an_error_with_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARGOSEAL_NODE", "/bin/false")
    with pytest.raises(LinkError, match="simulator: "):
        demo.demonstrate(tmp_path / "demo", None, lambda _: None)


def test_a_complaint_names_the_shipment_what_was_expected_and_what_came() -> None:
    shipments = [
        {
            "row": {
                "condition": story.condition,
                "doubts": story.doubts,
                "checked": "ok",
                "sealed": 2,
                "verified": 2,
                "readings": 24,
            },
            "readings_in": 24,
            "refused_by_name": dict(story.refused),
        }
        for story in STORIES
    ]
    ending: dict[str, Any] = {
        "exit_code": 0,
        "paid_ether": 0.75,
        "gateway_active": False,
        "history_before": [{"outcome": "flagged"}],
        "history_after": [{"type": "refuted", "outcome": "sound"}],
        "honest": {"exit_code": 1},
    }
    result = {"shipments": shipments, "refutation": ending}
    assert demo.complaints(result) == []
    shipments[0]["row"]["verified"] = 1
    ending["gateway_active"] = True
    assert demo.complaints(result) == [
        "link and power lost: expected lost segments 0, got 1",
        "a gateway that lies: the lying gateway's right to post: expected False, got True",
    ]
