"""The pages against a budget: who can read them, what they weigh, how still they stand.

Who can read them is decided by axe-core, for WCAG 2.2 A and AA and what it calls best practice. What it cannot decide,
such as letters over pictures, is left to the eye: `make screenshots`. .ci/check_site.py looks at what a page says of
itself in its head.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from measure import painted, weights
from pdf import order
from PIL import Image
from visit import BOOK, DESKTOP, PHONE, too_wide, visit

PAGES = [name for name, _ in order(BOOK / "_toc.yml")]
MADE_BY_SPHINX = ["404", "genindex", "search", "_modules/index"]

HEAVIEST = 3_000_000  # bytes of one page with its pictures, also of those that are only fetched when scrolled to
FARTHEST = 0.1  # of Chromium's cumulative layout shift: what Lighthouse calls good

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# The theme changes only colours, and a phone only the places of things: to check each rule once is enough.
ALL = {"type": "tag", "values": TAGS}
COLOURS = ["color-contrast"]
CASES = [
    ("desktop", DESKTOP, "light", ALL),
    ("desktop", DESKTOP, "dark", COLOURS),
    ("phone", PHONE, "dark", ["scrollable-region-focusable", "target-size", "region"]),
]
# Exceptions: a rule, a selector of the element or of something in it, and why.
LET_PASS = [
    ("empty-table-header", "mjx-container", "axe reads no MathML; a screen reader says what it is"),
    ("link-name", "mjx-container", "the same"),
    ("list", "article > ul", "Sphinx's index of modules has lists between the items of a list; nothing there is lost"),
]

# The theme gives the keyboard its way into what scrolls a third of a second after the window's size has changed.
WAIT = 400  # milliseconds
FIND = """
const [only, pass, wait, done] = arguments;
const passes = (rule, one) => pass.some(([id, what]) => id === rule && (one.matches(what) || one.querySelector(what)));
setTimeout(() => axe.run(document, {runOnly: only, resultTypes: ["violations"], elementRef: true}).then(
  found => done(found.violations.flatMap(rule => rule.nodes
    .filter(node => !passes(rule.id, node.element))
    .map(node => [rule.id, node.target.join(" "),
      [...node.any, ...node.all, ...node.none].map(check => check.message).join("; ")]))),
  error => done([["axe", "", String(error)]])), wait);
"""


@pytest.mark.parametrize("page", PAGES + MADE_BY_SPHINX)
def test_everybody_can_read_a_page(page: str, browser: Any, top: str, axe: str) -> None:
    too_wide(browser, DESKTOP)
    visit(browser, f"{top}{page}.html")
    browser.execute_script(axe)
    faults = []
    for form, size, theme, rules in CASES:
        wait = 0 if rules is COLOURS else WAIT
        browser.execute_script("document.documentElement.dataset.theme = arguments[0]", theme)
        too_wide(browser, size)
        faults += [
            f"{form}, {theme}: {rule} at {where}: {said}"
            for rule, where, said in browser.execute_async_script(FIND, rules, LET_PASS, wait)
        ]
    assert not faults, "\n".join(faults)


def test_axe_finds_what_is_wrong(browser: Any, top: str, axe: str) -> None:
    """Otherwise a page would pass where axe had not run, or had not applied a rule."""
    too_wide(browser, DESKTOP)
    visit(browser, f"{top}index.html")
    browser.execute_script(axe)
    browser.execute_script(
        "document.querySelector('article').insertAdjacentHTML('beforeend', arguments[0])",
        '<p style="color: #777; background: #888">grey</p><button></button><img src="_images/front.jpg">',
    )
    found = {rule for rule, *_ in browser.execute_async_script(FIND, ALL, LET_PASS, WAIT)}
    assert {"color-contrast", "button-name", "image-alt"} <= found
    browser.execute_script("document.documentElement.dataset.theme = 'dark'")
    assert "color-contrast" in {rule for rule, *_ in browser.execute_async_script(FIND, COLOURS, [], 0)}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_light_and_stands_still(page: str, browser: Any, top: str) -> None:
    for form, size in (("desktop", DESKTOP), ("phone", PHONE)):
        too_wide(browser, size)
        weighed = weights(browser, f"{top}{page}.html")
        assert weighed[f"{page}.html"] > 1000, "the page itself was not weighed"
        total, (jumps, _) = sum(weighed.values()), painted(browser)
        heaviest = sorted(weighed.items(), key=lambda one: -one[1])[:5]
        assert total < HEAVIEST, f"{form}: {total:,} bytes, of which {heaviest}"
        assert jumps < FARTHEST, f"{form}: what is seen jumps by {jumps:.3f} while the page loads"


def test_a_telephones_icon_is_the_favicon(browser: Any, tmp_path: Path) -> None:
    from icons import SIDE, STATIC, draw
    from PIL import ImageChops

    draw(tmp_path / "again.png")
    with Image.open(tmp_path / "again.png") as again, Image.open(STATIC / "apple-touch-icon.png") as kept:
        assert again.size == kept.size == (SIDE, SIDE)
        apart = ImageChops.difference(again.convert("RGB"), kept.convert("RGB"))
    assert max(high for _, high in apart.getextrema()) < 40, "draw it again: python book/scripts/icons.py"
