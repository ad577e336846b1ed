"""What is done to the pages and pictures of the book once Sphinx has written them."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from PIL import Image

EXT = str(Path(__file__).parent.parent / "book" / "_ext")
sys.path.insert(0, EXT)
import accessible  # noqa: E402
import finish  # noqa: E402
import formula_width  # noqa: E402
import picture_sizes  # noqa: E402
import picture_width  # noqa: E402

sys.path.remove(EXT)

TOGGLE = '<span class="toctree-toggle" role="presentation">'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            f'<a class="x" href="api.html">Layers <em>on</em> &amp; off</a><details><summary>{TOGGLE}',
            f'<a class="x" href="api.html">Layers <em>on</em> &amp; off</a><details>'
            f'<summary aria-label="Pages below: Layers on &amp; off">{TOGGLE}',
        ),
        (
            '<button class="btn search-button-field b" title="Search" aria-label="Search" data-x="y">',
            '<button class="btn search-button-field b" title="Search" data-x="y">',
        ),
        ('<summary aria-label="Toggle hidden content">', "<summary>"),
        (
            '<div class="bd-sidebar-primary bd-sidebar hide">',
            '<div class="bd-sidebar-primary bd-sidebar hide" role="complementary" aria-label="The book">',
        ),
        ('<div class="citation" role="doc-biblioentry">', '<div class="citation" role="listitem">'),
        ("<dl>\n<dd><em>", '<dl role="presentation">\n<dd><em>'),
        ('<th class="head"><p></p></th>', '<td class="head"></td>'),
        ('<th class="head stub"></th>', '<td class="head stub"></td>'),
    ],
)
def test_a_fault_is_mended_once(before: str, after: str) -> None:
    assert accessible.mend(before) == accessible.mend(after) == after


@pytest.mark.parametrize(
    "page",
    [
        '<th class="head"><p>J</p></th>',
        "<dl>\n<dt>what</dt><dd>it is</dd></dl>",
        "<a>one</a></li><li><details><summary>claims</summary>",
        '<button class="btn search-button" aria-label="Search">',  # it shows no word
    ],
)
def test_what_is_right_stays(page: str) -> None:
    assert accessible.mend(page) == page


@pytest.mark.parametrize(
    ("tex", "low", "high"),  # drawn by MathJax 3.2.2, in em: 0.64, 3.05, 1.0, 7.1, 5.3
    [
        (r"\gamma", 0.5, 0.8),
        (r"\beta = 0", 2.4, 3.6),
        (r"X_{s}", 0.8, 1.2),
        (r"\mathrm{N}(x)+\mathrm{N}(b)", 5.5, 8),
        (r"x \leq 1.00", 3.5, 5.5),
    ],
)
def test_a_formulas_room_is_about_right(tex: str, low: float, high: float) -> None:
    assert low < formula_width.em(tex) < high


def test_a_formula_in_a_line_is_given_room_once() -> None:
    page = r'<p><span class="math notranslate nohighlight">\(a &lt; b\)</span><div class="math">\[a\]</div></p>'
    kept = formula_width.kept(page)
    assert kept == page.replace('nohighlight">', f'nohighlight" style="--wide: {formula_width.em("a < b")}em">')
    assert formula_width.kept(kept) == kept


def test_pictures_say_how_large_they_are(tmp_path: Path) -> None:
    (tmp_path / "_images").mkdir()
    Image.new("RGB", (60, 40)).save(tmp_path / "_images" / "a b.jpg")
    (tmp_path / "_images" / "c.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="72pt" height="36pt"/>')
    (tmp_path / "_images" / "d.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>')
    folder = tmp_path / "executed"
    folder.mkdir()
    page = (
        '<img alt="first" src="../_images/a%20b.jpg" style="width: 100%;" />'
        '<img alt="second" src="../_images/c.svg">'
        '<img alt="third" src="../_images/a%20b.jpg" width="30">'
        '<img alt="no size" src="../_images/d.svg"><img alt="missing" src="none.jpg">'
        '<img alt="inside" src="data:image/png;base64,AA"><img alt="away" src="https://example.org/a.jpg">'
    )
    sized = picture_sizes.sized(page, folder)
    first, second, rest = sized.split("<img ", 3)[1:]
    assert 'width="60" height="40"' in first and "lazy" not in first and "width: 100%" in first
    assert 'width="96" height="48" loading="lazy"' in second
    assert rest == page.split("<img ", 3)[3]
    assert picture_sizes.sized(sized, folder) == sized


def test_a_picture_that_is_too_wide_is_made_narrower(tmp_path: Path) -> None:
    wide, small, plot = tmp_path / "wide.jpg", tmp_path / "small.jpg", tmp_path / "plot.png"
    Image.effect_noise((2 * picture_width.WIDEST, 300), 90).convert("RGB").save(wide)
    Image.new("RGB", (picture_width.WIDEST, 20)).save(small)
    Image.new("RGB", (2 * picture_width.WIDEST, 20)).save(plot)
    kept = small.read_bytes(), plot.read_bytes()
    assert [picture_width.narrow(path) for path in (wide, small, plot)] == [True, False, False]
    assert (small.read_bytes(), plot.read_bytes()) == kept
    with Image.open(wide) as opened:
        assert opened.size == (picture_width.WIDEST, 150)
    assert not picture_width.narrow(wide)


def test_the_book_uses_these_extensions() -> None:
    config = yaml.safe_load((Path(EXT).parent / "_config.yml").read_text(encoding="utf-8"))
    assert {"finish", "head", "not_found"} <= set(config["sphinx"]["local_extensions"])


def test_a_site_is_finished_and_then_left_alone(tmp_path: Path) -> None:
    (tmp_path / "_images").mkdir()
    Image.new("RGB", (2 * picture_width.WIDEST, 300)).save(tmp_path / "_images" / "a.jpg")
    (tmp_path / "_static").mkdir()
    page, theirs = tmp_path / "page.html", tmp_path / "_static" / "theirs.html"
    for path in (page, theirs):
        path.write_text('<dl><dd>x</dd></dl><img src="_images/a.jpg" />')
    app = SimpleNamespace(outdir=tmp_path, builder=SimpleNamespace(format="html"))
    finish._finished(app, ValueError("the build failed"))
    assert page.read_text() == theirs.read_text()
    finish._finished(app, None)
    assert f'width="{picture_width.WIDEST}" height="150"' in page.read_text() and "presentation" in page.read_text()
    assert "presentation" not in theirs.read_text()
    written = page.stat().st_mtime_ns
    finish._finished(app, None)
    assert page.stat().st_mtime_ns == written
