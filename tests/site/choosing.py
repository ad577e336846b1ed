"""The page of blind choices as a test sees and uses it, and what the project keeps for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from visit import BOOK, DESKTOP, too_wide, visit

DATA = BOOK / "_build" / "html" / "play" / "data" / "blind"
CHOICES = 20
FORGET = "localStorage.removeItem('zmlib-choose')"
SHOWN = "return document.getElementById('choose').dataset.shows"


def data() -> dict[str, Any]:
    return json.loads((DATA / "frames.json").read_text(encoding="utf-8"))["data"]


def key() -> dict[str, Any]:
    return json.loads((DATA / "key.json").read_text(encoding="utf-8"))


def opened(browser: Any, top: str) -> Any:
    """The page with its first two pictures, in a window of a desk, for a reader who has not been there."""
    too_wide(browser, DESKTOP)
    browser.get(f"{top}choose.html")
    browser.execute_script(FORGET)
    assert not visit(browser, f"{top}choose.html")
    shows(browser, 1)
    return browser


def until(browser: Any, done: Any) -> Any:
    from selenium.webdriver.support.wait import WebDriverWait

    return WebDriverWait(browser, 20, poll_frequency=0.05).until(lambda _: done())


def part(browser: Any, name: str) -> Any:
    return browser.find_element("css selector", f"#choose [data-part={name}]")


def shows(browser: Any, what: int | str) -> None:
    """Wait for choice number `what`, or for the "end"."""
    until(browser, lambda: browser.execute_script(SHOWN) == str(what))


def press(browser: Any, letter: str) -> None:
    """A key for the whole page, as without a mouse: an arrow by its name in selenium, or a letter."""
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    ActionChains(browser).send_keys(getattr(Keys, letter, letter)).perform()


def click(browser: Any, name: str) -> None:
    """A click in the middle of the window: at its top is the theme's bar."""
    element = part(browser, name)
    browser.execute_script("arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' })", element)
    element.click()


def bout(browser: Any) -> dict[str, str]:
    """What is to be seen: the files of the four pictures."""
    return {
        name: Path(part(browser, name).find_element("css selector", "img").get_attribute("src")).name
        for name in ("photo", "painting", "left", "right")
    }


def through(browser: Any, answers: list[str]) -> list[dict[str, str]]:
    """Give answers ("left", "right" or "skip") by the keyboard; what was to be seen at each."""
    keys, seen = {"left": "ARROW_LEFT", "right": "ARROW_RIGHT", "skip": "s"}, []
    begin = int(browser.execute_script(SHOWN))
    for i, answer in enumerate(answers, begin):
        shows(browser, i)
        seen.append(bout(browser))
        press(browser, keys[answer])
    return seen


def table(browser: Any) -> dict[str, tuple[int, int]]:
    """The tally: method -> how often it was chosen, of how many."""
    rows = [row.text.split() for row in part(browser, "tally").find_elements("css selector", "tr")]
    return {row[0]: (int(row[1]), int(row[2])) for row in rows}
