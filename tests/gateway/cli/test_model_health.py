"""`cargoseal model health` and the line in `status`: told from the store, apart from the goods."""

import json
from collections.abc import Callable

import pytest

from cargoseal.cli.model_health import known_watches
from cargoseal.cli.session import Session
from cargoseal.store.schema import drift, model_health

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(folder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the program in the site's folder; (exit code, stdout, stderr)."""
    import sys

    from cargoseal.cli import main

    def call(*words: object) -> tuple[int, str, str]:
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "argv", ["cargoseal", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return call


def test_model_health_tells_of_drift_in_a_sentence_and_as_json(run: Run, folder) -> None:
    code, out, err = run("model", "health")
    assert (code, err) == (0, "")
    current = Session(folder / "cargoseal.toml")
    key = {"model": bytes(32), "sensors": bytes.fromhex("0000002a")}
    body = json.dumps({"most_changed": "humidity mean", "share": 0.62, "expected": 0.05})
    with current.store.write() as db:
        db.execute(drift.insert().values(**key, units=40, state="{}"))
        db.execute(
            model_health.insert().values(
                **key, event="drift", since_ms=1_700_000_000_000, noted_ms=1, body=body
            )
        )
    (watch,) = known_watches(current)
    current.store.close()
    _, out, _ = run("model", "health")
    assert watch.sentence in out
    assert "most changed: humidity mean (62 % of its windows lie where 5.0 %" in out
    told = json.loads(run("model", "health", "--json")[1])
    assert told["models"][0]["sensors"] == "0000002a"
    assert told["models"][0]["fits"] is False
