"""The check of the built site must notice what a reader would."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

import pytest

SPEC = importlib.util.spec_from_file_location("check_site", Path(__file__).parent.parent / ".ci" / "check_site.py")
assert SPEC is not None and SPEC.loader is not None
check_site = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(check_site)

HEAD = (
    '<html lang="en"><meta name="description" content="What the page {} is about, in words">'
    '<meta property="og:image" content="{}_static/social.jpg">'
)
PICTURE = '<img alt="a photo" src="_images/a.jpg"><a href="executed/run.html#part">on</a>'
RUN = (
    '<h2 id="part"></h2><figure id="fig-a"><img alt="a plot" src="../_images/a.jpg"></figure>'
    '<a href="../index.html">back</a><pre>| a | b | c |</pre>'
    '<video controls aria-label="a walk" src="../_films/a.mp4" poster="../_images/a.jpg"></video>'
)
HEADS = {
    "index.html": HEAD.format("index", ""),
    "executed/run.html": HEAD.format("run", "../"),
    "scorecard.html": HEAD.format("scorecard", "https://example.org/zmlib/"),
}
TOC = "format: jb-book\nroot: index\nchapters:\n  - file: executed/run\n  - file: scorecard\n"
FILM_CELL = {"metadata": {}, "outputs": [{"data": {"text/html": ["<video ", "></video>"]}}]}
NOTEBOOK = {"cells": [{"metadata": {}}, {"metadata": {"mystnb": {"figure": {"name": "fig_a"}}}}, FILM_CELL]}


@pytest.fixture
def book(tmp_path: Path) -> Path:
    site = tmp_path / "_build" / "html"
    (site / "_images").mkdir(parents=True)
    (site / "executed").mkdir()
    (tmp_path / "_toc.yml").write_text(
        "format: jb-book\nroot: index\nchapters:\n  - file: executed/run\n  - file: scorecard\n"
    )
    (tmp_path / "executed").mkdir()
    (tmp_path / "executed" / "run.ipynb").write_text(json.dumps(NOTEBOOK))
    (site / "_images" / "a.jpg").write_bytes(b"x")
    (site / "_films").mkdir()
    (site / "_films" / "a.mp4").write_bytes(b"x")
    (site / "_static").mkdir()
    (site / "_static" / "social.jpg").write_bytes(b"x")
    (site / "index.html").write_text(HEADS["index.html"] + PICTURE)
    (site / "executed" / "run.html").write_text(HEADS["executed/run.html"] + RUN)
    (site / "scorecard.html").write_text(HEADS["scorecard.html"] + "<table></table>")
    return tmp_path


def test_a_whole_site_passes(book: Path) -> None:
    assert check_site.check(book) == []
    assert check_site.main([str(book)]) == 0


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("executed/run.html", None, "the page is missing"),
        ("_images/a.jpg", "", "missing or empty"),
        ("_images/a.jpg", None, "missing or empty"),
        ("index.html", PICTURE.replace('alt="a photo" ', ""), "no alternative text"),
        ("index.html", PICTURE.replace("_images/", "https://example.org/"), "does not come from the site itself"),
        ("index.html", PICTURE.replace("run.html", "walk.html"), "leads nowhere"),
        ("executed/run.html", RUN.replace('id="part"', ""), "without that anchor"),
        ("executed/run.html", '<h2 id="part"></h2>', "without a picture"),
        ("executed/run.html", RUN.replace("fig-a", "fig-b"), "the figure fig-a is missing"),
        ("executed/run.html", RUN.replace("<figure", "<div"), "the figure fig-a is missing"),
        (
            "executed/run.html",
            RUN + '<script src="https://example.org/a.js"></script>',
            "not come from the site itself",
        ),
        ("index.html", PICTURE + '<script src="_static/a.js?v=1"></script>', "_static/a.js?v=1 is missing"),
        ("index.html", PICTURE + '<link rel="stylesheet" href="_static/a.css">', "_static/a.css is missing"),
        ("executed/run.html", RUN + "<p>| a | b |\n| --- | --- |</p>", "a table shows as text: | a | b |"),
        ("_films/a.mp4", None, "film's src ../_films/a.mp4 is missing or empty"),
        ("_films/a.mp4", "", "film's src ../_films/a.mp4 is missing or empty"),
        ("executed/run.html", RUN.replace("_films/a.mp4", "_films/b.mp4"), "film's src ../_films/b.mp4 is missing"),
        ("executed/run.html", RUN.replace("../_films/", "https://example.org/"), "is no file of the site"),
        ("executed/run.html", RUN.replace("../_films/a.mp4", "data:video/mp4;base64,AAAA"), "is no file of the site"),
        ("executed/run.html", RUN.replace(' poster="../_images/a.jpg"', ""), "film's poster (none) is missing"),
        ("executed/run.html", RUN.replace("<video controls", "<video"), "without controls"),
        ("executed/run.html", RUN.replace('aria-label="a walk"', ""), "without words for those"),
        ("executed/run.html", re.sub("<video.*</video>", "", RUN), "a film of the notebook is missing"),
        ("scorecard.html", "<p>nothing yet</p>", "without a table"),
    ],
)
def test_faults_are_named(book: Path, file: str, text: str | None, said: str) -> None:
    path = book / "_build" / "html" / file
    path.unlink()
    if text is not None:
        path.write_text(HEADS.get(file, "") + text)
    faults = check_site.check(book)
    assert any(said in line for line in faults) and not any("describes" in line for line in faults)
    assert check_site.main([str(book)]) == 1


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('lang="en"', "", "in what language"),
        ("What the page index is about, in words", "", "its description says nothing"),
        ("What the page index is about", r"What \\gamma is about", "or TeX"),
        ("What the page index is", "What the page run is", "describes itself as index.html does"),
        ('content="_static/social.jpg"', 'content="_static/none.jpg"', "social picture _static/none.jpg is missing"),
        ('content="_static/social.jpg"', 'content="https://example.org/_static/none.jpg"', "none.jpg is missing"),
        ("og:image", "og:video", "social picture (none) is missing"),
        ("<html", '<link rel="apple-touch-icon" href="_static/none.png"><html', "_static/none.png is missing"),
    ],
)
def test_a_head_that_says_nothing_is_named(book: Path, old: str, new: str, said: str) -> None:
    path = book / "_build" / "html" / "index.html"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    assert [said in line for line in check_site.check(book)] == [True]


def test_a_wrong_call_says_how(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_site.main([str(tmp_path)]) == 2
    assert "usage" in capsys.readouterr().err


def test_the_page_that_paints_has_what_its_scripts_load(book: Path) -> None:
    (book / "_toc.yml").write_text(TOC + "  - file: play\n")
    site = book / "_build" / "html"
    (site / "play.html").write_text(HEAD.format("play", ""))
    for name in check_site.PAINTS:
        (site / "play" / name).parent.mkdir(parents=True, exist_ok=True)
        (site / "play" / name).write_bytes(b"x")
    assert check_site.check(book) == []
    (site / "play" / "model" / "tnet.onnx").unlink()
    assert check_site.check(book) == ["play.html: model/tnet.onnx is missing"]
