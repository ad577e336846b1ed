"""Sphinx extension: 404.html, what a server shows for an address that leads nowhere.

A server sends it for an address of any depth, so what it loads must not be relative to that address. Where the site
has an address (ZMLIB_SITE_URL, see head.py) everything is relative to that; otherwise 404.html works only in place.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from sphinx.application import Sphinx

NAME = "404"
BODY = """\
<section>
<h1>This page is not here</h1>
<p>The address leads nowhere: perhaps a page has another name now, or the link was cut short. The book begins at
<a href="{root}.html">its front page</a>, which leads to every other, and <a href="search.html">the search</a> knows
its words.</p>
</section>
"""


def _pages(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    yield NAME, {"title": "Not found", "body": BODY.format(root=app.config.root_doc)}, "page.html"


def _base(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    if page == NAME:
        path = urlsplit(app.config.html_baseurl).path
        base = f'\n    <base href="{html.escape(path)}" />' if path else ""
        # First, because what stands before it would not follow it. Nobody should find this page by searching.
        context["metatags"] = f'{base}\n    <meta name="robots" content="noindex" />' + context.get("metatags", "")


def setup(app: Sphinx) -> dict[str, Any]:
    """Called by Sphinx."""
    app.connect("html-collect-pages", _pages)
    app.connect("html-page-context", _base, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
