"""What a person would do with an app, without a browser."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image

from zmlib.widgets.app import App
from zmlib.widgets.controls import Upload

SIZE = 64  # px; small enough that no preview is made


def settled(app: App) -> np.ndarray:
    """The picture when the work is done, (H, W, 3); fails where the app says that something is wrong."""
    until(lambda: app.picture.state != "busy")
    assert app.picture.state == "done", app.picture.status
    return pixels(app)


def pixels(app: App) -> np.ndarray:
    """What is on the screen, read from the file that is there."""
    return np.asarray(Image.open(io.BytesIO(app.picture.data)))


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end, "in vain"
        time.sleep(0.005)


def hand_over(upload: Upload, name: str, content: bytes, part: int = 1000) -> list[dict[str, Any]]:
    """What the browser does when a file is chosen; what was answered."""
    answers: list[dict[str, Any]] = []
    upload.send = lambda message, buffers=None: answers.append(message)
    start = 0
    while not answers or "next" in answers[-1]:
        start = answers[-1]["next"] if answers else 0
        message = {"name": name, "size": len(content), "start": start}
        upload._handle_custom_msg(message, [memoryview(content[start : start + part])])
    return answers


def file_of(image: Image.Image, form: str = "PNG") -> bytes:
    out = io.BytesIO()
    image.save(out, form)
    return out.getvalue()


def picture(width: int, height: int, seed: int = 0) -> Image.Image:
    """Smooth colours, reproducible."""
    small = np.random.default_rng(seed).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    return Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)
