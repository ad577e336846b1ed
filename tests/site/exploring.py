"""The page of affine parameters and frames as a test sees and moves it, and what the build made for it."""

from __future__ import annotations

import base64
import io
import json
import re
from typing import Any

import numpy as np
from PIL import Image
from visit import BOOK, DESKTOP, too_wide, visit

DATA = BOOK / "_build" / "html" / "play" / "data"
CHAPTERS = ("values", "fig7", "fig9", "any_size")
NEAR = 0.002  # of gamma and beta, which the page rounds to 3 digits
PICTURE = "return arguments[0].toDataURL('image/png').split(',')[1]"
SET = "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('input'))"


def data(chapter: str, what: str = "data") -> dict[str, Any]:
    return json.loads((DATA / chapter / "frames.json").read_text(encoding="utf-8"))[what]


def opened(browser: Any, top: str) -> Any:
    """The page, filled, in a window of a desk."""
    too_wide(browser, DESKTOP)
    assert not visit(browser, f"{top}explore.html")
    filled(browser)
    return browser


def filled(browser: Any) -> None:
    until(browser, lambda: not browser.find_elements("css selector", ".explore[aria-busy=true]"))


def until(browser: Any, done: Any) -> Any:
    from selenium.webdriver.support.wait import WebDriverWait

    return WebDriverWait(browser, 20, poll_frequency=0.05).until(lambda _: done())


def part(browser: Any, section: str, name: str) -> Any:
    return browser.find_element("css selector", f"#explore-{section} [data-part={name}]")


def point(browser: Any, element: Any, click: bool = False) -> None:
    """Move the mouse to an element, in the middle of the window: at its top is the theme's bar."""
    from selenium.webdriver.common.action_chains import ActionChains

    browser.execute_script("arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' })", element)
    chain = ActionChains(browser).move_to_element(element)
    (chain.click() if click else chain).perform()


def press(browser: Any, key: str, on: Any = None, times: int = 1) -> None:
    """A key by its name in selenium, on an element or on what has the focus."""
    from selenium.webdriver.common.keys import Keys

    on = on or browser.switch_to.active_element
    for _ in range(times):
        on.send_keys(getattr(Keys, key))


def shown(browser: Any, section: str = "values", name: str = "picture") -> np.ndarray:
    """The picture on a canvas, (H, W, 3) in [0, 1]."""
    encoded = browser.execute_script(PICTURE, part(browser, section, name))
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(encoded))).convert("RGB")) / 255


def frame(chapter: str, strip: dict[str, Any], index: int) -> np.ndarray:
    page = np.asarray(Image.open(DATA / chapter / strip["file"]).convert("RGB")) / 255
    return page[:, strip["width"] * index : strip["width"] * (index + 1)]


def same(a: np.ndarray, b: np.ndarray) -> bool:
    """One browser's JPEG decoder and another's differ by a level here and there."""
    return a.shape == b.shape and float(np.abs(a - b).mean()) < 0.01


def shows(browser: Any, what: str, section: str = "values") -> None:
    until(browser, lambda: part(browser, section, "picture").get_attribute("data-shows") == what)


def numbers(browser: Any) -> list[float]:
    until(browser, lambda: browser.find_element("id", "explore-values").get_attribute("data-settled") == "true")
    text = part(browser, "values", "numbers").text.replace("\u2212", "-")
    return [float(found) for found in re.findall(r"= (-?\d+\.\d+)", text)]


def style(browser: Any, name: str) -> Any:
    return browser.find_element("css selector", f"[data-style={name}]")
