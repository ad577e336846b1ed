"""Sphinx extension: show the still of a widget app instead of its state, with a link to the page that paints.

A notebook keeps the state of its apps, so that they show their pictures where it is opened with no kernel. In a page
that would mean a megabyte and scripts from another host. The link is added here, because the same notebook opened
elsewhere has no such page beside it.
"""

from __future__ import annotations

import json
import re
from html import escape
from typing import Any

from sphinx.application import Sphinx

STATE = "application/vnd.jupyter.widget-state+json"
STILL = re.compile(r'(<p class="zmlib-live">.*?)(</p>)', re.S)  # of zmlib.widgets.thumbs: the line below the pictures
LINK = ' <a href="{}">Paint your own photo</a> runs in this browser, with nothing to install.'


def without_state(notebook: str) -> str:
    """A notebook's JSON without the state of its widgets; one that has none comes back as it is."""
    if STATE not in notebook:
        return notebook
    content = json.loads(notebook)
    content["metadata"].pop("widgets", None)
    return json.dumps(content)


def with_link(html: str, address: str) -> str:
    """The HTML of an output with a link to that address in each still; what has none comes back as it is."""
    return STILL.sub(lambda line: line[1] + LINK.format(escape(address)) + line[2], html)


def with_links(notebook: str, address: str) -> str:
    """A notebook's JSON with that link in each still; one that has none comes back as it is."""
    if "zmlib-live" not in notebook:
        return notebook
    content = json.loads(notebook)
    for cell in content["cells"]:
        for output in cell.get("outputs", []):
            html = output.get("data", {}).get("text/html")
            if html is not None:
                output["data"]["text/html"] = with_link("".join(html), address)
    return json.dumps(content)


def _read(app: Sphinx, page: str, source: list[str]) -> None:
    if str(app.env.doc2path(page)).endswith(".ipynb"):
        source[0] = with_links(without_state(source[0]), "../" * page.count("/") + "play.html")


def setup(app: Sphinx) -> dict[str, Any]:
    """Called by Sphinx."""
    app.connect("source-read", _read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
