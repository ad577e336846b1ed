"""What the pages of the book say of themselves to those who link to them, and the page for an address that is none."""

from __future__ import annotations

import html
import re
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from docutils import nodes
from PIL import Image
from sphinx.errors import ConfigError

EXT = str(Path(__file__).parent.parent / "book" / "_ext")
sys.path.insert(0, EXT)
import head  # noqa: E402
import not_found  # noqa: E402
import social  # noqa: E402

sys.path.remove(EXT)

PROSE = "A network that reads a style and paints a photograph with it."


def document(*children: nodes.Node) -> nodes.Element:
    return nodes.section("", nodes.title("", "Title"), *children)


def paragraph(*parts: nodes.Node | str) -> nodes.paragraph:
    return nodes.paragraph("", "", *(nodes.Text(part) if isinstance(part, str) else part for part in parts))


def test_the_description_is_the_first_paragraph_of_prose() -> None:
    caption = nodes.figure("", nodes.caption("", "", paragraph("A caption that is long enough to be a description.")))
    note = nodes.note("", paragraph("A note that is also long enough to be a description."))
    assert head.description(document(caption, note, paragraph("Short."), paragraph(PROSE), paragraph("No."))) == PROSE
    assert head.description(document(paragraph("Short."))) == ""


def test_a_formula_is_said_without_its_tex() -> None:
    formula = nodes.math("", r"\mathrm{\gamma}")
    said = head.description(document(paragraph("Each map is scaled by ", formula, ",\nand shifted by something.")))
    assert said == "Each map is scaled by gamma, and shifted by something."


def test_a_long_paragraph_is_cut() -> None:
    sentence = "This sentence has just about ninety characters, which is not yet too many for what it is for. "
    assert head.cut(sentence * 4) == (sentence * 2).strip()
    words = head.cut("words, " * 60)
    assert len(words) <= head.LONGEST and words.endswith("words…")


def context(app: Any, page: str, depth: int, **more: str) -> dict[str, str]:
    given = {"pathto": lambda target, _: "../" * depth + target, "title": "A &lt;title&gt;", **more}
    head._page(app, page, "page.html", given, document(paragraph(PROSE + ' "Quoted"')))
    found = re.findall(r'<meta (?:name|property)="([^"]+)" (?:media="[^"]+" )?content="([^"]*)"', given["metatags"])
    assert 'rel="apple-touch-icon"' in given["metatags"]
    return {name: html.unescape(value) for name, value in found}


def app(baseurl: str = "") -> Any:
    config = SimpleNamespace(html_baseurl=baseurl, html_title="ZM-Net: a book", root_doc="index")
    return SimpleNamespace(config=config)


def test_without_an_address_the_picture_counts_from_the_page() -> None:
    said = context(app(), "executed/fig1", 1)
    assert said["og:image"] == "../_static/social.jpg" and "og:url" not in said
    assert said["og:title"] == "A <title>" and said["description"] == PROSE + ' "Quoted"'


@pytest.mark.parametrize("given", ["https://example.org/zmlib", " https://example.org/zmlib/"])
def test_with_an_address_everything_is_whole(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    site = app()
    monkeypatch.setenv(head.VARIABLE, given)
    head._configured(site, site.config)
    said = context(site, "executed/fig1", 1)
    assert said["og:image"] == "https://example.org/zmlib/_static/social.jpg"
    assert said["og:url"] == "https://example.org/zmlib/executed/fig1.html"
    assert context(site, "index", 0)["og:url"] == "https://example.org/zmlib/"


def test_half_an_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(head.VARIABLE, "example.org/zmlib")
    with pytest.raises(ConfigError, match="give a whole address, such as https://"):
        head._configured(app(), app().config)


@pytest.mark.parametrize("size", [(1440, 650), (400, 900), (300, 30)])
def test_the_social_picture_has_the_front_page_in_it(size: tuple[int, int], tmp_path: Path) -> None:
    Image.new("RGB", size, "red").save(tmp_path / "front.png")
    card = social.compose(tmp_path / "front.png", *social.words("ZM-Net: any picture"))
    assert card.size == (1200, 630)
    red = Image.eval(card.getchannel("G"), lambda value: 255 * (value < 10)).getbbox()
    assert red is not None and red[0] >= social.MARGIN and red[1] >= 100 and red[3] <= 630 - social.MARGIN + 1
    assert abs((red[2] - red[0]) / (red[3] - red[1]) - size[0] / size[1]) < 0.1 * size[0] / size[1]
    words = card.crop((0, 0, 1200, red[1])).convert("L").getextrema()
    assert words[0] < 80 and words[1] == 255


def test_words_of_a_title() -> None:
    assert social.words("ZM-Net: any picture") == ("ZM-Net", "any picture") and social.words("zmlib") == ("zmlib", "")


@pytest.mark.parametrize(("baseurl", "base"), [("", None), ("https://example.org/zmlib/", "/zmlib/")])
def test_the_page_for_no_address_counts_from_the_sites(baseurl: str, base: str | None) -> None:
    ((name, given, template),) = not_found._pages(app(baseurl))
    assert (name, template) == ("404", "page.html") and 'href="index.html"' in given["body"]
    given |= {"metatags": "<link>"}
    not_found._base(app(baseurl), name, template, given, None)
    assert re.findall('<base href="([^"]*)"', given["metatags"]) == ([base] if base else [])
    assert given["metatags"].endswith("<link>") and "noindex" in given["metatags"]
    other = {"metatags": ""}
    not_found._base(app(baseurl), "index", template, other, None)
    assert other["metatags"] == ""
