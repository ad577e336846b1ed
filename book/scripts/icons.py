"""Draw the icon for a telephone's start page out of favicon.svg, by Chromium: _static/apple-touch-icon.png.

    python book/scripts/icons.py

Some browsers and every iPhone want a PNG. It is kept in the repository, because a book is built without Chromium.
"""

from __future__ import annotations

import base64
import subprocess
import tempfile
from pathlib import Path

from chromium import FLAGS, find_chromium

STATIC = Path(__file__).resolve().parent.parent / "_static"
SIDE = 180  # pixels; smaller ones are made of it
EDGE = 20  # a telephone rounds the corners off
# An iPhone paints what is transparent black.
PAGE = '<body style="margin: 0; background: white"><img style="margin: {edge}px; width: {inner}px" src="{source}">'


def draw(out: Path) -> None:
    """Write the icon, SIDE x SIDE pixels.

    Raises:
        UserError: there is no Chromium.
    """
    source = "data:image/svg+xml;base64," + base64.b64encode((STATIC / "favicon.svg").read_bytes()).decode()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        page = Path(folder) / "icon.html"
        page.write_text(PAGE.format(edge=EDGE, inner=SIDE - 2 * EDGE, source=source), encoding="utf-8")
        size = f"--window-size={SIDE},{SIDE}"
        command = [find_chromium(), *FLAGS, f"--user-data-dir={folder}/profile", size, f"--screenshot={out}"]
        subprocess.run([*command, page.as_uri()], check=True, capture_output=True, timeout=120)


if __name__ == "__main__":
    draw(STATIC / "apple-touch-icon.png")
