from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that looks like a clone; the current folder is its `notebooks/`, as when a notebook runs."""
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "_config.yml").touch()
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    for name in ("ZMLIB_RESULTS", "ZMLIB_PRESET"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def notebook() -> Callable[..., Path]:
    """Write a notebook of code cells."""

    def write(path: Path, *cells: str, outputs: list | None = None, **metadata: object) -> Path:
        code = [
            {
                "cell_type": "code",
                "execution_count": None if outputs is None else i,
                "id": f"c{i}",
                "metadata": metadata,
                "outputs": outputs or [],
                "source": cell.splitlines(keepends=True),
            }
            for i, cell in enumerate(cells, 1)
        ]
        title = {"cell_type": "markdown", "id": "c0", "metadata": {}, "source": ["# Title"]}
        path.parent.mkdir(parents=True, exist_ok=True)
        content = {"cells": [title, *code], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        path.write_text(json.dumps(content), encoding="utf-8")
        return path

    return write
