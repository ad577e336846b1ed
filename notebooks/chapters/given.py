"""The photograph of a chapter that is about a single one."""

from __future__ import annotations

from PIL import Image

from zmlib.data import samples
from zmlib.experiments.run import Run

PALACE = "china"  # its name among the samples


def one_photo(run: Run) -> tuple[str, Image.Image]:
    """Name and RGB picture: the first photograph of the user's folder, or the palace where there is none.

    Raises:
        UserError: the user's picture cannot be read.
    """
    if run.folders["contents"] is None:
        return PALACE, samples.photos()[PALACE]
    return next(iter(run.photos().items()))
