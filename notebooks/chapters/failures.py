"""Inputs that are hard for any network of this kind: contents that no camera took, and styles that no painter made."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFont


def hard_photos(size: int, seed: int = 0) -> dict[str, Image.Image]:
    """Contents unlike any photograph: one colour, a ramp, small print, a grid of lines, noise; size x size RGB."""
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
    """Styles unlike any painting: one colour, two colours, black and white stripes, noise; size x size RGB."""
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
