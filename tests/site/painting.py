"""Hands and eyes for the page that paints: its parts, its controls, and the picture that it shows."""

from __future__ import annotations

import base64
import io
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import zmlib
from zmlib.data.images import open_image, short_to, to_bytes, to_image
from zmlib.passes.levels import shrink

PART = '[data-part="{}"]'


def until(browser: Any, condition: str, seconds: float = 60) -> Any:
    from selenium.webdriver.support.wait import WebDriverWait

    return WebDriverWait(browser, seconds, 0.05).until(lambda chrome: chrome.execute_script(condition))


def part(browser: Any, name: str) -> Any:
    return browser.find_element("css selector", PART.format(name))


def status(browser: Any, begin: str, seconds: float = 60) -> str:
    """Wait for a line of the status that begins so; the line."""
    text = f"""const line = document.querySelector('{PART.format("status")}').textContent;
        return line.startsWith({begin!r}) && line"""
    return until(browser, text, seconds)


def choose(browser: Any, gallery: str, name: str) -> None:
    browser.execute_script("arguments[0].click()", radio(browser, gallery, name))


def radio(browser: Any, gallery: str, name: str) -> Any:
    return browser.find_element("css selector", f"{PART.format(gallery)} input[value={name}]")


def upload(browser: Any, gallery: str, file: Path) -> None:
    browser.find_element("css selector", f"{PART.format(gallery)} input[type=file]").send_keys(str(file))


def move(browser: Any, name: str, value: object) -> None:
    """Set a control as a hand would, with the event that follows from it."""
    code = """const [name, value] = arguments, one = document.querySelector(`#paint [name="${name}"]`);
        one.value = value; one.dispatchEvent(new Event("input", {bubbles: true}))"""
    browser.execute_script(code, name, str(value))


def painted(browser: Any, count: int, seconds: float = 60) -> np.ndarray:
    """The picture, (H, W, 3) in 0 to 255, once `count` pictures have been painted and nothing is at work any more."""
    code = """const page = document.querySelector('#paint'), frame = page.querySelector('.paint-frame');
        return page.dataset.painted >= arguments[0] && frame.ariaBusy === 'false'"""
    until(browser, code.replace("arguments[0]", str(count)), seconds)
    encoded = browser.execute_script("return document.querySelector('#paint canvas').toDataURL('image/png')")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(encoded.split(",")[1]))).convert("RGB"))


def as_shown(photo: Any, style: Any, finest: int = 256, **options: Any) -> Image.Image:
    """What the page shows: `zmlib.stylize` of a photo at the painted size, which nothing has been brought back to."""
    whole = open_image(photo)
    width, height = short_to(whole.size, finest) if finest < min(whole.size) else whole.size
    return zmlib.stylize(to_image(shrink(to_bytes(whole), (height, width))), style, **options)


def arrived(file: Path, seconds: float = 20) -> Image.Image:
    """A picture that the browser saves, once it is there."""
    end = time.monotonic() + seconds
    while not file.is_file() and time.monotonic() < end:
        time.sleep(0.1)
    return Image.open(file).convert("RGB")


def apart(found: np.ndarray, expected: Image.Image) -> float:
    """Mean difference of two pictures, of the range."""
    assert found.shape == np.asarray(expected).shape
    return float(np.abs(found.astype(float) - np.asarray(expected).astype(float)).mean() / 255)


def address_of(browser: Any, script: str) -> str:
    """Of one of the scripts of the page that is open."""
    return browser.current_url.rsplit("/", 1)[0] + f"/play/paint/{script}"
