"""Fail where the built book lacks a page, a figure, a film, a script, or the target of a link inside it.

python .ci/check_site.py book
"""

from __future__ import annotations

import json
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

VERBATIM = ("pre", "code", "script", "style")
NEEDED = ("stylesheet", "preload", "icon", "alternate icon", "apple-touch-icon")
# What the page that paints loads: its scripts ask for it, so that no attribute names it.
PAINTS = [f"model/{name}" for name in ("model.json", "words.json", "tnet.onnx", "pnet.onnx", "words.onnx")]
PAINTS += ["files.json", "plane.js", "../scripts/pica.min.mjs"]
PAINTS += [
    f"ort/{name}"
    for kind, code in (("wasm", "threaded"), ("jspi", "threaded.jspi"))
    for name in (f"ort.{kind}.min.mjs", f"ort-wasm-simd-{code}.mjs", f"ort-wasm-simd-{code}.wasm")
]


class _Page(HTMLParser):
    """Collects what a page refers to, and the anchors that it offers."""

    def __init__(self) -> None:
        super().__init__()
        self.images: list[tuple[str, str | None]] = []
        self.films: list[dict[str, str | None]] = []
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.needs: list[str] = []
        self.figures: set[str] = set()  # those that show something, by their anchors
        self.tables = 0
        self.metas: dict[str, str] = {}  # what the page says of itself, by name or property
        self.language = ""
        self.bars: list[str] = []  # paragraphs that begin like a row of a table in Markdown
        self._figure = ""
        self._verbatim = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "figure":
            self._figure = found.get("id") or ""
        if tag == "img":
            self.images.append((found.get("src") or "", found.get("alt")))
            self.figures.add(self._figure)
        if tag == "video":
            self.films.append(found)
        if tag == "script" and found.get("src"):
            self.needs.append(found["src"] or "")
        if tag == "html":
            self.language = found.get("lang") or ""
        if tag == "meta":
            self.metas[found.get("property") or found.get("name") or ""] = found.get("content") or ""
        if tag == "link" and found.get("rel") in NEEDED:
            self.needs.append(found.get("href") or "")
        self.tables += tag == "table"
        self._verbatim += tag in VERBATIM
        if tag == "a" and found.get("href"):
            self.links.append(found["href"] or "")
        self.ids.update(value for key, value in attrs if key in ("id", "name") and value)

    def handle_endtag(self, tag: str) -> None:
        if tag == "figure":
            self._figure = ""
        self._verbatim -= tag in VERBATIM

    def handle_data(self, data: str) -> None:
        if not self._verbatim and data.lstrip().startswith("|") and data.count("|") > 3:
            self.bars.append(" ".join(data.split())[:60])


def pages_of(toc: Path) -> list[str]:
    """The pages that a table of contents names, without their suffix."""
    names = re.findall(r"^[\s-]*(?:root|file):\s*(\S+)", toc.read_text(encoding="utf8"), re.M)
    return [name.removesuffix(".md").removesuffix(".ipynb") for name in names]


def figures_of(notebook: Path) -> list[str]:
    """The anchors of the figures that a notebook says it shows."""
    if not notebook.is_file():
        return []
    cells = json.loads(notebook.read_text(encoding="utf8"))["cells"]
    names = [cell["metadata"].get("mystnb", {}).get("figure", {}).get("name", "") for cell in cells]
    return [re.sub("[^a-z0-9]+", "-", name.lower()) for name in names if name]


def films_of(notebook: Path) -> int:
    """How many films a notebook's outputs hold."""
    if not notebook.is_file():
        return 0
    cells = json.loads(notebook.read_text(encoding="utf8"))["cells"]
    data = [output.get("data", {}) for cell in cells for output in cell.get("outputs", [])]
    return sum("<video " in "".join(one.get("text/html", "")) for one in data)


