"""Numbers in prose: filled in from files, and none that no file backs."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import prose
import pytest

NOTHING: dict[str, list[dict[str, object]]] = {"numbers": [], "passages": []}


def found(text: str, name: str = "page.md", allowed: dict | None = None) -> list[str]:
    return [one.number for one in prose.loose(text, name, allowed or NOTHING)]


def test_every_mark_has_the_number_of_its_file() -> None:
    assert not prose.stale(), "python notebooks/prose.py --write"


def test_no_number_stands_in_prose_that_no_file_backs() -> None:
    assert not prose.all_loose(), "\n".join(map(str, prose.all_loose()))


def test_nothing_is_allowed_that_is_not_there() -> None:
    """An exception that has outlived its text would let a new number through."""
    allowed = prose.allowed_numbers()
    all_texts = [(one.name.partition("#")[0], one.text) for one in prose.texts()]
    assert all(one["why"] for kind in allowed.values() for one in kind)
    for one in allowed["passages"]:
        for file in one["files"]:
            passage = prose._passage(one["from"], one["to"])
            assert any(name == file and passage.search(text) for name, text in all_texts), (file, one["from"])
    for number in [number for one in allowed["numbers"] for number in one["are"]]:
        assert any(number in text for _, text in all_texts), number


@pytest.mark.parametrize(
    "text",
    [
        "J is 0.44 on them.",
        "It wins on 97 % of the pairs.",
        "As good as 13 iterations of OST.",
        "A pass takes 217 ms.",
        "which take nearly fifty times as long",
        "| `styles` | 0.276 |",
        "```{figure} a.jpg\n:width: 100%\n\nA caption with 0.5 in it.\n```",
        "```shell\nmake book    # 11 minutes\n```",
    ],
)
def test_a_number_that_looks_measured_is_found(text: str) -> None:
    assert len(found(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "J is <!-- number evidence/headline values.J .2f -->0.28<!-- / --> on them.",
        "twelve styles, 256 px, batches of 4, in 2017",
        "`rate=2.5e-4`, $0.2$ times, $$J = 0.2$$ and 3e-4",
        "```python\nx = 0.5  # of 1\n```\n\n```{figure} a.jpg\n:width: 99.5%\n```",
        "section 4.2, Figure 10, Python 3.11, CC BY 2.0, [here](https://arxiv.org/abs/1703.07255)",
        "*The rule*: the ratio is at most 1.15, and at least 90 % of the pairs are right.",
        "## 5.3 times",
    ],
)
def test_what_is_no_measurement_is_let_through(text: str) -> None:
    assert not found(text)


def test_a_threshold_is_one_only_in_a_rule() -> None:
    assert found("Here the ratio is at most 1.15.") == ["1.15"]


def test_what_is_allowed_is_let_through_where_it_is_allowed() -> None:
    allowed = {
        "numbers": [{"why": "the paper's", "are": ["0.038", "38 ms"]}],
        "passages": [{"why": "notes", "files": ["notes.md"], "from": "# Tried", "to": "# Next"}],
    }
    assert found("0.038 s, 38 ms, 0.039 s", allowed=allowed) == ["0.039"]
    text = "0.1\n\n# Tried\n\n0.2\n\n# Next\n\n0.3"
    assert found(text, "notes.md", allowed) == ["0.1", "0.3"] and len(found(text, "page.md", allowed)) == 3


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A README, a page and a notebook with marks, and a result for them."""
    for folder in ("book", "zmlib/assets/weights", "notebooks", "figures/evidence"):
        (tmp_path / folder).mkdir(parents=True)
    values = {"J": {"median": 0.276, "low": 0.22, "high": 0.34}, "rows": [{"a": "x y", "b": 1, "ms": 1234.5}]}
    (tmp_path / "figures/evidence/headline.json").write_text(json.dumps({"values": values}))
    (tmp_path / "notebooks/measured.yml").write_text("build: {values: {book: 11}}")
    mark = "J is <!-- number evidence/headline values.J [.2f] -->0.5<!-- / -->."
    (tmp_path / "README.md").write_text(mark)
    (tmp_path / "book/index.md").write_text("<!-- number measured build.values.book d -->9<!-- / --> minutes")
    row = "<!-- number evidence/headline values.rows.a=x_y;b=1.ms ,.0f -->1<!-- / --> ms"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(row)]), tmp_path / "notebooks/a.ipynb")
    return tmp_path


def test_marks_are_filled_in_from_the_files(clone: Path) -> None:
    assert len(prose.stale(clone)) == 3
    assert prose.write(clone) == [] and prose.stale(clone) == []
    shown = [prose.MARK.sub(r"\5", one.text) for one in prose.texts(clone)]
    assert shown == ["J is 0.28 [0.22, 0.34].", "11 minutes", "1,234 ms"]


def test_a_mark_that_names_no_number_is_told(clone: Path) -> None:
    text = "<!-- number evidence/headline values.K .2f -->0.5<!-- / -->"
    (clone / "README.md").write_text(text)
    assert "there is no values.K in evidence/headline" in prose.write(clone)[0]
    assert (clone / "README.md").read_text() == text and len(prose.stale(clone)) >= 1


def test_of_a_model_card_the_measurements_count() -> None:
    card = "# Card\n\n**Recipe.** 0.1\n\n**Measured** here: 0.2\n\n| 0.3 |\n\n**What was tried.** 0.4\n"
    assert found(prose.measurements(card)) == ["0.2", "0.3"]
