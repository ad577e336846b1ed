"""Apps for a notebook, each one call: `stylize`, `mix` and `words`; and the parts to make one of your own.

`zmlib app NAME` serves them as pages.
"""

from __future__ import annotations

from zmlib.widgets.canvas import Canvas
from zmlib.widgets.gallery import Gallery
from zmlib.widgets.mixing import Mix, mix
from zmlib.widgets.painting import Order, Painter, Result
from zmlib.widgets.plane import Plane
from zmlib.widgets.slider import Slider
from zmlib.widgets.stylising import Stylize, stylize
from zmlib.widgets.upload import Upload
from zmlib.widgets.wording import Words, words
from zmlib.widgets.worker import Worker

__all__ = [
    "Canvas",
    "Gallery",
    "Mix",
    "Order",
    "Painter",
    "Plane",
    "Result",
    "Slider",
    "Stylize",
    "Upload",
    "Words",
    "Worker",
    "mix",
    "stylize",
    "words",
]