def check(book: Path) -> list[str]:
    """What is wrong with the site of the book in this folder, one sentence each; nothing where all is well."""
    site = (book / "_build" / "html").resolve()
    expected = pages_of(book / "_toc.yml")
    wrong = [f"{name}.html: the page is missing" for name in expected if not (site / f"{name}.html").is_file()]
    if not expected:
        wrong.append("_toc.yml names no page")
    files = sorted(site.rglob("*.html"))
    # play/ holds pieces that pages include: their links are relative to those pages, and are checked there.
    pages = [path for path in files if path.relative_to(site).parts[0] not in ("_static", "play")]
    parsed = {path: _parse(path) for path in pages}
    for path, page in parsed.items():
        name = path.relative_to(site)
        for source, alt in page.images:
            if source.startswith("data:") and (alt or "").strip():
                continue  # a still of an app, inside its page
            if urlsplit(source).scheme or source.startswith("//"):
                wrong.append(f"{name}: the picture {source[:80]} does not come from the site itself")
                continue
            target = _target(site, path, source)
            if not target.is_file() or target.stat().st_size == 0:
                wrong.append(f"{name}: the picture {source} is missing or empty")
            if not (alt or "").strip() or alt == source:
                wrong.append(f"{name}: the picture {source} has no alternative text")
        wrong += [f"{name}: {fault}" for film in page.films for fault in _film_faults(site, path, film)]
        wrong += [f"{name}: a table shows as text: {bars}" for bars in page.bars]
        for needed in page.needs:
            if urlsplit(needed).netloc:
                wrong.append(f"{name}: {needed} does not come from the site itself")
            elif not _target(site, path, needed).is_file():
                wrong.append(f"{name}: {needed} is missing")
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = _target(site, path, link) if parts.path else path
            if not target.exists():
                wrong.append(f"{name}: the link {link} leads nowhere")
            elif parts.fragment and target in parsed and unquote(parts.fragment) not in parsed[target].ids:
                wrong.append(f"{name}: the link {link} leads to a page without that anchor")
    if "play" in expected:
        wrong += [f"play.html: {name} is missing" for name in PAINTS if not (site / "play" / name).is_file()]
    described: dict[str, str] = {}
    for name in expected:
        found = parsed.get(site / f"{name}.html")
        if found is None:
            continue
        wrong += [f"{name}.html: {fault}" for fault in _head_faults(site, site / f"{name}.html", found)]
        if other := described.get(said := found.metas.get("description", "")):
            wrong.append(f"{name}.html: it describes itself as {other}.html does: {said[:60]}")
        described[said] = name
        if name == "scorecard" and not found.tables:
            wrong.append(f"{name}.html: a scorecard without a table")
        if "executed/" in name:
            if not any("_images/" in source for source, _ in found.images):
                wrong.append(f"{name}.html: a notebook's page without a picture")
            absent = [figure for figure in figures_of(book / f"{name}.ipynb") if figure not in found.figures]
            wrong += [f"{name}.html: the figure {figure} is missing" for figure in absent]
            if len(found.films) < films_of(book / f"{name}.ipynb"):
                wrong.append(f"{name}.html: a film of the notebook is missing")
    return wrong


def _head_faults(site: Path, page: Path, found: _Page) -> list[str]:
    """What those who link to a page would miss: a description, a picture, the language."""
    wrong = [] if found.language else ["it does not say in what language it is"]
    description = found.metas.get("description", "")
    if len(description) < 20 or "\\" in description:
        wrong.append(f"its description says nothing, or TeX: {description or '(none)'}")
    picture = found.metas.get("og:image", "")
    # A whole address counts from where the site will live, which ends before _static.
    here = f"/{picture[picture.find('_static/') :]}" if urlsplit(picture).netloc else picture
    if not picture or not _target(site, page, here).is_file():
        wrong.append(f"its social picture {picture or '(none)'} is missing")
    return wrong


def _film_faults(site: Path, page: Path, film: dict[str, str | None]) -> list[str]:
    wrong = []
    for what in ("src", "poster"):
        source = film.get(what) or ""
        if urlsplit(source).scheme or source.startswith("//"):
            wrong.append(f"the film's {what} {source[:80]} is no file of the site")
        elif not source or not (file := _target(site, page, source)).is_file() or file.stat().st_size == 0:
            wrong.append(f"the film's {what} {source or '(none)'} is missing or empty")
    if "controls" not in film or not (film.get("aria-label") or "").strip():
        wrong.append("a film without controls, or without words for those who do not see it")
    return wrong


def _parse(path: Path) -> _Page:
    page = _Page()
    page.feed(path.read_text(encoding="utf8"))
    return page


def _target(site: Path, page: Path, link: str) -> Path:
    path = unquote(urlsplit(link).path)
    return (site / path.lstrip("/") if path.startswith("/") else page.parent / path).resolve()


def main(arguments: list[str]) -> int:
    """0 where the site is whole, 1 where it is not, 2 for a wrong call."""
    if len(arguments) != 1 or not (Path(arguments[0]) / "_toc.yml").is_file():
        print("usage: python .ci/check_site.py BOOK, where BOOK holds _toc.yml", file=sys.stderr)
        return 2
    book = Path(arguments[0])
    wrong = check(book)
    print("\n".join(wrong), file=sys.stderr, end="\n" if wrong else "")
    pictures = len(list((book / "_build" / "html" / "_images").glob("*.*")))
    print(f"{len(pages_of(book / '_toc.yml'))} pages, {pictures} pictures, {len(wrong)} faults in {book}/_build/html")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
