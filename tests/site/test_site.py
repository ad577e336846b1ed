"""The built book in a browser, page by page: whole, at home without a network, on a phone and in the dark.

With ZMLIB_SHOTS=FOLDER every page is also pictured there, as PAGE.desktop-light.png and so on.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from pdf import order
from visit import BOOK, DESKTOP, PHONE, keep, too_wide, unplayed, unseen, visit

PAGES = [name for name, _ in order(BOOK / "_toc.yml")]
FORMS = {"desktop": DESKTOP, "phone": PHONE}


@pytest.mark.parametrize("where", ["top", "below"])
@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_whole_and_asks_for_nothing_elsewhere(
    page: str, where: str, browser: Any, request: pytest.FixtureRequest
) -> None:
    faults = visit(browser, f"{request.getfixturevalue(where)}{page}.html") + unseen(browser) + unplayed(browser)
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_fits_its_window(page: str, browser: Any, top: str) -> None:
    visit(browser, f"{top}{page}.html")
    shots = os.environ.get("ZMLIB_SHOTS")
    for form, size in FORMS.items():
        for theme in ("light", "dark"):
            browser.execute_script("document.documentElement.dataset.theme = arguments[0]", theme)
            faults = too_wide(browser, size)
            assert not faults, "\n".join([f"{form}, {theme}", *faults])
            if shots:
                keep(browser, Path(shots) / f"{page.replace('/', '-')}.{form}-{theme}.png")


def test_the_switch_makes_every_page_dark(browser: Any, top: str) -> None:
    visit(browser, f"{top}index.html")
    too_wide(browser, DESKTOP)
    seen = {_theme(browser)}
    for _ in range(3):  # light, dark, and as the reader's system has it
        _shown(browser, ".theme-switch-button").click()
        seen.add(_theme(browser))
        if _theme(browser)[0] == "dark":
            break
    assert {("light", True), ("dark", False)} == seen
    visit(browser, f"{top}{PAGES[-1]}.html")
    assert _theme(browser) == ("dark", False), "the next page forgets"
    browser.execute_script("localStorage.clear()")


@pytest.mark.parametrize(
    ("form", "words"),
    [("desktop", "gamma"), ("desktop", "strength mask"), ("phone", "zero-shot style"), ("phone", "full scale")],
)
def test_the_search_finds_words(form: str, words: str, browser: Any, top: str) -> None:
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.wait import WebDriverWait

    visit(browser, f"{top}index.html")
    too_wide(browser, FORMS[form])
    _shown(browser, ".search-button, .search-button-field").click()
    _shown(browser, "input[type=search]").send_keys(words, Keys.ENTER)
    found = WebDriverWait(browser, 30).until(
        lambda chrome: chrome.find_elements("css selector", "#search-results .search li a")
    )
    target = found[0].get_attribute("href")
    assert target.startswith(top)
    assert not too_wide(browser, FORMS[form])
    assert not visit(browser, target)
    text = browser.execute_script("return document.querySelector('article').innerText.toLowerCase()")
    assert all(word in text for word in words.split())


def _shown(browser: Any, selector: str) -> Any:
    """The first element of the kind that a reader sees: the theme has a few for each size of window."""
    found = [one for one in browser.find_elements("css selector", selector) if one.is_displayed()]
    assert found, f"the page shows no {selector}"
    return found[0]


def _theme(browser: Any) -> tuple[str, bool]:
    """The theme's name, and whether the page's ground is bright."""
    name, ground = browser.execute_script(
        "return [document.documentElement.dataset.theme, getComputedStyle(document.body).backgroundColor]"
    )
    return name, sum(int(part) for part in ground[ground.index("(") + 1 : -1].split(",")[:3]) > 3 * 128
