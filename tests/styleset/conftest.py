"""The small set, as a fixture."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_set import Sources, fill


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    """Twelve photos and ten paintings, in no split."""
    fill(tmp_path / "photos", 12)
    fill(tmp_path / "paintings", 10, 100)
    return Sources(tmp_path)
