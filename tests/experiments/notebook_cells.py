"""Cells of the committed notebooks, run on pictures and networks of a test: what a page shows is what is tested."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def run_cell(notebook: str, cell: str, **names: Any) -> dict[str, Any]:
    """Run one cell.

    Args:
        notebook: its name without suffix. cell: its id.
        names: what the cells before it would have defined.

    Returns:
        The names after it.
    """
    cells = json.loads((NOTEBOOKS / f"{notebook}.ipynb").read_text(encoding="utf-8"))["cells"]
    (source,) = ("".join(one["source"]) for one in cells if one["id"] == cell)
    exec(compile(source, f"{notebook}/{cell}", "exec"), names)
    return names
