"""The sample paintings that ship in ``zmlib/assets/styles``, and how each was made.

Their seeds lie above :data:`zmlib.styleset.painter.RESERVED`, from which nothing trains.  To make them again::

    python -m zmlib.styleset.painter.samples FOLDER
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from zmlib.data.images import save_image
from zmlib.styleset.painter import RESERVED, paint

SIZE = 512
QUALITY = 78


@dataclass(frozen=True)
class Sample:
    """A shipped painting: the file's name without suffix, a title, and what `zmlib.styleset.painter.paint` takes."""

    name: str
    title: str
    manner: str
    scene: str
    seed: int

    def paint(self, size: int = SIZE) -> Image.Image:
        return paint(None, self.seed, self.manner, size=size, scene=self.scene)


SAMPLES = (
    Sample("birches", "Birches in October", "strokes", "wood", RESERVED + 13),
    Sample("evening", "Evening on the bay", "strokes", "sea", RESERVED + 4),
    Sample("harvest", "Harvest under a blue wind", "strokes", "hills", RESERVED + 11),
    Sample("agate", "Agate", "strokes", "marble", RESERVED + 20),
    Sample("embers", "Hills like embers", "hatching", "hills", RESERVED + 100),
    Sample("anemones", "Anemones in a blue jug", "hatching", "vase", RESERVED + 107),
    Sample("violet", "Violet night", "hatching", "night", RESERVED + 108),
    Sample("regatta", "Regatta under a ringed moon", "hatching", "sea", RESERVED + 115),
    Sample("wave", "The wave", "woodblock", "wave", RESERVED + 216),
    Sample("hilltown", "Town above the river", "woodblock", "town", RESERVED + 214),
    Sample("cypresses", "Cypresses before a red sky", "woodblock", "night", RESERVED + 208),
    Sample("meadow", "Meadow at sunrise", "woodblock", "meadow", RESERVED + 217),
)


def build(folder: str | os.PathLike[str]) -> list[Path]:
    """Paint all samples again into ``folder`` (which exists), as JPEG; about a minute on one core."""
    return [save_image(sample.paint(), Path(folder) / f"{sample.name}.jpg", quality=QUALITY) for sample in SAMPLES]


if __name__ == "__main__":
    for written in build(sys.argv[1]):
        print(written)
