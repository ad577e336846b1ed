"""A sheet to look at: no number sees a checkerboard, a halo or a dead texture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from zmlib.baselines.ost import ost
from zmlib.data.images import check_target, save_image, to_image
from zmlib.errors import UserError
from zmlib.evaluate.judge import Judge, default_judges
from zmlib.evaluate.pairs import Pair, read_batch, read_square
from zmlib.zmnet import ZMNet

INK, PAPER, GAP = (32, 32, 32), (255, 255, 255), 8


def contact_sheet(columns: Mapping[str, Tensor], captions: Mapping[str, Sequence[str]] | None = None) -> Image.Image:
    """Pictures side by side, a row for each member of the batch.

    Args:
        columns: heading -> (N, 3, H, W) in [0, 1], all of one shape, left to right.
        captions: heading -> N lines, printed under the pictures of that column.

    Returns:
        One RGB picture on white.

    Raises:
        UserError: no picture, or columns of different shapes.
    """
    shapes = {tuple(pictures.shape) for pictures in columns.values()}
    if len(shapes) != 1:
        raise UserError(f"A contact sheet needs columns of pictures of one shape, got {sorted(shapes)}.")
    n, _, height, width = shapes.pop()
    points = max(11, width // 18)
    font = ImageFont.load_default(points)
    line = points + GAP  # the height that one line of text takes
    step = height + (line if captions else 0) + GAP
    sheet = Image.new("RGB", (GAP + len(columns) * (width + GAP), GAP + line + n * step), PAPER)
    pen = ImageDraw.Draw(sheet)
    for column, (heading, pictures) in enumerate(columns.items()):
        left = GAP + column * (width + GAP)
        pen.text((left, GAP), heading, INK, font)
        for row in range(n):
            top = GAP + line + row * step
            sheet.paste(to_image(pictures[row : row + 1]), (left, top))
            if captions and heading in captions:
                pen.text((left, top + height + 2), captions[heading][row], INK, font)
    return sheet


@torch.no_grad()
def grid(
    model: ZMNet,
    pairs: Sequence[Pair],
    path: str | Path,
    *,
    judge: Judge | None = None,
    rows: int = 8,
    size: int = 256,
    style_size: int = 256,
    ost_steps: int = 0,
    progress: bool = False,
) -> Path:
    """Save a sheet of photo, painting and output (and OST), with J and its two parts under each.

    Args:
        model: a network guided by images.
        pairs: the first `rows` of them are shown.
        path: where to; the suffix gives the format, PNG or JPEG.
        judge: None = the first of `default_judges()`. At another size than 256 its number is not J as reported.
        size, style_size: as for `evaluate`; look at 512 too.
        ost_steps: iterations for a column of OST (J as objective, Adam at 0.02, from the photo); 0 = none.

    Raises:
        UserError: no pair, fewer than one row, or a place that cannot be written (known before the work is done).
    """
    path = check_target(path)
    if not pairs or rows < 1 or ost_steps < 0:
        raise UserError("A sheet needs at least one pair and one row, and no negative number of OST steps.")
    judge = (judge or default_judges()[0]).to(model.device)
    shown = pairs[:rows]
    cells: dict[str, list[Tensor]] = {}
    captions: dict[str, list[str]] = {}
    for pair in shown:  # one at a time: a sheet at 512 px should not need more memory than a picture
        content, style = (pictures.to(model.device) for pictures in read_batch([pair], size))
        affine = model.encode(read_square(pair.painting, style_size))
        row = {"photo": content, "painting": style, "output": model.stylize(content, affine)}
        if ost_steps:
            row[f"OST {ost_steps}"] = ost(content, style, judge.network, steps=ost_steps, progress=progress)
        reference = judge.reference(content, style)
        for heading, picture in row.items():
            style_part, content_part = (float(part) for part in judge.measure(picture, reference))
            total = style_part + content_part
            cells.setdefault(heading, []).append(picture.cpu())
            captions.setdefault(heading, []).append(f"{judge.name} {total:.2f} = {style_part:.2f} + {content_part:.2f}")
    return save_image(contact_sheet({name: torch.cat(some) for name, some in cells.items()}, captions), path)
