"""Repair the HTML of the theme, docutils and myst-nb where a screen reader or a keyboard cannot use it.

Each repair names the tool that writes the fault. They are made in the finished files, because most faults come from
templates and translators that offer no other place. tests/site/test_quality.py looks for such faults in a browser.
"""

from __future__ import annotations

import html
import re

TAG = re.compile(r"<[^>]+>")

#: What is wrong, as a pattern, and what stands there instead. A mended page is left as it is.
MENDS: tuple[tuple[re.Pattern[str], str], ...] = (
    # pydata-sphinx-theme: the logo and the search's button stand outside every landmark
    (
        re.compile(r'<div class="(bd-sidebar-primary bd-sidebar[^"]*)">'),
        r'<div class="\1" role="complementary" aria-label="The book">',
    ),
    # the same: the label is a part of what the button shows, so that one cannot say to it what one sees
    (re.compile(r'(<button class="btn search-button-field [^>]*?) aria-label="Search"'), r"\1"),
    # myst-nb: a folded cell says "Toggle hidden content" and hides its own line of text
    (re.compile(r'<summary aria-label="Toggle hidden content">'), "<summary>"),
    # docutils: entries of a bibliography have a role that ARIA gave up, and that a list may not hold
    (re.compile(r'role="doc-biblioentry"'), 'role="listitem"'),
    # Sphinx: a signature of several lines is a list of definitions that defines nothing
    (re.compile(r"<dl>(?=\s*<dd>)"), '<dl role="presentation">'),
    # docutils: a table's corner is a heading that says nothing
    (re.compile(r'<th class="(head[^"]*)">\s*(?:<p>\s*</p>)?\s*</th>'), r'<td class="\1"></td>'),
)
# pydata-sphinx-theme: what unfolds the pages below a page has no name
UNFOLD = re.compile(r'(?P<link><a [^>]*>(?P<text>(?:(?!</a>).)*)</a><details[^>]*>)<summary>(?=<span class="toctree-)')


def mend(page: str) -> str:
    """A page's HTML without the faults that are listed here; one that has none comes back as it is."""
    for pattern, instead in MENDS:
        page = pattern.sub(instead, page)
    return UNFOLD.sub(_named, page)


def _named(found: re.Match[str]) -> str:
    text = html.escape(html.unescape(TAG.sub("", found["text"])).strip())
    return f'{found["link"]}<summary aria-label="Pages below: {text}">'
