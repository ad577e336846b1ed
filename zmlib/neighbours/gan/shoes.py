"""Shoes from the side, drawn from a seed, with labels."""

from __future__ import annotations

from zmlib.neighbours.gan.factors import Attribute, Labelled, Plan
from zmlib.neighbours.gan.factors import draw as _draw
from zmlib.neighbours.gan.footwear import footwear

#: label -> what shows it; every factor lies in [0, 1]
ATTRIBUTES = {
    "dark": Attribute("tone", off=(0, 0.35), on=(0.65, 1)),
    "boot": Attribute("shaft", off=(0, 0.25), on=(0.65, 1)),
    "heel": Attribute("heel_height", off=(0, 0.12), on=(0.6, 1)),
    "laces": Attribute("laced", off=(0, 0), on=(1, 1)),
    "dark_background": Attribute("background_tone", off=(0, 0.4), on=(0.6, 1)),
}

#: the factors that no label shows
FACTORS = {
    **dict.fromkeys(("hue", "colourful", "gloss", "sole", "sole_tone", "length"), (0.0, 1.0)),
    **dict.fromkeys(("toe", "toecap", "lace_tone", "light", "background_hue"), (0.0, 1.0)),
}

PLAN = Plan(ATTRIBUTES, FACTORS, footwear)


def draw(count: int, seed: int, *, first: int = 0, **fixed: bool | float) -> Labelled:
    """Draw shoes, toe to the right.

    Args:
        seed: shoe i depends on the seed and on `first` + i alone.
        fixed: attributes (True or False) and factors (numbers) by name, the same in all pictures.

    Returns:
        Pictures (count, 3, 64, 64) with their labels.

    Raises:
        UserError: an unknown name, or a value out of its range.

    Example:
        >>> from zmlib.neighbours.gan import shoes
        >>> black = shoes.draw(4, seed=0, dark=True)
        >>> black.pictures.shape, black.labels[:, 0].tolist()
        (torch.Size([4, 3, 64, 64]), [True, True, True, True])
    """
    return _draw(PLAN, count, seed, first, fixed)
