"""Sphinx extension: the films that notebooks carry become files of the site, as their pictures do.

`chapters.show` puts an MP4 and its poster into a cell's HTML, so that a notebook is whole by itself. A page
that held megabytes would be slow to open and to search.
"""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

FOLDER = "_films"
SUFFIXES = {"video/mp4": ".mp4", "image/jpeg": ".jpg"}
VIDEO = re.compile(r"<video .*?</video>", re.DOTALL)
INLINE = re.compile(r'(?<=[ "])(src|poster)="data:(video/mp4|image/jpeg);base64,([^"]+)"')


def unpack(html: str, folder: Path, address: str) -> str:
    """The HTML of a cell with its films written to files.

    folder: for the files; it is made where there is a film. address: of that folder, as the page sees it.
    """

    def moved(found: re.Match[str]) -> str:
        attribute, kind, encoded = found.groups()
        content = base64.b64decode(encoded)
        name = hashlib.sha256(content).hexdigest()[:16] + SUFFIXES[kind]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
        return f'{attribute}="{address}/{name}"'

    return VIDEO.sub(lambda video: INLINE.sub(moved, video.group()), html)


def _resolved(app: Sphinx, doctree: nodes.document, page: str) -> None:
    if app.builder.format != "html":
        return
    place = f"{FOLDER}/{page}"
    shutil.rmtree(Path(app.outdir) / place, ignore_errors=True)  # those of an earlier build
    for node in doctree.findall(nodes.raw):
        text = node.astext()
        if "<video " in text:
            moved = unpack(text, Path(app.outdir) / place, "../" * page.count("/") + place)
            node.children = [nodes.Text(moved)]


def setup(app: Sphinx) -> dict[str, Any]:
    """Called by Sphinx."""
    app.connect("doctree-resolved", _resolved)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
