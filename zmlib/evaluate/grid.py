"""A sheet to look at: numbers miss a checkerboard, a halo or a dead texture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from zmlib.data.images import check_target, save_image
from zmlib.data.sheet import sheet
from zmlib.errors import UserError
from zmlib.evaluate.evaluation import Settings
from zmlib.evaluate.judge import Judge, default_judges
from zmlib.evaluate.pairs import Pair, read_batch, read_square
from zmlib.zmnet import ZMNet


@torch.no_grad()
def grid(
    model: ZMNet,
    pairs: Sequence[Pair],
    path: str | Path,
    *,
    judge: Judge | None = None,
    rows: int = 8,
    settings: Settings | None = None,
) -> Path:
    """Save a sheet of photo, painting and output, with J and its two parts under each.

    Args:
        model: a network guided by images.
        pairs: the first `rows` of them are shown.
        path: the file; its suffix gives the format, PNG or JPEG.
        judge: None = the first of `default_judges()`. Its number is J as reported at 256 px only.
        settings: as for `evaluate`; look at 512 px too.

    Raises:
        UserError: no pair, fewer than one row, or a file that cannot be written (checked before the work).
    """
    path, settings = check_target(path), settings or Settings()
    if not pairs or rows < 1:
        raise UserError("A sheet needs at least one pair and one row.")
    judge = (judge or default_judges()[0]).to(model.device)
    shown, captions = [], []
    for pair in pairs[:rows]:  # one at a time: a sheet at 512 px should not need more memory than a picture
        content, style = (pictures.to(model.device) for pictures in read_batch([pair], settings.size))
        affine = model.encode(read_square(pair.painting, settings.style_size))
        row = [content, style, model.stylize(content, affine)]
        reference = judge.reference(content, style)
        parts = [[float(part) for part in judge.measure(picture, reference)] for picture in row]
        captions.append([f"{judge.name} {sum(both):.2f} = {both[0]:.2f} + {both[1]:.2f}" for both in parts])
        shown.append([picture.cpu() for picture in row])
    cell = (settings.size, settings.size)
    made = sheet(shown, columns=["photo", "painting", "output"], captions=captions, cell=cell)
    return save_image(made.image, path)
