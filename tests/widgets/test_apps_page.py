"""The chapter on the apps: the code in its prose is run as a reader would."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
from hands import picture, until

import zmlib
from zmlib.affine import Affine

PAGE = Path(__file__).parents[2] / "notebooks" / "apps.ipynb"


def test_the_app_of_ones_own_works() -> None:
    cells = json.loads(PAGE.read_text(encoding="utf-8"))["cells"]
    prose = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    (code,) = re.findall(r"^```python\n(.*?)^```", prose, re.S | re.M)
    photo = picture(320, 300)
    names: dict[str, Any] = {"zmlib": zmlib, "photo": photo}
    exec(code, names)
    shown, slider, worker = names["shown"], names["slider"], names["worker"]
    until(lambda: shown.result is not None)
    before = np.asarray(shown.result.image)
    slider.value = 0.25
    until(lambda: not np.array_equal(shown.result.image, before))
    net = zmlib.load("words")
    affine = Affine.mix([net.encode("noon"), net.encode("night")], [0.75, 0.25])
    assert np.array_equal(shown.result.image, zmlib.stylize(photo, affine, model=net, size=256))
    worker.close()
