"""Portraits of people who do not exist, drawn from a seed, with labels: stand-ins for the photographs of CelebA.

The labels (`ATTRIBUTES`) are independent, half of the portraits have each, and each is the upper half of a continuous
factor: `dark_hair` is the darker half of a palette from platinum over blond and copper to brown and black, and so on.
"""

from __future__ import annotations

from zmlib.neighbours.gan.factors import Attribute, Labelled, Plan
from zmlib.neighbours.gan.factors import draw as _draw
from zmlib.neighbours.gan.portrait import portrait

#: label -> what shows it. A factor lies in [0, 1], `yaw` in [-1, 1]: 1 is 27 degrees to the left of the picture.
ATTRIBUTES = {
    "long_hair": Attribute("hair_length", off=(0, 0.3), on=(0.65, 1)),
    "dark_hair": Attribute("hair_tone", off=(0, 0.42), on=(0.58, 1)),
    "smile": Attribute("mouth_curve", off=(0, 0.3), on=(0.7, 1)),
    "glasses": Attribute("frames", off=(0, 0), on=(1, 1)),
    "dark_skin": Attribute("skin_tone", off=(0, 0.42), on=(0.58, 1)),
    "dark_background": Attribute("background_tone", off=(0, 0.4), on=(0.6, 1)),
    "turned_left": Attribute("yaw", off=(-1, -0.2), on=(0.2, 1)),
}

_SHARE, _SIGNED = (0.0, 1.0), (-1.0, 1.0)

#: the factors that no label shows
FACTORS = {
    **dict.fromkeys(("tilt", "light", "gaze", "parting", "brow_tilt"), _SIGNED),
    **dict.fromkeys(("face_width", "jaw", "cheeks", "nose", "shoulders", "clothes_hue", "clothes_tone"), _SHARE),
    **dict.fromkeys(("collar", "eye_size", "eye_tone", "eye_spacing", "eye_open", "brow_height"), _SHARE),
    **dict.fromkeys(("brow_thickness", "mouth_open", "mouth_width", "lip_tone", "hair_volume", "hair_grey"), _SHARE),
    **dict.fromkeys(("fringe", "waves", "frame_size", "frame_round", "frame_tone", "background_hue"), _SHARE),
}

PLAN = Plan(ATTRIBUTES, FACTORS, portrait)


def draw(count: int, seed: int, *, first: int = 0, **fixed: bool | float) -> Labelled:
    """Draw portraits.

    Args:
        seed: portrait i depends on the seed and on `first` + i alone.
        fixed: attributes (True or False) and factors (numbers) by name, the same in all portraits.

    Returns:
        Pictures (count, 3, 64, 64) with their labels.

    Raises:
        UserError: an unknown name, or a value out of its range.

    Example:
        >>> from zmlib.neighbours.gan import faces
        >>> both = [faces.draw(1, seed=0, smile=smile) for smile in (False, True)]  # one person, two moods
        >>> both[1].pictures.shape, both[1].attributes[2], both[1].labels[0, 2].item()
        (torch.Size([1, 3, 64, 64]), 'smile', True)
    """
    return _draw(PLAN, count, seed, first, fixed)
