"""The line below a cell that counts what is done."""

from __future__ import annotations

import subprocess
import sys

import pytest
from chapters.show import counted
from notebook_cells import NOTEBOOKS

CELL = """
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
shell = InteractiveShell.instance()
with capture_output() as seen:
    from chapters.show import counted
    print(list(counted("ab", "letters")))
print([o.data["text/plain"] for o in seen.outputs], [o.update for o in seen.outputs])
"""


def test_items_pass_through_where_there_is_no_notebook(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(counted([3, 1, 2], "numbers")) == [3, 1, 2]


def test_one_line_is_updated() -> None:
    done = subprocess.run([sys.executable, "-c", CELL], cwd=NOTEBOOKS, capture_output=True, text=True)
    assert "['letters: 0 of 2', 'letters: 1 of 2', 'letters: 2 of 2'] [False, True, True]" in done.stdout, done.stderr
