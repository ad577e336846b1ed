"""The book as one PDF: the order of its pages, its bookmarks and links, what is refused; with a stand-in browser."""

from __future__ import annotations

import sys
from pathlib import Path

import chromium
import pdf
import pytest
from pdf_merge import Printed, merge
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import Link

from zmlib.errors import UserError

TOC = """\
format: jb-book
root: index
parts:
  - caption: Read
    chapters:
      - file: executed/method.ipynb
      - file: api
        sections:
          - file: api-networks.md
  - caption: More
    chapters:
      - file: last
"""
ORDER = [("index", 0), ("executed/method", 0), ("api", 0), ("api-networks", 1), ("last", 0)]
CONFIG = "title: A book\nauthor: somebody\n"
FORMULA = '<span class="math notranslate"><mjx-container></mjx-container></span>'

# Prints a page as a blank sheet whose width is the length of its name, and dumps the page as it is.
BROWSER = f"""\
#!{sys.executable}
import sys, urllib.parse, pathlib
from pypdf import PdfWriter
page = pathlib.Path(urllib.parse.unquote(urllib.parse.urlsplit(sys.argv[-1]).path))
out = next(word.split("=", 1)[1] for word in sys.argv if word.startswith("--print-to-pdf="))
text = page.read_text()
if "crash" in text:
    sys.exit("the tab crashed")
writer = PdfWriter()
writer.add_blank_page(100 + len(page.stem), 200)
writer.add_metadata({{"/Title": f"{{page.stem}} \u2014 A book"}})
writer.write(out)
print(text)
"""


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A built book, and a browser for it."""
    browser = tmp_path / "browser"
    browser.write_text(BROWSER, encoding="utf-8")
    browser.chmod(0o755)
    monkeypatch.setenv("ZMLIB_CHROMIUM", str(browser))
    (tmp_path / "_toc.yml").write_text(TOC)
    (tmp_path / "_config.yml").write_text(CONFIG)
    for name, _ in ORDER:
        page = tmp_path / "_build" / "html" / f"{name}.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(FORMULA)
    return tmp_path


def test_the_order_is_that_of_the_table_of_contents(tmp_path: Path) -> None:
    (tmp_path / "_toc.yml").write_text(TOC)
    assert pdf.order(tmp_path / "_toc.yml") == ORDER


def test_the_order_of_this_book_names_every_page_once() -> None:
    names = [name for name, _ in pdf.order(pdf.BOOK / "_toc.yml")]
    assert names[0] == "index" and len(names) == len(set(names)) > 10
    written = {path.stem for path in pdf.BOOK.glob("*.md")}
    assert written <= set(names)
    assert {name for name in names if "/" not in name} <= written


def test_every_page_is_printed_in_order_with_its_bookmark(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert pdf.main([str(book)]) == 0
    assert "zmlib.pdf" in capsys.readouterr().out
    printed = PdfReader(book / "_build" / "zmlib.pdf")
    stems = [name.rsplit("/")[-1] for name, _ in ORDER]
    assert [float(page.mediabox.width) for page in printed.pages] == [100 + len(stem) for stem in stems]
    index, method, api, below, last = printed.outline
    assert [str(one["/Title"]) for one in (index, method, api, *below, last)] == stems
    assert [page.extract_text() for page in printed.pages] == ["1", "2", "3", "4", "5"]
    assert printed.metadata is not None and printed.metadata.title == "A book"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "build the book first"),
        ("crash", "the tab crashed"),
        (FORMULA + '<div class="math">$x$</div>', "1 formulas .* were not typeset"),
    ],
)
def test_a_page_that_cannot_be_printed_leaves_the_old_file(book: Path, text: str | None, said: str) -> None:
    old = book / "_build" / "zmlib.pdf"
    old.write_text("old")
    page = book / "_build" / "html" / "api.html"
    page.unlink() if text is None else page.write_text(text)
    with pytest.raises(UserError, match=said):
        pdf.make(book)
    assert old.read_text() == "old" and [path.name for path in old.parent.glob("*.*")] == ["zmlib.pdf"]


def test_without_a_browser_a_sentence_says_so(
    book: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("ZMLIB_CHROMIUM")
    monkeypatch.setenv("PATH", str(book))
    assert pdf.main([str(book)]) == 2
    assert "install it" in capsys.readouterr().err
    (book / "browser").rename(book / "google-chrome")
    assert chromium.find_chromium() == str(book / "google-chrome")
    monkeypatch.setenv("ZMLIB_CHROMIUM", "no-such-program")
    with pytest.raises(UserError, match="names no-such-program"):
        chromium.find_chromium()


def test_links_between_pages_stay_in_the_file(tmp_path: Path) -> None:
    site = tmp_path / "site with a space"
    away = ("https://example.org/", f"{site.as_uri()}/_modules/a.html", f"{site.as_uri()}/b.html#unknown")
    printed = [Printed(name, 0, tmp_path / f"{name}.pdf") for name in "ab"]
    for one, links in zip(printed, [(*away, f"{site.as_uri()}/b.html#here"), ()], strict=True):
        writer = PdfWriter()
        for _ in range(2):
            writer.add_blank_page(200, 300)
        for number, url in enumerate(links):
            writer.add_annotation(0, Link(rect=(0, 10 * number, 9, 10 * number + 9), url=url))
        writer.add_named_destination("/here", 1)
        writer.write(one.pdf)
    out = PdfReader(merge(printed, site, {"title": "A book", "author": "somebody"}))
    found = [link.get_object() for link in out.pages[0]["/Annots"]]
    assert [link.get("/A", {}).get("/URI") for link in found] == [away[0], None, None]
    pages = [out.get_page_number(link["/Dest"][0].get_object()) for link in found[1:]]
    assert pages == [2, 3]  # an unknown anchor leads to the top of its page
