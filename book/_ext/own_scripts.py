"""Sphinx extension: the pages' scripts come from the site itself, where `book/scripts/fetch.py` has fetched them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config

# One file with every TeX extension and its glyphs inside; the other builds of MathJax load fonts as they go.
MATHJAX = Path("scripts", "node_modules", "mathjax", "es5", "tex-svg-full.js")
# What the theme assumes anyway, with an error in the console of whoever comes for the first time.
LIKE_THE_SYSTEM = 'document.documentElement.dataset.mode ||= "auto"'


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


def _drop(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Leave out thebe, which runs code on a server that this book does not have.

    Jupyter Book names its address twice on each page, an error in the browser's console, and the address is elsewhere.
    """
    context["script_files"] = [script for script in context["script_files"] if not _of_thebe(script)]


def _of_thebe(script: Any) -> bool:
    attributes = getattr(script, "attributes", {})
    return "thebe" in f"{getattr(script, 'filename', script)} {attributes.get('body', '')}".lower()


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.add_js_file(None, body=LIKE_THE_SYSTEM)
    app.connect("config-inited", _point_at_own)
    app.connect("html-page-context", _drop)
    app.connect("build-finished", _copy)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
