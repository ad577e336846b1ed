"""A number on a line, as a widget."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget
import traitlets

ASSETS = ("widgets/slider.js", "widgets/widgets.css")
_HERE = Path(__file__).parent


class Slider(anywidget.AnyWidget):
    """A number between two others.

    Attributes:
        value, min, max, step: numbers.
        label: what stands before it.
    """

    _esm = _HERE / "slider.js"
    _css = _HERE / "widgets.css"
    value: Any = traitlets.Float(1.0).tag(sync=True)
    min: Any = traitlets.Float(0.0).tag(sync=True)
    max: Any = traitlets.Float(1.0).tag(sync=True)
    step: Any = traitlets.Float(0.05).tag(sync=True)
    label: Any = traitlets.Unicode().tag(sync=True)
