"""Apps for a notebook, one call each: `stylize`, `mix` and `words`; and the parts to build your own.

`zmlib app NAME` serves them as pages.
"""

from __future__ import annotations

from zmlib.widgets.canvas import Canvas
from zmlib.widgets.controls import Gallery, Plane, Slider, Upload
from zmlib.widgets.mixing import Mix, mix
from zmlib.widgets.painting import Order, Painter, Result
from zmlib.widgets.stylizing import Stylize, stylize
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
