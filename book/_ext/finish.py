"""Sphinx extension: what is done to the pages and pictures once they are written.

It cannot be done before: pictures are copied last, and the theme's templates and translators write most of what is
mended. A page that was finished by an earlier build is left as it is.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from accessible import mend
from formula_width import kept
from picture_sizes import sized
from picture_width import narrow
from sphinx.application import Sphinx


def _finished(app: Sphinx, error: Exception | None) -> None:
    if error is not None or app.builder.format != "html":
        return
    site = Path(app.outdir)
    for picture in (site / "_images").glob("*.jpg"):
        narrow(picture)  # before its size is read
    for path in site.rglob("*.html"):
        if "_static" not in path.relative_to(site).parts:
            page = path.read_text(encoding="utf-8")
            finished = mend(sized(kept(page), path.parent))
            if finished != page:
                path.write_text(finished, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Called by Sphinx."""
    app.connect("build-finished", _finished)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
