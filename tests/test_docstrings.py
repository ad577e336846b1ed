"""Docstrings that are written for the source, as the pages get them."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

pytest.importorskip("sphinx")
SPEC = importlib.util.spec_from_file_location(
    "docstrings", Path(__file__).parent.parent / "book" / "_ext" / "docstrings.py"
)
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
