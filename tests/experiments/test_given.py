"""Which photograph a chapter is about."""

from __future__ import annotations

from pathlib import Path

from chapters.given import one_photo
from PIL import Image

from zmlib.experiments import start

PARAMETERS = {"preset": "smoke", "seed": 0, "device": "cpu", "contents": "", "styles": "", "model": "styles"}


def test_the_palace_or_the_first_of_the_readers_own(clone: Path) -> None:
    name, palace = one_photo(start("values", PARAMETERS, model=str))
    assert name == "china" and palace.size == (640, 427)
    (clone / "own").mkdir()
    for place, colour in (("a.png", "teal"), ("b.png", "orange")):
        Image.new("RGB", (50, 40), colour).save(clone / "own" / place)
    own = start("values", PARAMETERS | {"contents": str(clone / "own")}, model=str)
    name, photo = one_photo(own)
    assert name == "a.png" and photo.getpixel((0, 0)) == (0, 128, 128)
