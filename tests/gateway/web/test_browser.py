"""The pages in Debian's Chromium: nothing comes from elsewhere, nothing is complained about."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By

from tests.shared_data import absent

QUIET = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        absent("Chromium with its driver (packages chromium and chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in (*QUIET, f"--user-data-dir={tmp_path_factory.mktemp('browser')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    found = webdriver.Chrome(options, webdriver.ChromeService(driver))
    yield found
    found.quit()


def requests_of(browser: webdriver.Chrome) -> list[str]:
    """Addresses that were asked for since this was called last."""
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    return [
        message["params"]["request"]["url"]
        for message in messages
        if message["method"] == "Network.requestWillBeSent"
    ]


@pytest.mark.xdist_group("browser")
@pytest.mark.parametrize(
    "path",
    ["/", "/models", "/token/1", "/token/2", "/token/3", "/token/4", "/token/6", "/token/99"],
)
def test_a_page_asks_for_nothing_from_elsewhere_and_breaks_no_policy(
    browser: webdriver.Chrome, site: str, path: str
) -> None:
    browser.get_log("browser")
    requests_of(browser)
    browser.get(site + path)
    elsewhere = [url for url in requests_of(browser) if not url.startswith((site, "data:"))]
    assert [url for url in elsewhere if not url.startswith("chrome:")] == []
    complaints = [e for e in browser.get_log("browser") if "404" not in e["message"]]
    assert complaints == []


@pytest.mark.xdist_group("browser")
@pytest.mark.parametrize("width", [390, 1200])
@pytest.mark.parametrize("token", [1, 2, 3, 4, 6])
def test_a_page_fits_a_phone_and_a_desk(
    browser: webdriver.Chrome, site: str, width: int, token: int, tmp_path: Path
) -> None:
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500},
    )
    browser.get(f"{site}/token/{token}")
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    headline = browser.find_element(By.ID, "word")
    assert headline.is_displayed() and headline.location["y"] < 400
    picture = tmp_path / "page.png"
    assert browser.save_screenshot(str(picture)) and picture.stat().st_size > 10_000


@pytest.mark.xdist_group("browser")
@pytest.mark.parametrize("width", [390, 1200])
def test_the_page_of_models_fits_a_phone_and_a_desk(
    browser: webdriver.Chrome, site: str, width: int
) -> None:
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500},
    )
    browser.get(f"{site}/models")
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width


@pytest.mark.xdist_group("browser")
def test_text_has_enough_contrast_in_light_and_dark(browser: webdriver.Chrome, site: str) -> None:
    for scheme in ("light", "dark"):
        browser.execute_cdp_cmd(
            "Emulation.setEmulatedMedia",
            {"features": [{"name": "prefers-color-scheme", "value": scheme}]},
        )
        for token in (1, 2, 3, 4):
            browser.get(f"{site}/token/{token}")
            for selector in (".verdict .word", ".verdict p", "h1", "dt", ".tag", "footer p"):
                for element in browser.find_elements(By.CSS_SELECTOR, selector):
                    assert contrast(browser, element) >= 4.5, (scheme, token, selector)


_COLOURS = """
let ground = arguments[0];
while (getComputedStyle(ground).backgroundColor.endsWith(', 0)') && ground.parentElement)
  ground = ground.parentElement;
return [getComputedStyle(arguments[0]).color, getComputedStyle(ground).backgroundColor];
"""


def contrast(browser: webdriver.Chrome, element: object) -> float:
    """Contrast ratio of an element's text (WCAG 2.2, 1.4.3)."""
    text, ground = browser.execute_script(_COLOURS, element)
    light, dark = sorted((luminance(text), luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = colour[colour.index("(") + 1 : -1].split(",")[:3]
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (int(part) / 255 for part in parts)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
