"""Sphinx extension: what a page's head tells programs that link to it: a description, a picture, icons, a colour.

ZMLIB_SITE_URL   where the site will live, such as https://example.org/zmlib/. With it the addresses in the head are
                 absolute, as previews of links need them; without it they are relative to the page.
"""

from __future__ import annotations

import html
import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import social
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError

VARIABLE = "ZMLIB_SITE_URL"
LONGEST = 200  # characters of a description; search engines show about 160, previews a few more
COLOURS = {"light": "#ffffff", "dark": "#121212"}  # of a browser's own frame: the theme's grounds
# Formulas, notes and captions say little out of their place.
UNSAID = (nodes.Admonition, nodes.figure, nodes.table, nodes.footnote, nodes.topic, nodes.sidebar, nodes.list_item)


def description(doctree: nodes.document) -> str:
    """The page's first paragraph of prose, cut after a sentence or, where that would be too short, after a word."""
    for paragraph in doctree.findall(nodes.paragraph):
        above, node = [], paragraph.parent
        while node is not None:
            above.append(node)
            node = node.parent
        text = _plain(paragraph)
        if len(text) >= 30 and not any(isinstance(node, UNSAID) for node in above):
            return cut(text)
    return ""


def cut(text: str) -> str:
    """At most LONGEST characters of a text."""
    if len(text) <= LONGEST:
        return text
    sentences = text[:LONGEST].rfind(". ") + 1
    return text[:sentences] if sentences > LONGEST // 3 else text[: LONGEST - 1].rsplit(" ", 1)[0].rstrip(",;:(") + "…"


def _plain(paragraph: nodes.paragraph) -> str:
    """A paragraph's words; a formula as it would be read where it is short and simple."""
    copy = paragraph.deepcopy()
    for formula in list(copy.findall(nodes.math)):
        formula.parent.replace(formula, nodes.Text(re.sub(r"\\(?:math[a-z]+|text|,|;)|[\\{}]", "", formula.astext())))
    return " ".join(copy.astext().split())


def tags(title: str, about: str, picture: str, alt: str, site: str, address: str | None) -> str:
    """The head's elements, one on each line. address: of the page, or None where nobody knows it yet."""
    named = {
        "og:type": "website",
        "og:site_name": site,
        "og:title": title,
        "og:description": about,
        "og:image": picture,
        "og:image:width": str(social.SIZE[0]),
        "og:image:height": str(social.SIZE[1]),
        "og:image:alt": alt,
        **({"og:url": address} if address else {}),
    }
    lines = [f'<meta property="{name}" content="{html.escape(value)}" />' for name, value in named.items()]
    lines += [
        f'<meta name="description" content="{html.escape(about)}" />',
        '<meta name="twitter:card" content="summary_large_image" />',
    ]
    lines += [
        f'<meta name="theme-color" media="(prefers-color-scheme: {mode})" content="{colour}" />'
        for mode, colour in COLOURS.items()
    ]
    return "\n    ".join(["", *lines])


def _page(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    from_page = context["pathto"]
    base = app.config.html_baseurl
    site = str(app.config.html_title)
    title = html.unescape(re.sub("<[^>]+>", "", str(context.get("title") or site)))
    about = description(doctree) if doctree is not None else ""
    about = about or (f"A list that leads into the book {site}." if title == site else f"{title}, in the book {site}.")
    picture = urljoin(base, f"_static/{social.NAME}") if base else from_page(f"_static/{social.NAME}", 1)
    address = urljoin(base, f"{page}.html" if page != app.config.root_doc else "") if base else None
    icon = from_page("_static/apple-touch-icon.png", 1)
    icons = f'\n    <link rel="apple-touch-icon" href="{icon}" />\n    <link rel="alternate icon" href="{icon}" />'
    context["metatags"] = context.get("metatags", "") + tags(title, about, picture, social.ALT, site, address) + icons


def _configured(app: Sphinx, config: Config) -> None:
    address = os.environ.get(VARIABLE, "").strip()
    if address:
        if urlsplit(address).scheme not in ("http", "https") or not urlsplit(address).netloc:
            raise ConfigError(f"{VARIABLE} is {address!r}: give a whole address, such as https://example.org/zmlib/.")
        config.html_baseurl = address.rstrip("/") + "/"


def _finished(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.format == "html":
        front = Path(app.srcdir) / social.FRONT
        social.compose(front, *social.words(str(app.config.html_title))).save(
            Path(app.outdir) / "_static" / social.NAME, quality=88
        )


def setup(app: Sphinx) -> dict[str, Any]:
    """Called by Sphinx."""
    app.connect("config-inited", _configured)
    app.connect("html-page-context", _page)
    app.connect("build-finished", _finished)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
