"""A page has the still of an app and by it the way to the page that paints, and not the state of its widgets."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

from PIL import Image

from zmlib.widgets.thumbs import still

SPEC = importlib.util.spec_from_file_location("stills", Path(__file__).parent.parent / "book" / "_ext" / "stills.py")
assert SPEC is not None and SPEC.loader is not None
stills = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(stills)

APPS = Path(__file__).parent.parent / "notebooks" / "apps.ipynb"


def test_the_state_goes_and_the_rest_stays() -> None:
    whole = json.loads(APPS.read_text(encoding="utf-8"))
    assert stills.STATE in whole["metadata"]["widgets"], "the notebook keeps no state: opened alone it would be empty"
    left = json.loads(stills.without_state(json.dumps(whole)))
    assert "widgets" not in left["metadata"]
    whole["metadata"].pop("widgets")
    assert left == whole


def test_a_notebook_without_widgets_is_left_as_it_is() -> None:
    text = '{"cells": [], "metadata": {}}  '
    assert stills.without_state(text) is text


def test_each_still_gets_a_link_and_nothing_else_does() -> None:
    """Of the committed notebook, whose stills have none: it lies anywhere."""
    text = APPS.read_text(encoding="utf-8")
    assert "play.html" not in text
    linked = stills.with_links(text, "../play.html")
    before, after = (
        [
            "".join(output["data"]["text/html"])
            for cell in json.loads(notebook)["cells"]
            for output in cell.get("outputs", [])
            if "text/html" in output.get("data", {})
        ]
        for notebook in (text, linked)
    )
    assert len(after) == 3 and linked.count("play.html") == 3
    for html, old in zip(after, before, strict=True):
        assert html.count('<a href="../play.html">') == 1 and html.endswith("nothing to install.</p>")
        assert html.replace(stills.LINK.format("../play.html"), "") == old


def test_where_there_is_no_still_nothing_changes() -> None:
    html = "<p>zmlib</p>"
    assert stills.with_link(html, "play.html") == html
    text = '{"cells": [], "metadata": {}}  '
    assert stills.with_links(text, "play.html") is text


def test_a_link_is_an_address_and_no_code() -> None:
    grey = Image.new("RGB", (40, 30))
    html = stills.with_link(still("mix", [], ("grey", grey)), 'a"><script>')
    assert "<script>" not in html and "&lt;script&gt;" in html
