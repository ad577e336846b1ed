"""Sphinx extension: of a widget app a page shows its still, not its state.

The state that a notebook keeps, so that its apps show their pictures where it is opened with no kernel, would bring a
megabyte and scripts from another host into the page.
"""

from __future__ import annotations

import json
from typing import Any

from sphinx.application import Sphinx

STATE = "application/vnd.jupyter.widget-state+json"


def without_state(notebook: str) -> str:
    """A notebook's JSON without the state of its widgets; one that has none comes back as it is."""
    if STATE not in notebook:
        return notebook
    content = json.loads(notebook)
    content["metadata"].pop("widgets", None)
    return json.dumps(content)


def _read(app: Sphinx, page: str, source: list[str]) -> None:
    if str(app.env.doc2path(page)).endswith(".ipynb"):
        source[0] = without_state(source[0])


def setup(app: Sphinx) -> dict[str, Any]:
    """Called by Sphinx."""
    app.connect("source-read", _read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
