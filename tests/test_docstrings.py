"""Docstrings: as the pages get them, and the worked examples of the API pages, which run."""

from __future__ import annotations

import doctest
import importlib.util
import inspect
import pkgutil
import re
import shutil
from pathlib import Path

import pytest
import torch

from zmlib.data import samples
from zmlib.video.files import write_video

pytest.importorskip("sphinx")
ROOT = Path(__file__).parent.parent
SPEC = importlib.util.spec_from_file_location("docstrings", ROOT / "book" / "_ext" / "docstrings.py")
assert SPEC is not None and SPEC.loader is not None
docstrings = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(docstrings)


def rest(text: str) -> str:
    return "\n".join(docstrings.to_rest(text.split("\n")))


def test_bars_are_no_marks_but_code_stays_as_it_is() -> None:
    assert rest("|x|^2 and `a | b` and ``c | d``") == r"\|x\|^2 and `a | b` and ``c | d``"
    block = "Like this::\n\n    size=int | None\n\n    x | y\n\nNot |here|.\n"
    assert rest(block) == block.replace("|here|", r"\|here\|")


def test_a_table_in_bars_becomes_one() -> None:
    text = rest("Before.\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n\nAfter.")
    assert ".. list-table::" in text and "   * - a\n     - b\n   * - 1\n     - 2" in text and "|" not in text


def listed() -> list[str]:
    """The names on the API pages, those of members included."""
    names: list[str] = []
    for page in sorted((ROOT / "book").glob("api-*.md")):
        text = page.read_text(encoding="utf-8")
        for name, members in re.findall(r"\.\. auto\w+:: (\S+)\n(?:   :members: (.*)\n)?", text):
            names += [name, *(f"{name}.{member}" for member in members.split(", ") if member)]
    return names


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that the examples name, as book/api.md says."""
    folder = tmp_path_factory.mktemp("examples")
    photos, styles = list(samples.photos().values())[:4], list(samples.styles().values())[:4]
    for name, shelf, size in (("photos", photos, (96, 64)), ("paintings", styles, (64, 64))):
        (folder / name).mkdir()
        for i, picture in enumerate(shelf):
            picture.resize(size).save(folder / name / f"{i}.jpg")
    copies = {"photo": "photos/0", "painting": "paintings/0", "other": "paintings/1"}
    for copy, original in copies.items():
        shutil.copy(folder / f"{original}.jpg", folder / f"{copy}.jpg")
    frames = (photos[0].resize((96, 64)).rotate(angle) for angle in range(6))
    write_video(folder / "clip.mp4", frames, fps=12)
    return folder


def test_the_pages_list_the_names_that_programs_call() -> None:
    names = listed()
    assert 25 <= len(names) == len(set(names)) <= 50
    called = {name.rsplit(".", 1)[-1] for name in names}
    assert {"stylize", "load", "ZMNet", "Affine", "TNet", "din", "source", "Judge", "train", "start"} <= called


@pytest.mark.parametrize("name", listed())
def test_every_listed_name_has_an_example_that_runs(
    name: str, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(pictures, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ZMLIB_DATA", raising=False)  # the examples need nothing but what ships
    monkeypatch.setenv("ZMLIB_RESULTS", str(tmp_path / "results"))
    torch.manual_seed(0)
    thing = pkgutil.resolve_name(name)
    text = inspect.getdoc(thing)
    example = doctest.DocTestParser().get_doctest(text or "", {}, name, None, None)
    assert example.examples, f"{name} has no example"
    report: list[str] = []
    result = doctest.DocTestRunner(verbose=False).run(example, out=report.append)
    assert not result.failed, "".join(report)
