"""Square windows of pictures: what every training crop and every derived style is cut with."""

from __future__ import annotations

import numpy as np
from PIL import Image

PHOTO_SCALES = (1.0, 2.4)  # of a photo's crop: short side over crop size, from the whole picture to a detail


def window(
    image: Image.Image, size: int, scales: tuple[float, float], rng: np.random.Generator | None, flip: bool = True
) -> np.ndarray:
    """A square window, (size, size, 3) uint8, never enlarged beyond what its size needs.

    Args:
        image: RGB, any size.
        size: side of the result in pixels.
        scales: lower and upper end, log-uniform, of the picture's short side over the window's: (1, 1) is a square of
            the whole short side, (2, 2) of half of it.
        rng: decides scale, place and flip; None takes the middle of the scales and of the picture, unflipped.
        flip: mirror half of them.
    """
    short = min(image.size)
    if rng is None:
        scale, across, down = float(np.sqrt(scales[0] * scales[1])), 0.5, 0.5
    else:
        scale, across, down = float(np.exp(rng.uniform(*np.log(scales)))), rng.random(), rng.random()
    side = min(short, short / min(scale, max(1.0, short / size)))  # of the window, in the picture's own pixels
    left, top = across * (image.width - side), down * (image.height - side)
    box = (left, top, left + side, top + side)
    array = np.asarray(image.resize((size, size), Image.Resampling.LANCZOS, box=box))
    return array[:, ::-1] if flip and rng is not None and rng.random() < 0.5 else array
