"""The check of the built site must notice what a reader would."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

SPEC = importlib.util.spec_from_file_location("check_site", Path(__file__).parent.parent / ".ci" / "check_site.py")
assert SPEC is not None and SPEC.loader is not None
check_site = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(check_site)

PICTURE = '<img alt="a photo" src="_images/a.jpg"><a href="executed/run.html#part">on</a>'
RUN = '<h2 id="part"></h2><img alt="a plot" src="../_images/a.jpg"><a href="../index.html">back</a>'


@pytest.fixture
def book(tmp_path: Path) -> Path:
    site = tmp_path / "_build" / "html"
    (site / "_images").mkdir(parents=True)
    (site / "executed").mkdir()
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: index\nchapters:\n  - file: executed/run\n")
    (site / "_images" / "a.jpg").write_bytes(b"x")
    (site / "index.html").write_text(PICTURE)
    (site / "executed" / "run.html").write_text(RUN)
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
    ],
)
def test_faults_are_named(book: Path, file: str, text: str | None, said: str) -> None:
    path = book / "_build" / "html" / file
    path.unlink()
    if text is not None:
        path.write_text(text)
    assert any(said in line for line in check_site.check(book))
    assert check_site.main([str(book)]) == 1


def test_a_wrong_call_says_how(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_site.main([str(tmp_path)]) == 2
    assert "usage" in capsys.readouterr().err
