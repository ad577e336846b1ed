"""A plane with a point to drag, as a widget."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget
import traitlets

ASSETS = ("widgets/plane.js",)
_CODE = Path(__file__).with_name("plane.js")


class Plane(anywidget.AnyWidget):
    """A point in a plane, dragged with mouse, finger or arrow keys.

    Attributes:
        points: what lies in the plane: {"x", "y", "label"}, and if wanted "picture" (an address) and "strong".
        at: [x, y], where the point is, in the plane's units, y up.
        extent: [x0, y0, x1, y1], what is shown.
        name: what screen readers call it.
        done: whether the point has come to rest.
    """

    _esm = _CODE
    points: Any = traitlets.List(traitlets.Dict()).tag(sync=True)
    at: Any = traitlets.List(traitlets.Float(), [0.5, 0.5], 2, 2).tag(sync=True)
    extent: Any = traitlets.List(traitlets.Float(), [0.0, 0.0, 1.0, 1.0], 4, 4).tag(sync=True)
    name: Any = traitlets.Unicode("A point to drag").tag(sync=True)
    done: Any = traitlets.Bool(True).tag(sync=True)
