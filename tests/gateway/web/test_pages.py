"""What the pages say, and what they must never do."""

import pytest
from starlette.testclient import TestClient

from cargoseal.evidence.bundle import decode_bundle
from cargoseal.store import Store
from cargoseal.web.app import create_app
from tests.gateway.running import FixedClock
from tests.gateway.web.story import HOSTILE


def word(page: str) -> str:
    """The headline of a token's page."""
    return page.split('id="word">')[1].split("<")[0]


@pytest.mark.parametrize(
    ("token", "headline"),
    [(1, "Sound"), (2, "Flagged"), (3, "Compromised"), (4, "Not known"), (5, "Not known")],
)
def test_a_page_says_the_condition_in_a_word(pages: TestClient, token: int, headline: str) -> None:
    assert word(pages.get(f"/token/{token}").text) == headline


def test_each_condition_has_a_shape_of_its_own(pages: TestClient) -> None:
    shapes = {pages.get(f"/token/{t}").text.split('class="shape">')[1][:60] for t in (1, 2, 3, 4)}
    assert len(shapes) == 4


def test_a_silent_shipment_is_never_called_sound(pages: TestClient) -> None:
    page = pages.get("/token/4").text
    assert ">Sound<" not in page
    assert "Silent: at least one node has not been heard" in page


def test_a_flagged_page_says_why_with_limit_and_measurement(pages: TestClient) -> None:
    page = pages.get("/token/2").text
    assert "temperature above 8 °C for 40 minutes in total" in page
    assert "at worst 9." in page


def test_a_compromised_page_names_both_nodes_that_agree(pages: TestClient) -> None:
    assert "each from its own sealed readings" in pages.get("/token/3").text


def test_readings_are_a_picture_with_limits_and_verdicts_marked(pages: TestClient) -> None:
    page = pages.get("/token/2").text
    assert page.count('role="img"') == 3
    assert 'class="limit"' in page and 'class="mark"' in page
    assert "Temperature in °C. node " in page


def test_the_mean_kinetic_temperature_is_told_as_information(pages: TestClient) -> None:
    page = pages.get("/token/1").text
    assert "Mean kinetic temperature, for information: node " in page
    assert page.count("ΔH 83.144 kJ/mol") == 2


def test_a_channel_that_never_changed_is_told_in_words_and_not_drawn(pages: TestClient) -> None:
    page = pages.get("/token/1").text
    assert "Without a change: door 0." in page
    assert "<b>Door</b>" not in page


def test_a_stretch_of_silence_is_shaded_in_the_picture(pages: TestClient) -> None:
    assert 'class="blank"' in pages.get("/token/4").text


def test_a_hostile_label_stays_text(pages: TestClient) -> None:
    for path in ("/", "/token/4"):
        page = pages.get(path).text
        assert "<script" not in page
        assert "&lt;script&gt;alert(1)" in page
    assert pages.get("/token/4.json").json()["label"] == HOSTILE


def test_a_fall_is_told_with_its_height_and_its_burst(pages: TestClient) -> None:
    page = pages.get("/token/6").text
    assert word(page) == "Flagged"
    assert "the shipment fell: dropped from about 0.8 m (" in page
    assert "a peak of 16.0 g; score " in page
    assert "accel" not in page.lower().split("<h2>readings</h2>")[1].split("<h2>what happened")[0]


def test_a_model_that_no_longer_fits_is_told_apart_from_the_goods(pages: TestClient) -> None:
    for path in ("/", "/token/1", "/models"):
        page = pages.get(path).text
        assert "no longer look like those it was trained on, since" in page
        assert "This says nothing about the goods" in page
    assert word(pages.get("/token/1").text) == "Sound"


@pytest.mark.parametrize(
    "path",
    [
        "/token/99",
        "/token/-1",
        "/token/1e9",
        "/token/9223372036854775808",
        "/token/%3Cscript%3E",
        "/token/1/../../etc/passwd",
        "/token/" + "9" * 5000,
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/nothing",
    ],
)
def test_a_path_that_makes_no_sense_is_not_found(pages: TestClient, path: str) -> None:
    answer = pages.get(path)
    assert answer.status_code == 404
    assert "Traceback" not in answer.text and "<script" not in answer.text


def test_an_unknown_section_to_withhold_is_a_clear_mistake(pages: TestClient) -> None:
    answer = pages.get("/token/1/bundle", params={"withhold": "everything'; DROP TABLE"})
    assert answer.status_code == 400
    assert "readings" in answer.text


@pytest.mark.parametrize("path", ["/", "/token/1", "/token/99", "/static/page.css", "/nothing"])
def test_every_answer_carries_the_policy_that_allows_no_script(
    pages: TestClient, path: str
) -> None:
    headers = pages.get(path).headers
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert "script" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_nothing_can_be_written(pages: TestClient, method: str) -> None:
    assert getattr(pages, method)("/token/1").status_code == 405


def test_places_are_withheld_unless_the_configuration_shows_them(
    pages: TestClient, told: tuple[Store, FixedClock]
) -> None:
    assert "38.70000" not in pages.get("/token/1").text
    assert "38.70000" not in pages.get("/token/1.json").text
    open_pages = TestClient(create_app(*told, "story", locations=True))
    assert "38.70000, -9.10000, known to 12 m" in open_pages.get("/token/1").text


def test_a_bundle_from_the_page_has_no_place_in_it(pages: TestClient) -> None:
    answer = pages.get("/token/1/bundle")
    assert answer.headers["content-disposition"] == 'attachment; filename="token-1.cargoseal"'
    bundle = decode_bundle(answer.content)
    assert bundle.token == 1
    assert bundle.segments
    assert all(segment.location is None for segment in _segments(bundle.segments))


def test_a_bundle_can_leave_the_readings_out(pages: TestClient) -> None:
    bundle = decode_bundle(pages.get("/token/1/bundle?withhold=readings").content)
    assert all(segment.readings is None for segment in _segments(bundle.segments))


def test_no_secret_of_a_node_leaves(pages: TestClient, told: tuple[Store, FixedClock]) -> None:
    with told[0].read() as db:
        keys = [bytes(row[0]) for row in db.exec_driver_sql("SELECT receipt_key FROM nodes")]
    answers = [
        pages.get(f"/token/{token}{suffix}").content
        for token in range(1, 6)
        for suffix in ("", ".json", "/bundle")
    ]
    for key in keys:
        assert all(key not in answer and key.hex().encode() not in answer for answer in answers)


def test_the_health_page_reads_the_store(pages: TestClient) -> None:
    assert pages.get("/healthz").text == "ok\n"


def _segments(found: object) -> list:
    from cargoseal_wire.segment import Segment, decode_segment

    values = found.values() if isinstance(found, dict) else found
    return [s if isinstance(s, Segment) else decode_segment(s) for s in values]
