"""Sphinx extension: serve the pages' scripts from the site itself, where `book/scripts/fetch.py` has fetched them."""

from __future__ import annotations

import shutil
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

# One file with every TeX extension and its glyphs inside; the other builds of MathJax load fonts as they go.
MATHJAX = Path("scripts", "node_modules", "mathjax", "es5", "tex-svg-full.js")


def _point_at_own(app: Sphinx, config: Config) -> None:
    if (Path(app.confdir) / MATHJAX).is_file():
        # Sphinx counts from _static. The file cannot live there: Jupyter Book would load it a second time.
        config.mathjax_path = f"../scripts/{MATHJAX.name}"


def _copy(app: Sphinx, error: Exception | None) -> None:
    source = Path(app.confdir) / MATHJAX
    if error is None and app.builder.format == "html" and source.is_file():
        target = Path(app.outdir) / "scripts"
        target.mkdir(exist_ok=True)
        shutil.copy(source, target)


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("config-inited", _point_at_own)
    app.connect("build-finished", _copy)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
