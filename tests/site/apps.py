"""A widget app as `zmlib app` serves it, and what a reader does with it in a browser."""

from __future__ import annotations

import base64
import io
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from PIL import Image
from processes import running
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.support.wait import WebDriverWait

PATIENCE = 90  # s; test workers share the cores with everything else

STATE = "return document.querySelector('.zm-picture')?.dataset.state ?? null"
RESTS = STATE.replace("return ", "const state = ") + "; return state === 'busy' ? null : state"
STATUS = "return document.querySelector('.zm-picture [role=status]').textContent"
SHOWN = """
const done = arguments[0], image = document.querySelector(".zm-picture img");
fetch(image.src).then(answer => answer.blob()).then(blob => {
  const reader = new FileReader();
  reader.onload = () => done(reader.result);
  reader.readAsDataURL(blob);
});
"""
# Notes when a pointer touches the plane, and when pictures are on the screen after that.
WATCH = """
const seen = window.seen = {touched: 0, pictures: []};
const image = document.querySelector(".zm-picture img");
document.querySelector(".zm-plane").addEventListener("pointerdown",
  () => { seen.touched = performance.now(); seen.pictures = [] }, true);
image.addEventListener("load", () => requestAnimationFrame(
  () => seen.pictures.push([performance.now() - seen.touched, image.naturalWidth])));
"""


@contextmanager
def served(*words: str) -> Iterator[str]:
    """`zmlib app` with these words, on a free port; its address. SIGTERM must end it well."""
    command = [sys.executable, "-m", "zmlib", "app", *words, "--no-browser", "--port", str(_port())]
    with running(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as server:
        assert server.stdout is not None
        line = server.stdout.readline()
        address = re.search(r"http://127\.0\.0\.1:\d+/", line)
        assert address, line + server.stdout.read()
        yield address[0]
        server.terminate()
        rest = server.communicate(timeout=60)[0]
    assert server.returncode == 0 and rest.strip() == "Stopped.", rest


def _port() -> int:
    """A port that is free now; not the usual one, which two test workers would find free at once."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(browser: Any, true: Any, what: str) -> Any:
    return WebDriverWait(browser, PATIENCE, 0.05).until(true, what)


def settled(browser: Any) -> np.ndarray:
    """The picture when it is done, as the browser has it, (H, W, 3)."""
    # Read once: the end of an upload may make the app busy again between two readings.
    state = until(browser, lambda chrome: chrome.execute_script(RESTS), "the app stays busy")
    assert state == "done", browser.execute_script(STATUS)
    until(browser, lambda chrome: shown(chrome)[0] == "image/png", "the whole picture does not come")
    return shown(browser)[1]


def shown(browser: Any) -> tuple[str, np.ndarray]:
    """The kind and the pixels of the picture on the screen."""
    kind, content = browser.execute_async_script(SHOWN).removeprefix("data:").split(";base64,")
    return kind, np.asarray(Image.open(io.BytesIO(base64.b64decode(content))).convert("RGB"))


def changed(browser: Any, act: Any) -> np.ndarray:
    """Do something to the app, and return the picture that it then shows, which must be another one."""
    before = browser.execute_script("return document.querySelector('.zm-picture img').src")
    act()
    until(
        browser,
        lambda chrome: chrome.execute_script("return document.querySelector('.zm-picture img').src") != before,
        "nothing happens",
    )
    return settled(browser)


def fails(browser: Any, act: Any) -> str:
    """Do something that cannot work, and return the sentence that the app says; its picture must stay."""
    before = shown(browser)[1]
    act()
    until(browser, lambda chrome: chrome.execute_script(STATE) == "error", "no error is said")
    assert np.array_equal(shown(browser)[1], before), "the picture has changed"
    return browser.execute_script(STATUS)


def find(browser: Any, selector: str, text: str = "") -> Any:
    """The element of that kind with that text."""
    found = [one for one in browser.find_elements("css selector", selector) if not text or one.text == text]
    assert found, f"the page has no {selector} {text}"
    return found[0]


def press(browser: Any, *keys: str) -> None:
    """Keys on the plane's handle."""
    handle = find(browser, ".zm-plane-handle")
    for key in keys:
        handle.send_keys(key)


def drag(browser: Any, steps: int = 12) -> None:
    """Drag the handle."""
    chain = ActionChains(browser, duration=20).click_and_hold(find(browser, ".zm-plane-handle"))
    for _ in range(steps):
        chain = chain.move_by_offset(4, -3)
    chain.release().perform()


def latency(browser: Any, spots: list[tuple[int, int]]) -> list[tuple[float, float]]:
    """Press at each place (px from the plane's middle) and hold: ms until a new picture shows, and the whole one."""
    browser.execute_script(WATCH)
    found = []
    for spot in spots:
        ActionChains(browser, duration=0).move_to_element_with_offset(find(browser, ".zm-plane"), *spot).perform()
        ActionChains(browser, duration=0).click_and_hold().perform()
        until(browser, lambda chrome: len(chrome.execute_script("return seen.pictures")) >= 2, "no two pictures")
        ActionChains(browser, duration=0).release().perform()
        pictures = browser.execute_script("return seen.pictures")
        assert pictures[0][1] < pictures[1][1], "the preview is smaller than the picture"
        found.append((pictures[0][0], pictures[1][0]))
        settled(browser)
    return found
