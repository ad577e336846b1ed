"""Where the network fails: its worst pairs by the judge, and inputs that are hard for any network of this kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont

from zmlib.data.images import centre_square, to_tensor
from zmlib.evaluate.judge import Judge
from zmlib.zmnet import ZMNet


@dataclass(frozen=True)
class Judged:
    """One pair and what the judge says of it: J is style + content."""

    photo: str
    style: str
    style_part: float
    content_part: float
    output: torch.Tensor

    @property
    def total(self) -> float:
        """J by this judge."""
        return self.style_part + self.content_part


@torch.no_grad()
def judge_all(
    net: ZMNet, judge: Judge, photos: Mapping[str, Image.Image], styles: Mapping[str, Image.Image], size: int
) -> list[Judged]:
    """Every photo in every style as square centre crops of `size` pixels, the worst first.

    Returns outputs of shape (1, 3, size, size) in [0, 1].
    """
    found = []
    contents = {name: to_tensor(centre_square(image, size)).to(net.device) for name, image in photos.items()}
    for style, image in styles.items():
        painting = to_tensor(centre_square(image, size)).to(net.device)
        affine = net.encode(painting)
        for photo, content in contents.items():
            output = net.stylize(content, affine)
            s, c = (float(part) for part in judge.parts(output, content, painting))
            found.append(Judged(photo, style, s, c, output))
    return sorted(found, key=lambda one: one.total, reverse=True)


def hard_photos(size: int, seed: int = 0) -> dict[str, Image.Image]:
    """Contents without what a photograph has: one colour, a ramp, small print, a line grid, noise. size x size RGB."""
    ramp = np.tile(np.linspace(0, 255, size).astype(np.uint8)[None, :, None], (size, 1, 3))
    noise = np.random.default_rng(seed).integers(0, 256, (size, size, 3), dtype=np.uint8)
    grid = Image.new("RGB", (size, size), "white")
    draw = ImageDraw.Draw(grid)
    for i in range(0, size, 16):
        draw.line([(i, 0), (i, size)], fill="black")
        draw.line([(0, i), (size, i)], fill="black")
    page = Image.new("RGB", (size, size), "white")
    text = "The quick brown fox jumps over the lazy dog. " * 2
    for row in range(0, size, 18):
        ImageDraw.Draw(page).text((4, row), text, fill="black", font=ImageFont.load_default(13))
    return {
        "one colour": Image.new("RGB", (size, size), (120, 150, 190)),
        "a ramp": Image.fromarray(ramp),
        "small print": page,
        "a grid": grid,
        "noise": Image.fromarray(noise),
    }


def hard_styles(size: int, seed: int = 0) -> dict[str, Image.Image]:
    """Styles unlike any painting: one colour, two colours, black and white stripes, noise. size x size RGB."""
    stripes = np.where((np.arange(size) // 8) % 2, 255, 0).astype(np.uint8)
    noise = np.random.default_rng(seed + 1).integers(0, 256, (size, size, 3), dtype=np.uint8)
    halves = Image.new("RGB", (size, size), (200, 30, 40))
    halves.paste((240, 220, 60), (size // 2, 0, size, size))
    return {
        "one colour": Image.new("RGB", (size, size), (190, 40, 60)),
        "two colours": halves,
        "stripes": Image.fromarray(np.tile(stripes[None, :, None], (size, 1, 3))),
        "noise": Image.fromarray(noise),
    }
